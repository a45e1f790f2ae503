#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "notifier/rules/rule_set.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<LabelFault> Faults(const std::string& label, const std::string& value) {
  v1::ResourceRef resource;
  (*resource.mutable_labels())["com.docker.stack.namespace"] = "shop";
  (*resource.mutable_labels())[label] = value;
  return LabelFaults(resource, {"slack", "team-a"});
}

TEST(LabelFaultsTest, LabelsThatAreUnderstoodHaveNone) {
  EXPECT_THAT(Faults("swarmbell.receiver", "team-a, slack"), IsEmpty());
  EXPECT_THAT(Faults("swarmbell.colors", "red,yellow"), IsEmpty());
  EXPECT_THAT(Faults("swarmbell.enable", "No"), IsEmpty());
  EXPECT_THAT(Faults("traefik.enable", "perhaps"), IsEmpty());
  for (const char* label : {"swarmbell.by", "swarmbell.pipeline", "swarmbell.revision", "swarmbell.source"}) {
    EXPECT_THAT(Faults(label, "x"), IsEmpty()) << label;
  }
}

TEST(LabelFaultsTest, EachWordThatNamesNothingIsOne) {
  EXPECT_THAT(
      Faults("swarmbell.receiver", "teem-a, slack, nope"),
      ElementsAre(LabelFault{"swarmbell.receiver", "teem-a", "names no receiver; did you mean \"team-a\"?"},
                  LabelFault{"swarmbell.receiver", "nope", "names no receiver"}));
  EXPECT_THAT(Faults("swarmbell.colors", "purple"),
              ElementsAre(LabelFault{"swarmbell.colors", "purple", "names no colour"}));
  EXPECT_THAT(Faults("swarmbell.enable", "perhaps"),
              ElementsAre(LabelFault{"swarmbell.enable", "perhaps", "is neither true nor false"}));
}

TEST(LabelFaultsTest, AMentionOfNobodyIsOne) {
  EXPECT_THAT(Faults("swarmbell.mention", "U012AB3CD,ann@example.com"), IsEmpty());
  const auto faults = Faults("swarmbell.mention", "here, " + std::string(100'000, 'x'));
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_EQ(faults[0].value.size(), 100U);
  EXPECT_THAT(faults[0].problem, testing::HasSubstr("mentions nobody"));
}

TEST(LabelFaultsTest, AMisspeltLabelIsOne) {
  EXPECT_THAT(
      Faults("swarmbell.reciever", "slack"),
      ElementsAre(LabelFault{"swarmbell.reciever", "slack",
                             "is no label that steers alerts; did you mean \"swarmbell.receiver\"?"}));
}

}  // namespace
}  // namespace swarmbell
