#include "common/settings/shared_settings.h"

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/settings/address.h"
#include "common/settings/read_file.h"

namespace swarmbell {
namespace {

constexpr std::size_t kMaxPemBytes = std::size_t{1} << 20;

}  // namespace

std::vector<Setting> LogSettings() {
  return {
      {.path = "log.level",
       .default_value = "info",
       .help = "Which lines are written: trace, debug, info, warn, error or off.",
       .reloads = true,
       .choices = {"trace", "debug", "info", "warn", "error", "off"}},
      {.path = "log.format",
       .default_value = "text",
       .help = "How: text, or json with one object a line.",
       .choices = {"text", "json"}},
  };
}

void CheckPemFile(const Settings& settings, const std::string& path, Problems& problems) {
  const std::string file = settings.String(path);
  if (file.empty()) return;
  if (absl::StrContains(file, "-----BEGIN")) {
    problems.Add(settings.Where(path), absl::StrCat("holds the PEM text itself; set ", path, " (",
                                                    EnvironmentName(path), ") to the name of the file"));
    return;
  }
  const auto content = ReadFile(file, kMaxPemBytes);
  if (content.ok()) return;
  problems.Add(settings.Where(path),
               absl::StrCat("cannot read ", file, ": ", std::string(content.status().message())));
}

void CheckTogether(const Settings& settings, const std::string& first, const std::string& second,
                   Problems& problems) {
  if (settings.IsSet(first) == settings.IsSet(second)) return;
  const bool has_first = settings.IsSet(first);
  const std::string& present = has_first ? first : second;
  const std::string& absent = has_first ? second : first;
  problems.Add(settings.Where(present),
               absl::StrCat("needs ", absent, " (", EnvironmentName(absent), ") too"));
}

void CheckListen(const Settings& settings, const std::string& path, bool may_be_off, Problems& problems) {
  const std::string address = settings.String(path);
  if (may_be_off && address == "off") return;
  if (const auto problem = ListenAddressProblem(address)) {
    problems.Add(settings.Where(path), may_be_off ? absl::StrCat(*problem, ", nor off") : *problem);
  }
}

}  // namespace swarmbell
