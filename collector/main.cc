#include <memory>
#include <utility>

#include "collector/app/collector_app.h"
#include "collector/options/collector_options.h"
#include "common/grpc/grpc_setup.h"
#include "common/program/program.h"

namespace {

using namespace swarmbell;

class Collector final : public ProgramSteps {
 public:
  absl::StatusOr<LoadedConfiguration> Load(const SettingsInput& input) override {
    auto loaded = LoadCollectorOptions(input);
    if (!loaded.ok()) return loaded.status();
    options_ = std::move(loaded->options);
    return LoadedConfiguration{.printed = std::move(loaded->printed),
                               .warnings = std::move(loaded->warnings),
                               .log_level = options_.log_level,
                               .log_format = options_.log_format,
                               .settings = std::move(loaded->settings)};
  }

  absl::Status CheckHealth() override { return CheckOwnHealth(options_); }

  absl::Status Start() override {
    DropLockChecks();
    RouteGrpcLog(/*warn_of_handshakes=*/true);
    auto app = CollectorApp::Start(options_);
    if (!app.ok()) return app.status();
    app_ = *std::move(app);
    return absl::OkStatus();
  }

  absl::Status Reload() override {
    app_->Reload(options_);
    return absl::OkStatus();
  }

  void Stop() override { app_.reset(); }

 private:
  CollectorOptions options_;
  std::unique_ptr<CollectorApp> app_;
};

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): an uncaught exception is a bug and ends the program
int main(int argc, char** argv) {
  Collector collector;
  return RunProgram({.name = "swarmbell-collector",
                     .summary = "streams what changes in a Docker Swarm over gRPC.",
                     .settings = CollectorSettings()},
                    collector, argc, argv);
}
