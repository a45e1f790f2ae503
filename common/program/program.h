#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/settings/command_line.h"
#include "common/settings/setting.h"
#include "common/settings/settings.h"

namespace swarmbell {

// The frame that both programs share: it does the same work before and around their own. Nothing here throws;
// output goes to stdout, complaints to stderr.
struct Program {
  std::string name;              // for example `swarmbell-collector`
  std::string summary;           // one sentence for --help
  std::vector<Flag> flags = {};  // besides CommonFlags()
  std::vector<Setting> settings = {};
};

// The command line, or the exit code when it was answered (--help, --version, and what the documents are made
// of) or makes no sense.
std::variant<CommandLine, int> ReadCommandLine(const Program& program, int argc, const char* const* argv);

// A configuration that has been read and is good.
struct LoadedConfiguration {
  std::string printed = {};                // for --print-config
  std::vector<std::string> warnings = {};  // sentences to log
  std::string log_level = "info";
  std::string log_format = "text";
  Settings settings = {};  // with secrets
};

// Prints the problems of a configuration, answers --check-config and --print-config, else sets up logging and
// logs the warnings. Returns the exit code when the program is to end.
std::optional<int> AcceptConfiguration(const Program& program, const CommandLine& line,
                                       const absl::StatusOr<LoadedConfiguration>& loaded);

// Logs what was read again, or why the old configuration stays, and which changes need a restart; applies the
// log level. `started` are the settings at the start of the process, `before` the configuration in use.
// Returns true if the new configuration is to be used.
bool AcceptReload(const Settings& started, const LoadedConfiguration& before,
                  const absl::StatusOr<LoadedConfiguration>& after);

// Prints the outcome of --healthcheck and returns its exit code.
int AnswerHealthCheck(const absl::Status& health);

// The part of each program that is its own. RunProgram() calls everything on one thread.
class ProgramSteps {
 public:
  virtual ~ProgramSteps() = default;
  // Reads and checks the configuration, and remembers it for the steps below. Errors have a line for each
  // problem.
  virtual absl::StatusOr<LoadedConfiguration> Load(const SettingsInput& input) = 0;
  // Asks the process that runs with the loaded configuration.
  virtual absl::Status CheckHealth() = 0;
  // Answers a flag of the program's own, if there is one: returns the exit code.
  virtual std::optional<int> Answer(const CommandLine& /*flags*/) { return std::nullopt; }
  // Starts the program with the loaded configuration. The error is logged, and ends the process.
  virtual absl::Status Start() = 0;
  // Applies a configuration that was loaded again. After an error the old one must still be in use.
  virtual absl::Status Reload() = 0;
  // Ends what Start() began, within seconds.
  virtual void Stop() = 0;
};

// The whole main(): command line, configuration, start, reloads at SIGHUP, stop at SIGTERM or SIGINT. Returns
// the exit code.
int RunProgram(const Program& program, ProgramSteps& steps, int argc, const char* const* argv);

}  // namespace swarmbell
