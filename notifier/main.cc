#include <spdlog/spdlog.h>
#include <unistd.h>

#include <iostream>
#include <utility>

#include "common/grpc/grpc_server.h"
#include "common/grpc/grpc_setup.h"
#include "common/process/logging.h"
#include "common/process/process.h"
#include "common/program/program.h"
#include "notifier/app/commands.h"
#include "notifier/app/notifier_app.h"
#include "notifier/config/load.h"

namespace {

using namespace swarmbell;

// Whoever reads the cards from standard output may pause this long before a card is tried again.
constexpr absl::Duration kConsolePatience = absl::Seconds(5);

// Returns what is in force from now on.
LoadedNotifierConfig Reload(NotifierApp& app, const Settings& started, LoadedNotifierConfig before,
                            const std::string& config_file) {
  auto after = LoadNotifierConfig(SettingsInput::FromProcess(config_file));
  ReloadReport report{.status = after.status(), .started = &started, .before = &before.settings};
  if (after.ok()) {
    report.after = &after->settings;
    report.log_level = after->config.log_level;
    report.old_warnings = before.warnings;
    report.warnings = after->warnings;
  }
  if (!AcceptReload(report)) return before;
  if (const absl::Status status = app.Reload(after->config); !status.ok()) {
    spdlog::error("The configuration cannot be used; the old one stays in force. problem={}",
                  LogValue(std::string(status.message())));
    return before;
  }
  return *std::move(after);
}

int Run(LoadedNotifierConfig loaded, const std::string& config_file) {
  Shutdown shutdown;
  DropLockChecks();
  RouteGrpcLog(/*warn_of_handshakes=*/false);
  const Settings started = loaded.settings;
  BoundedStream console(STDOUT_FILENO, kConsolePatience);
  const auto app = NotifierApp::Start(loaded.config, console);
  if (!app.ok()) {
    spdlog::critical("Cannot start. reason={}", LogValue(std::string(app.status().message())));
    return kExitFailure;
  }
  while (shutdown.Wait() == Shutdown::Wish::kReload) {
    loaded = Reload(**app, started, std::move(loaded), config_file);
  }
  spdlog::info("Stopping.");
  return 0;
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): what nobody caught is a fault of the program and ends it
int main(int argc, char** argv) {
  HoldReloadSignals();
  const Program program{.name = "swarmbell-notifier",
                        .summary = "posts what changes in a Docker Swarm to Slack and Microsoft Teams.",
                        .flags = CommandFlags(),
                        .settings = NotifierSettings()};
  const auto line = ReadCommandLine(program, argc, argv);
  if (const int* code = std::get_if<int>(&line)) return *code;
  const auto& flags = std::get<CommandLine>(line);

  const auto loaded = LoadNotifierConfig(SettingsInput::FromProcess(flags.Value("--config")));
  ConfigurationReport report{.status = loaded.status()};
  if (loaded.ok()) {
    report = {.printed = loaded->printed,
              .warnings = loaded->warnings,
              .log_level = loaded->config.log_level,
              .log_format = loaded->config.log_format};
  }
  if (const auto code = AcceptConfiguration(program, flags, report)) return *code;
  if (flags.Has("--healthcheck")) {
    return AnswerHealthCheck(CheckHealth(LocalTarget(loaded->config.listen), {}, absl::Seconds(5)));
  }
  if (const auto code = RunCommand(flags, loaded->config, std::cout)) return *code;
  return Run(*loaded, flags.Value("--config"));
}
