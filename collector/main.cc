#include <spdlog/spdlog.h>

#include <utility>

#include "collector/app/collector_app.h"
#include "collector/app/health_check.h"
#include "collector/options/collector_options.h"
#include "common/grpc/grpc_setup.h"
#include "common/process/logging.h"
#include "common/process/process.h"
#include "common/program/program.h"

namespace {

using namespace swarmbell;

// Returns what is in force from now on.
LoadedCollectorOptions Reload(CollectorApp& app, const Settings& started, LoadedCollectorOptions before,
                              const std::string& config_file) {
  auto after = LoadCollectorOptions(SettingsInput::FromProcess(config_file));
  ReloadReport report{.status = after.status(), .started = &started, .before = &before.settings};
  if (after.ok()) {
    report.after = &after->settings;
    report.log_level = after->options.log_level;
    report.old_warnings = before.warnings;
    report.warnings = after->warnings;
  }
  if (!AcceptReload(report)) return before;
  app.Reload(after->options);
  return *std::move(after);
}

int Run(LoadedCollectorOptions loaded, const std::string& config_file) {
  Shutdown shutdown;
  DropLockChecks();
  RouteGrpcLog(/*warn_of_handshakes=*/true);
  const Settings started = loaded.settings;
  const auto app = CollectorApp::Start(loaded.options);
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
  const Program program{.name = "swarmbell-collector",
                        .summary = "streams what changes in a Docker Swarm over gRPC.",
                        .settings = CollectorSettings()};
  const auto line = ReadCommandLine(program, argc, argv);
  if (const int* code = std::get_if<int>(&line)) return *code;
  const auto& flags = std::get<CommandLine>(line);

  const auto loaded = LoadCollectorOptions(SettingsInput::FromProcess(flags.Value("--config")));
  ConfigurationReport report{.status = loaded.status()};
  if (loaded.ok()) {
    report = {.printed = loaded->printed,
              .warnings = loaded->warnings,
              .log_level = loaded->options.log_level,
              .log_format = loaded->options.log_format};
  }
  if (const auto code = AcceptConfiguration(program, flags, report)) return *code;
  return flags.Has("--healthcheck") ? AnswerHealthCheck(CheckOwnHealth(loaded->options))
                                    : Run(*loaded, flags.Value("--config"));
}
