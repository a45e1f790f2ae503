#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <sstream>

#include "notifier/app/notifier_app.h"

namespace swarmbell {
namespace {

using testing::HasSubstr;

class LabelWarningsTest : public testing::Test {
 protected:
  LabelWarningsTest() {
    auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(logged_);
    sink->set_pattern("%v");
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("test", sink));
  }
  ~LabelWarningsTest() override { spdlog::set_default_logger(std::make_shared<spdlog::logger>("none")); }

  std::string Check(const std::string& service, const std::string& value) {
    v1::ChangeEvent event;
    event.mutable_resource()->set_kind(v1::RESOURCE_KIND_SERVICE);
    event.mutable_resource()->set_id(service);
    event.mutable_resource()->set_name(service);
    (*event.mutable_resource()->mutable_labels())["swarmbell.receiver"] = value;
    logged_.str("");
    warnings_.Check(event);
    return logged_.str();
  }

  std::ostringstream logged_;
  LabelWarnings warnings_{{"team-a"}, 3};
};

TEST_F(LabelWarningsTest, WarnOnceForEachServiceAndValue) {
  EXPECT_EQ(Check("web", "team-a"), "");
  EXPECT_EQ(Check("web", "team-b"),
            "Ignored a label that does not steer alerts. name=web label=swarmbell.receiver value=team-b "
            "problem=\"names no receiver; did you mean \\\"team-a\\\"?\"\n");
  EXPECT_EQ(Check("web", "team-b"), "");
  EXPECT_THAT(Check("web", "nope"), HasSubstr("value=nope"));
  EXPECT_THAT(Check("api", "nope"), HasSubstr("name=api"));
}

TEST_F(LabelWarningsTest, RememberOnlySoMany) {
  for (int i = 0; i < 10; ++i) EXPECT_NE(Check("web", std::to_string(i) + "x"), "");
}

}  // namespace
}  // namespace swarmbell
