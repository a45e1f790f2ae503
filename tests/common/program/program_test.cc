#include "common/program/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <csignal>
#include <sstream>

#include "common/process/process.h"
#include "common/settings/setting.h"

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

TEST(Program, VersionNamesProgramVersionAndLibraries) {
  EXPECT_THAT(BuildVersion(), testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
  testing::internal::CaptureStdout();
  EXPECT_EQ(std::get<int>(Read({"--version"})), 0);
  EXPECT_THAT(testing::internal::GetCapturedStdout(),
              testing::AllOf(testing::StartsWith("swarmbell-sample " + BuildVersion()), HasSubstr("gRPC 1."),
                             HasSubstr("libcurl ")));
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
  EXPECT_EQ(AcceptConfiguration(Sample(), line, absl::InvalidArgumentError("a\nb")), kExitFailure);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "swarmbell-sample: a\nb\n");
}

TEST(Program, CheckAndPrintConfigEndWithoutRunning) {
  testing::internal::CaptureStdout();
  const LoadedConfiguration good{.printed = "poll: {}\n", .effect = "Ten are read."};
  EXPECT_EQ(AcceptConfiguration(Sample(), std::get<CommandLine>(Read({"--print-config"})), good), 0);
  EXPECT_EQ(AcceptConfiguration(Sample(), std::get<CommandLine>(Read({"--check-config"})), good), 0);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "poll: {}\nThe configuration is good.\nTen are read.\n");
  EXPECT_EQ(AcceptConfiguration(Sample(), std::get<CommandLine>(Read({})), good), std::nullopt);
}

Settings Made(const std::string& interval, const std::string& color) {
  std::string poll_interval;
  std::string alert_color;
  SettingsTable table;
  table.Add(&poll_interval, "poll.interval", "");
  table.Add(&alert_color, "color", "", {.reloads = true});
  Problems problems;
  return Settings::Load(table, {"", {{"SWARMBELL_POLL_INTERVAL", interval}, {"SWARMBELL_COLOR", color}}},
                        problems);
}

class ReloadTest : public testing::Test {
 protected:
  static std::string Told(const LoadedConfiguration& before, const absl::StatusOr<LoadedConfiguration>& after,
                          bool accepted) {
    std::ostringstream out;
    const auto logger = spdlog::default_logger();
    spdlog::set_default_logger(
        std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(out)));
    EXPECT_EQ(AcceptReload(before.settings, before, after), accepted);
    spdlog::set_default_logger(logger);
    return out.str();
  }
};

TEST_F(ReloadTest, TellsWhatChangedAndWhatNeedsARestart) {
  const LoadedConfiguration before{.warnings = {"Old."}, .settings = Made("1", "red")};
  const LoadedConfiguration after{.warnings = {"Old.", "New."}, .settings = Made("2", "blue")};
  const std::string told = Told(before, after, true);
  EXPECT_THAT(told, HasSubstr("only with a restart. setting=poll.interval"));
  EXPECT_THAT(told, HasSubstr("read again. changed=color\n"));
  EXPECT_THAT(told, HasSubstr("New."));
  EXPECT_THAT(told, testing::Not(HasSubstr("Old.")));
}

TEST_F(ReloadTest, WhatIsBadIsToldLineByLine) {
  const std::string told = Told({}, absl::InvalidArgumentError("a.yml:3: x\na.yml:4: y"), false);
  EXPECT_THAT(told, HasSubstr("the old one stays in force. problem=\"a.yml:3: x\""));
  EXPECT_THAT(told, HasSubstr("problem=\"a.yml:4: y\""));
}

class FakeSteps final : public ProgramSteps {
 public:
  absl::StatusOr<LoadedConfiguration> Load(const SettingsInput& input) override {
    if (input.config_file == "bad.yml") return absl::InvalidArgumentError("bad");
    return LoadedConfiguration{};
  }
  absl::Status CheckHealth() override { return absl::UnavailableError("down"); }
  std::optional<int> Answer(const CommandLine& flags) override {
    return flags.Has("--own") ? std::optional(7) : std::nullopt;
  }
  absl::Status Start() override { return absl::InternalError("not reached"); }
  absl::Status Reload() override { return absl::OkStatus(); }
  void Stop() override {}
};

TEST(Program, ARunAnswersWhatNeedsNoStart) {
  FakeSteps steps;
  const auto run = [&steps](std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "swarmbell-sample");
    return RunProgram(Sample(), steps, static_cast<int>(arguments.size()), arguments.data());
  };
  EXPECT_EQ(run({"--own"}), 7);
  EXPECT_EQ(run({"--healthcheck"}), kExitFailure);
  EXPECT_EQ(run({"--config", "bad.yml", "--own"}), kExitFailure);
  EXPECT_EQ(run({"--unknown"}), kExitUsage);
}

// Runs, is told to reload twice, and then to stop. The first reload fails.
class ReloadingSteps final : public ProgramSteps {
 public:
  absl::StatusOr<LoadedConfiguration> Load(const SettingsInput&) override {
    return LoadedConfiguration{.settings = Made("1", loads_++ == 0 ? "red" : "blue")};
  }
  absl::Status CheckHealth() override { return absl::OkStatus(); }
  absl::Status Start() override { return Signal(SIGHUP), absl::OkStatus(); }
  absl::Status Reload() override {
    if (++reloads == 1) return Signal(SIGHUP), absl::UnavailableError("not now");
    return Signal(SIGTERM), absl::OkStatus();
  }
  void Stop() override { stopped = true; }

  int reloads = 0;
  bool stopped = false;

 private:
  static void Signal(int number) { kill(getpid(), number); }
  int loads_ = 0;
};

TEST_F(ReloadTest, AfterAReloadThatFailedTheNextIsComparedWithTheConfigurationInUse) {
  const auto logger = spdlog::default_logger();
  ReloadingSteps steps;
  const char* const arguments[] = {"swarmbell-sample"};
  testing::internal::CaptureStderr();
  EXPECT_EQ(RunProgram(Sample(), steps, 1, arguments), 0);
  spdlog::set_default_logger(logger);  // flushes the one of the run
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(steps.reloads, 2);
  EXPECT_TRUE(steps.stopped);
  const std::size_t failed = log.find("problem=\"not now\"");
  ASSERT_NE(failed, log.npos) << log;
  EXPECT_THAT(log.substr(0, failed), HasSubstr("changed=color"));
  EXPECT_THAT(log.substr(failed), HasSubstr("changed=color"));
}

TEST(Program, HealthCheckExitCodes) {
  EXPECT_EQ(AnswerHealthCheck(absl::OkStatus()), 0);
  EXPECT_EQ(AnswerHealthCheck(absl::UnavailableError("stale")), kExitFailure);
}

}  // namespace
}  // namespace swarmbell
