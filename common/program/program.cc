#include "common/program/program.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iostream>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/process/build_info.h"
#include "common/process/log_value.h"
#include "common/process/logging.h"
#include "common/settings/help.h"

namespace swarmbell {
namespace {

std::vector<Flag> AllFlags(const Program& program) {
  std::vector<Flag> flags = CommonFlags();
  flags.insert(flags.end(), program.flags.begin(), program.flags.end());
  return flags;
}

void PrintHelp(const Program& program) {
  std::cout << program.name << " " << BuildVersion() << ": " << program.summary
            << "\n\nUsage: " << program.name << " [flags]\n\nFlags:\n"
            << FlagsHelp(AllFlags(program)) << "\n"
            << SettingsHelp(program.settings);
}

bool IsAmong(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

void Complain(const Program& program, const absl::Status& status) {
  std::cerr << program.name << ": " << status.message() << "\n";
}

}  // namespace

std::variant<CommandLine, int> ReadCommandLine(const Program& program, int argc, const char* const* argv) {
  auto line = CommandLine::Parse(argc, argv, AllFlags(program));
  if (!line.ok()) {
    Complain(program, line.status());
    return kExitUsage;
  }
  if (line->Has("--help")) {
    PrintHelp(program);
    return 0;
  }
  if (line->Has("--version")) {
    std::cout << BuildDescription(program.name) << "\n";
    return 0;
  }
  if (line->Has("--print-settings-markdown")) {
    std::cout << SettingsMarkdown(program.settings);
    return 0;
  }
  if (line->Has("--print-settings-schema")) {
    std::cout << SettingsSchema(program.name, program.settings);
    return 0;
  }
  return *std::move(line);
}

std::optional<int> AcceptConfiguration(const Program& program, const CommandLine& line,
                                       const ConfigurationReport& report) {
  if (!report.status.ok()) {
    Complain(program, report.status);
    return kExitFailure;
  }
  if (line.Has("--print-config")) {
    std::cout << report.printed;
    return 0;
  }
  if (line.Has("--check-config")) {
    for (const std::string& warning : report.warnings) std::cerr << "warning: " << warning << "\n";
    std::cout << "The configuration is good.\n";
    return 0;
  }
  if (const absl::Status status = InitLogging(program.name, report.log_level, report.log_format);
      !status.ok()) {
    Complain(program, status);
    return kExitFailure;
  }
  for (const std::string& warning : report.warnings) spdlog::warn("{}", warning);
  return std::nullopt;
}

bool AcceptReload(const ReloadReport& report) {
  if (!report.status.ok()) {
    for (const absl::string_view line : absl::StrSplit(report.status.message(), '\n')) {
      spdlog::error("The configuration cannot be used; the old one stays in force. problem={}",
                    LogValue(std::string(line)));
    }
    return false;
  }
  SetLogLevel(report.log_level);
  std::vector<std::string> changed;
  for (const Setting& setting : report.after->Rows()) {
    if (setting.reloads && IsAmong(ChangedSettings(*report.before, *report.after), setting.path)) {
      changed.push_back(setting.path);
    }
    if (!setting.reloads && IsAmong(ChangedSettings(*report.started, *report.after), setting.path)) {
      spdlog::warn("A setting has changed that takes effect only with a restart. setting={}", setting.path);
    }
  }
  spdlog::info("The configuration was read again. changed={}",
               changed.empty() ? "nothing" : LogValue(absl::StrJoin(changed, ",")));
  for (const std::string& warning : report.warnings) {
    if (!IsAmong(report.old_warnings, warning)) spdlog::warn("{}", warning);
  }
  return true;
}

int AnswerHealthCheck(const absl::Status& health) {
  if (health.ok()) {
    std::cout << "serving\n";
    return 0;
  }
  std::cerr << "not serving: " << health.message() << "\n";
  return kExitFailure;
}

}  // namespace swarmbell
