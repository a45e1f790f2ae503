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

// What both programs do before and around their own work. Nothing here throws; output goes to stdout,
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

// The result of reading a configuration, good or bad.
struct ConfigurationReport {
  absl::Status status = {};
  std::string printed = {};                // for --print-config
  std::vector<std::string> warnings = {};  // sentences to log
  std::string log_level = "info";
  std::string log_format = "text";
};

// Prints the problems of a wrong configuration, or answers --check-config and --print-config; otherwise sets
// up logging and logs the warnings. Returns the exit code if the program is to exit.
std::optional<int> AcceptConfiguration(const Program& program, const CommandLine& line,
                                       const ConfigurationReport& report);

// The result of reading a configuration again.
struct ReloadReport {
  absl::Status status = {};
  // The settings at the start of the process, those in use until now, and the new ones; null after a failure.
  const Settings* started = nullptr;
  const Settings* before = nullptr;
  const Settings* after = nullptr;
  std::string log_level = "info";
  std::vector<std::string> old_warnings = {};
  std::vector<std::string> warnings = {};
};

// Logs the changed settings, or why the old configuration stays in force, and the changes that need a
// restart. Applies the log level. Returns whether the new configuration is to be used.
bool AcceptReload(const ReloadReport& report);

// Prints the outcome of --healthcheck and returns its exit code.
int AnswerHealthCheck(const absl::Status& health);

}  // namespace swarmbell
