#include "common/settings/help.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace swarmbell {
namespace {

constexpr std::size_t kWidth = 100;

std::string Padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

// Lines of at most `width` columns, the text broken at blanks.
std::vector<std::string> Wrap(const std::string& text, std::size_t width) {
  std::vector<std::string> lines(1);
  for (const auto part : absl::StrSplit(text, ' ')) {
    const std::string word(part);
    if (!lines.back().empty() && lines.back().size() + 1 + word.size() > width) lines.emplace_back();
    absl::StrAppend(&lines.back(), lines.back().empty() ? "" : " ", word);
  }
  return lines;
}

std::string Group(const Setting& setting) { return setting.path.substr(0, setting.path.find('.')); }

std::string Meaning(const Setting& setting) {
  return setting.reloads ? absl::StrCat(setting.help, " (SIGHUP)") : setting.help;
}

std::string ShownDefault(const Setting& setting) {
  return setting.default_value.empty() ? "" : absl::StrCat("[", setting.default_value, "]");
}

}  // namespace

std::string SettingsHelp(const std::vector<Setting>& table) {
  std::size_t path_width = 0;
  std::size_t name_width = 0;
  for (const Setting& setting : table) {
    path_width = std::max(path_width, setting.path.size());
    name_width = std::max(name_width, EnvironmentName(setting.path).size());
  }
  std::string out =
      "Settings: a YAML key, the environment variable that overrides it, [the default].\n"
      "A variable with _FILE appended names a file that holds the value.\n"
      "What is marked (SIGHUP) is read again on that signal, everything else at the start.\n";
  std::string group;
  for (const Setting& setting : table) {
    if (Group(setting) != group) out += "\n";
    group = Group(setting);
    std::string line =
        absl::StrCat("  ", Padded(setting.path, path_width), "  ",
                     Padded(EnvironmentName(setting.path), name_width), "  ", ShownDefault(setting));
    line.erase(line.find_last_not_of(' ') + 1);
    absl::StrAppend(&out, line, "\n");
    for (const std::string& help : Wrap(Meaning(setting), kWidth - 6))
      absl::StrAppend(&out, "      ", help, "\n");
  }
  return out;
}

std::string SettingsMarkdown(const std::vector<Setting>& table) {
  std::string out = "| YAML | environment | default | meaning |\n| --- | --- | --- | --- |\n";
  for (const Setting& setting : table) {
    const std::string shown =
        setting.default_value.empty() ? "" : absl::StrCat("`", setting.default_value, "`");
    absl::StrAppend(&out, "| `", setting.path, "` | `", EnvironmentName(setting.path), "` | ", shown, " | ",
                    absl::StrReplaceAll(Meaning(setting), {{"|", "\\|"}}), " |\n");
  }
  return out;
}

}  // namespace swarmbell
