#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
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

// The command line, or the exit code when it was answered (--help, --version, --print-settings-markdown) or
// makes no sense.
std::variant<CommandLine, int> ReadCommandLine(const Program& program, int argc, const char* const* argv);

// The result of reading a configuration, good or bad.
struct ConfigurationReport {
  absl::Status status = {};
  std::string printed = {};                // for --print-config
  std::vector<std::string> warnings = {};  // sentences to log
  std::string log_level = "info";
  std::string log_format = "text";
};

// Tells what is wrong with the configuration, answers --check-config and --print-config, else sets up logging
// and logs the warnings. Returns the exit code when the program is to end.
std::optional<int> AcceptConfiguration(const Program& program, const CommandLine& line,
                                       const ConfigurationReport& report);

// The result of reading a configuration again.
struct ReloadReport {
  absl::Status status = {};
  // The settings at the start of the process, those in use until now, and the new ones; null after a failure.
  const Settings* started = nullptr;
  const Settings* before = nullptr;
  const Settings* after = nullptr;
  std::vector<std::string> old_warnings = {};
  std::vector<std::string> warnings = {};
};

// Logs what was read again, or why the old configuration stays, and what changed but needs a restart; puts
// `log.level` in force. Returns whether the new configuration is to be used.
bool AcceptReload(const ReloadReport& report);

// Prints the outcome of --healthcheck and returns its exit code.
int AnswerHealthCheck(const absl::Status& health);

}  // namespace swarmbell
