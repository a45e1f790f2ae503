#include "common/process/logging.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

namespace swarmbell {
namespace {

TEST(Logging, RefusesUnknownLevelsAndFormats) {
  EXPECT_EQ(InitLogging("p", "loud", "text").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(InitLogging("p", "info", "xml").code(), absl::StatusCode::kInvalidArgument);
}

TEST(Logging, TextLinesHaveTimeLevelProcessAndMessage) {
  testing::internal::CaptureStderr();
  ASSERT_TRUE(InitLogging("swarmbell-collector", "info", "text").ok());
  spdlog::info("Collector started. cluster={}", "prod");
  spdlog::debug("not shown");
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::MatchesRegex("20..-..-..T..:..:..\\....Z info     swarmbell-collector: "
                                    "Collector started. cluster=prod\n"));
}

TEST(Logging, TextFromOutsideCannotForgeALine) {
  testing::internal::CaptureStderr();
  ASSERT_TRUE(InitLogging("p", "info", "text").ok());
  spdlog::info("engine said {}", "x\n2026 error p: \x1b[31mforged");
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::EndsWith("p: engine said x\\n2026 error p: \\x1b[31mforged\n"));
}

TEST(Logging, JsonLinesAreValidEvenForHostileText) {
  testing::internal::CaptureStderr();
  ASSERT_TRUE(InitLogging("swarmbell-notifier", "warn", "json").ok());
  spdlog::warn("a \"quoted\" \n line \xff");
  const std::string line = testing::internal::GetCapturedStderr();
  ASSERT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  const auto object = nlohmann::json::parse(line);
  EXPECT_EQ(object["level"], "warning");
  EXPECT_EQ(object["logger"], "swarmbell-notifier");
  EXPECT_EQ(object["message"], "a \"quoted\" \n line \xEF\xBF\xBD");
}

}  // namespace
}  // namespace swarmbell
