#include "common/settings/command_line.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "common/settings/nearest.h"

namespace swarmbell {
namespace {

absl::Status UnknownFlag(const std::string& flag, const std::vector<Flag>& known) {
  std::vector<std::string> names;
  for (const Flag& each : known) {
    if (!each.help.empty()) names.push_back(each.name);
  }
  const std::string hint = DidYouMean(flag, names);
  return absl::InvalidArgumentError(
      absl::StrCat("unknown flag ", Quoted(flag), hint.empty() ? "; --help lists them" : hint));
}

}  // namespace

std::vector<Flag> CommonFlags() {
  return {
      {"--config", "FILE", "Read settings from this YAML file; the environment overrides it."},
      {"--check-config", "", "Check the configuration, say what is wrong, and end."},
      {"--print-config", "", "Print the configuration in force as YAML, without secrets, and end."},
      {"--healthcheck", "", "Ask the process that runs here whether it is healthy, and end with 0 if so."},
      {"--version", "", "Print the version and end."},
      {"--help", "", "Print this and end."},
      {"--print-settings-markdown", "", ""},
      {"--print-settings-schema", "", ""},
  };
}

absl::StatusOr<CommandLine> CommandLine::Parse(int argc, const char* const* argv,
                                               const std::vector<Flag>& known) {
  CommandLine line;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word.rfind("--", 0) != 0) {
      return absl::InvalidArgumentError(absl::StrCat("unexpected argument ", Quoted(word),
                                                     "; settings are given in a file or the environment"));
    }
    const auto equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const auto flag = std::find_if(known.begin(), known.end(), [&](const Flag& f) { return f.name == name; });
    if (flag == known.end()) return UnknownFlag(name, known);
    if (flag->value_name.empty()) {
      if (equals != std::string::npos)
        return absl::InvalidArgumentError(absl::StrCat(name, " takes no value"));
      line.values_[name] = "";
      continue;
    }
    const bool follows = equals == std::string::npos;
    std::string value = follows ? (i + 1 < argc ? argv[++i] : "") : word.substr(equals + 1);
    if (value.empty() || (follows && value.rfind("--", 0) == 0)) {
      return absl::InvalidArgumentError(absl::StrCat(name, " needs a value: ", name, " ", flag->value_name));
    }
    line.values_[name] = std::move(value);
  }
  return line;
}

std::string CommandLine::Value(const std::string& flag) const {
  const auto found = values_.find(flag);
  return found == values_.end() ? "" : found->second;
}

std::string FlagsHelp(const std::vector<Flag>& flags) {
  std::size_t width = 0;
  const auto shown = [](const Flag& flag) {
    return flag.value_name.empty() ? flag.name : absl::StrCat(flag.name, " ", flag.value_name);
  };
  for (const Flag& flag : flags) {
    if (!flag.help.empty()) width = std::max(width, shown(flag).size());
  }
  std::string out;
  for (const Flag& flag : flags) {
    if (flag.help.empty()) continue;
    absl::StrAppend(&out, "  ", shown(flag), std::string(width - shown(flag).size() + 2, ' '), flag.help,
                    "\n");
  }
  return out;
}

}  // namespace swarmbell
