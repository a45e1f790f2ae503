#include "common/program/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace swarmbell {
namespace {

using ::testing::HasSubstr;

Program Sample() {
  return {.name = "swarmbell-sample",
          .summary = "Does nothing.",
          .flags = {{.name = "--own", .value_name = "", .help = "A flag of its own."}},
          .settings = {{.path = "poll.interval",
                        .type = SettingType::kDuration,
                        .default_value = "10s",
                        .help = "How often."}}};
}

std::variant<CommandLine, int> Read(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "swarmbell-sample");
  return ReadCommandLine(Sample(), static_cast<int>(arguments.size()), arguments.data());
}

TEST(Program, HelpShowsFlagsAndSettings) {
  testing::internal::CaptureStdout();
  EXPECT_EQ(std::get<int>(Read({"--help"})), 0);
  EXPECT_THAT(testing::internal::GetCapturedStdout(),
              testing::AllOf(HasSubstr("Does nothing."), HasSubstr("--own"), HasSubstr("--check-config"),
                             HasSubstr("SWARMBELL_POLL_INTERVAL")));
}

TEST(Program, AnUnknownFlagIsAUsageErrorThatNamesTheNearest) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(std::get<int>(Read({"--chek-config"})), kExitUsage);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("--check-config"));
}

TEST(Program, OwnFlagsArePassedOn) { EXPECT_TRUE(std::get<CommandLine>(Read({"--own"})).Has("--own")); }

TEST(Program, ABadConfigurationEndsWithEveryProblemTold) {
  const auto line = std::get<CommandLine>(Read({}));
  testing::internal::CaptureStderr();
  EXPECT_EQ(AcceptConfiguration(Sample(), line, {.status = absl::InvalidArgumentError("a\nb")}),
            kExitFailure);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "swarmbell-sample: a\nb\n");
}

TEST(Program, CheckAndPrintConfigEndWithoutRunning) {
  testing::internal::CaptureStdout();
  const ConfigurationReport good{.printed = "poll: {}\n"};
  EXPECT_EQ(AcceptConfiguration(Sample(), std::get<CommandLine>(Read({"--print-config"})), good), 0);
  EXPECT_EQ(AcceptConfiguration(Sample(), std::get<CommandLine>(Read({"--check-config"})), good), 0);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "poll: {}\nThe configuration is good.\n");
  EXPECT_EQ(AcceptConfiguration(Sample(), std::get<CommandLine>(Read({})), good), std::nullopt);
}

TEST(Program, HealthCheckExitCodes) {
  EXPECT_EQ(AnswerHealthCheck(absl::OkStatus()), 0);
  EXPECT_EQ(AnswerHealthCheck(absl::UnavailableError("stale")), kExitFailure);
}

}  // namespace
}  // namespace swarmbell
