#include <unistd.h>

#include <iostream>
#include <memory>
#include <optional>
#include <utility>

#include "common/grpc/grpc_server.h"
#include "common/grpc/grpc_setup.h"
#include "common/process/logging.h"
#include "common/program/program.h"
#include "notifier/app/commands.h"
#include "notifier/app/notifier_app.h"
#include "notifier/config/load.h"

namespace {

using namespace swarmbell;

// The reader of the cards on standard output may pause this long before a card is tried again.
constexpr absl::Duration kConsolePatience = absl::Seconds(5);

class Notifier final : public ProgramSteps {
 public:
  absl::StatusOr<LoadedConfiguration> Load(const SettingsInput& input) override {
    auto loaded = LoadNotifierConfig(input);
    if (!loaded.ok()) return loaded.status();
    config_ = std::move(loaded->config);
    return LoadedConfiguration{.printed = std::move(loaded->printed),
                               .warnings = std::move(loaded->warnings),
                               .effect = std::move(loaded->effect),
                               .log_level = config_.log_level,
                               .log_format = config_.log_format,
                               .settings = std::move(loaded->settings)};
  }

  absl::Status CheckHealth() override {
    return swarmbell::CheckHealth(LocalTarget(config_.listen), {}, absl::Seconds(5));
  }

  std::optional<int> Answer(const CommandLine& flags) override {
    return RunCommand(flags, config_, std::cout);
  }

  absl::Status Start() override {
    DropLockChecks();
    RouteGrpcLog(/*warn_of_handshakes=*/false);
    auto app = NotifierApp::Start(config_, console_.emplace(STDOUT_FILENO, kConsolePatience));
    if (!app.ok()) return app.status();
    app_ = *std::move(app);
    return absl::OkStatus();
  }

  absl::Status Reload() override { return app_->Reload(config_); }

  void Stop() override { app_.reset(); }

 private:
  NotifierConfig config_;
  std::optional<BoundedStream> console_;
  std::unique_ptr<NotifierApp> app_;
};

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): an uncaught exception is a bug and ends the program
int main(int argc, char** argv) {
  Notifier notifier;
  return RunProgram({.name = "swarmbell-notifier",
                     .summary = "posts what changes in a Docker Swarm to Slack and Microsoft Teams.",
                     .flags = CommandFlags(),
                     .settings = NotifierSettings()},
                    notifier, argc, argv);
}
