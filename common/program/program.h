#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/settings/setting.h"
#include "common/settings/settings.h"

namespace swarmbell {

// Exit codes other than 0.
inline constexpr int kExitFailure = 1;  // the program failed, or its configuration is wrong
inline constexpr int kExitUsage = 2;    // the command line is wrong

// A flag of a program.
struct Flag {
  std::string name;        // with its dashes, e.g. `--config`
  std::string value_name;  // e.g. `FILE`; empty when it takes no value
  std::string help;        // one line; a flag without help is not shown
};

// --config FILE, --check-config, --print-config, --version, --help, --healthcheck; and, not shown in --help,
// those that the documents are generated with: --print-settings-markdown, --print-settings-schema.
std::vector<Flag> CommonFlags();

// A parsed command line.
class CommandLine {
 public:
  // Ignores `argv[0]`. A value is given as `--config FILE` or `--config=FILE`; the last of repeated flags
  // wins. INVALID_ARGUMENT for an unknown flag (with the most similar known one), a missing or superfluous
  // value, and any argument that is not a flag.
  static absl::StatusOr<CommandLine> Parse(int argc, const char* const* argv, const std::vector<Flag>& known);

  bool Has(const std::string& flag) const { return values_.contains(flag); }
  // Empty if the flag was not given.
  std::string Value(const std::string& flag) const;

 private:
  std::map<std::string, std::string> values_;
};

// The flags, formatted for --help.
std::string FlagsHelp(const std::vector<Flag>& flags);

// The work that both programs do before and around their own. Nothing here throws; output goes to stdout,
// problems to stderr.
struct Program {
  std::string name;              // for example `swarmbell-collector`
  std::string summary;           // one sentence for --help
  std::vector<Flag> flags = {};  // besides CommonFlags()
  std::vector<Setting> settings = {};
};

// The command line, or the exit code if it is wrong or asked only for output (--help, --version and the
// like).
std::variant<CommandLine, int> ReadCommandLine(const Program& program, int argc, const char* const* argv);

// A configuration that has been read and is good.
struct LoadedConfiguration {
  std::string printed = {};                // for --print-config
  std::vector<std::string> warnings = {};  // sentences to log
  std::string effect = {};                 // sentences for --check-config: the result in short
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
