#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace swarmbell {

// Exit codes other than 0.
inline constexpr int kExitFailure = 1;  // it ran and failed, or its configuration is wrong
inline constexpr int kExitUsage = 2;    // the command line makes no sense

// One flag that a program knows.
struct Flag {
  std::string name;        // with its dashes, e.g. `--config`
  std::string value_name;  // e.g. `FILE`; empty when it takes no value
  std::string help;        // one line; a flag without help is not shown
};

// --config FILE, --check-config, --print-config, --version, --help, --healthcheck, and, not shown, what the
// documents are made of: --print-settings-markdown, --print-settings-schema.
std::vector<Flag> CommonFlags();

// The content of a command line.
class CommandLine {
 public:
  // `argv[0]` is passed over. A value follows as `--config FILE` or `--config=FILE`; the last of repeated
  // flags wins. INVALID_ARGUMENT for an unknown flag (with the nearest known one), a missing or superfluous
  // value, and anything that is no flag.
  static absl::StatusOr<CommandLine> Parse(int argc, const char* const* argv, const std::vector<Flag>& known);

  bool Has(const std::string& flag) const { return values_.contains(flag); }
  // Empty if the flag was not given.
  std::string Value(const std::string& flag) const;

 private:
  std::map<std::string, std::string> values_;
};

// The flags for --help.
std::string FlagsHelp(const std::vector<Flag>& flags);

}  // namespace swarmbell
