#include "common/settings/checks.h"

#include <cstddef>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/settings/address.h"
#include "common/settings/read_file.h"
#include "common/settings/value.h"

namespace swarmbell {
namespace {

constexpr std::size_t kMaxPemBytes = std::size_t{1} << 20;

}  // namespace

void AddLogSettings(SettingsTable& table, std::string& level, std::string& format) {
  table.Add(&level, "log.level", "Which lines are written: trace, debug, info, warn, error or off.",
            {.reloads = true, .choices = {"trace", "debug", "info", "warn", "error", "off"}});
  table.Add(&format, "log.format", "How: text, or json with one object a line.",
            {.choices = {"text", "json"}});
}

void SettingsChecks::Fault(const void* variable, const std::string& what) {
  problems_.Add(settings_.Value(table_.Of(variable)).label, what);
}

const std::string& SettingsChecks::File(const void* variable) const {
  return settings_.Value(table_.Of(variable)).file;
}

void SettingsChecks::PemFile(const std::string& file) {
  if (file.empty()) return;
  if (absl::StrContains(file, "-----BEGIN")) {
    const std::string& path = table_.Of(&file).path;
    Fault(&file, absl::StrCat("holds the PEM text itself; set ", path, " (", EnvironmentName(path),
                              ") to the name of the file"));
    return;
  }
  const auto content = ReadFile(file, kMaxPemBytes);
  if (content.ok()) return;
  Fault(&file, absl::StrCat("cannot read ", file, ": ", std::string(content.status().message())));
}

void SettingsChecks::Together(const std::string& first, const std::string& second) {
  if (first.empty() == second.empty()) return;
  const std::string& absent = table_.Of(first.empty() ? &first : &second).path;
  Fault(first.empty() ? &second : &first,
        absl::StrCat("needs ", absent, " (", EnvironmentName(absent), ") too"));
}

void SettingsChecks::Listen(const std::string& address, bool may_be_off) {
  if (may_be_off && address == "off") return;
  if (const auto problem = ListenAddressProblem(address)) {
    Fault(&address, may_be_off ? absl::StrCat(*problem, ", nor off") : *problem);
  }
}

void SettingsChecks::Choices(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (const auto problem = ChoiceProblem(table_.Of(&words), word)) Fault(&words, *problem);
  }
}

}  // namespace swarmbell
