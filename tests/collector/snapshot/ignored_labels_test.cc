#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "collector/snapshot/reader.h"
#include "collector/snapshot/spec.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Key;
using testing::Not;

class IgnoredLabelsTest : public testing::Test {
 protected:
  Service Read(const std::string& labels, const std::string& container_labels = "{}",
               const std::string& template_more = "") {
    const auto services =
        reader_.ReadServices(absl::StrCat(R"([{"ID":"s","Spec":{"Name":"shop","Labels":)", labels,
                                          R"(,"TaskTemplate":{"ContainerSpec":{"Image":"a:1","Labels":)",
                                          container_labels, "}", template_more, "}}}]"));
    EXPECT_TRUE(services.ok()) << services.status();
    return services.ok() ? *services->at("s") : Service();
  }

  SnapshotReader reader_{MaskOptions{}, {"ci.*", "stamp?"}};
};

TEST_F(IgnoredLabelsTest, AreNamedByGlobs) {
  const IgnoredLabels ignored({"ci.*", "stamp?"});
  for (const char* name : {"ci.", "ci.run.id", "stamp1"}) EXPECT_TRUE(ignored.Has(name)) << name;
  for (const char* name : {"ci", "xci.run", "stamp", "stamp12", "CI.run", ""})
    EXPECT_FALSE(ignored.Has(name)) << name;
  EXPECT_FALSE(IgnoredLabels().Has(""));
}

TEST_F(IgnoredLabelsTest, ChangeNothingAlone) {
  const std::string spec = Read(R"({"tier":"web"})").spec;
  EXPECT_EQ(Read(R"({"tier":"web","ci.run":"1","stamp1":"x"})").spec, spec);
  EXPECT_EQ(Read(R"({"tier":"web","ci.run":"2"})", R"({"ci.commit":"abc"})").spec, spec);
  EXPECT_EQ(Read(R"({"ci.run":"2"})").spec, Read("{}").spec);
}

TEST_F(IgnoredLabelsTest, AreNotThereBesideOthers) {
  const std::string spec =
      Read(R"({"tier":"web","ci.run":"1"})", R"({"stamp2":"x","role":"api"})", R"(,"ForceUpdate":3)").spec;
  EXPECT_THAT(spec, Not(HasSubstr("ci.run")));
  EXPECT_THAT(spec, Not(HasSubstr("stamp2")));
  EXPECT_THAT(spec, HasSubstr(R"("tier":"web")"));
  EXPECT_THAT(spec, HasSubstr(R"("role":"api")"));
  EXPECT_THAT(spec, HasSubstr(R"("ForceUpdate":3)"));
}

TEST_F(IgnoredLabelsTest, StayWhereRulesAndCardsFindThem) {
  EXPECT_THAT(Read(R"({"tier":"web","ci.run":"1"})").labels, ElementsAre(Key("ci.run"), Key("tier")));
  EXPECT_EQ(Read(R"({"com.docker.stack.namespace":"shop","ci.run":"1"})").stack, "shop");
}

TEST_F(IgnoredLabelsTest, AreNotInThePreviousSpecEither) {
  const auto services = reader_.ReadServices(R"([{"ID":"s","Spec":{"Labels":{"ci.run":"2","a":"b"}},
      "PreviousSpec":{"Labels":{"ci.run":"1","a":"b"}}}])");
  ASSERT_TRUE(services.ok());
  const Service& service = *services->at("s");
  EXPECT_EQ(service.previous_spec.Apply(service.spec), service.spec);
}

TEST_F(IgnoredLabelsTest, OfANodeAreLeftOut) {
  const auto nodes = reader_.ReadNodes(R"([{"ID":"n","Spec":{"Labels":{"zone":"a","ci.round":"7"}}}])");
  ASSERT_TRUE(nodes.ok());
  EXPECT_THAT(nodes->at("n")->labels, ElementsAre(Key("zone")));
}

}  // namespace
}  // namespace swarmbell
