#include "common/program/program.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iostream>
#include <utility>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/process/build_info.h"
#include "common/process/log_value.h"
#include "common/process/logging.h"
#include "common/process/shutdown.h"
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

void LogUnusable(const absl::Status& status) {
  for (const absl::string_view line : absl::StrSplit(status.message(), '\n')) {
    spdlog::error("The configuration cannot be used; the old one stays in force. problem={}",
                  LogValue(std::string(line)));
  }
}

int RunUntilStopped(ProgramSteps& steps, LoadedConfiguration loaded, const std::string& config_file) {
  Shutdown shutdown;
  const Settings started = loaded.settings;
  if (const absl::Status status = steps.Start(); !status.ok()) {
    spdlog::critical("Cannot start. reason={}", LogValue(std::string(status.message())));
    return kExitFailure;
  }
  while (shutdown.Wait() == Shutdown::Wish::kReload) {
    absl::StatusOr<LoadedConfiguration> again = steps.Load(SettingsInput::FromProcess(config_file));
    if (!AcceptReload(started, loaded, again)) continue;
    const absl::Status reloaded = steps.Reload();
    if (!reloaded.ok()) {
      LogUnusable(reloaded);
      continue;
    }
    loaded = *std::move(again);
  }
  spdlog::info("Stopping.");
  steps.Stop();
  return 0;
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
                                       const absl::StatusOr<LoadedConfiguration>& loaded) {
  if (!loaded.ok()) {
    Complain(program, loaded.status());
    return kExitFailure;
  }
  if (line.Has("--print-config")) {
    std::cout << loaded->printed;
    return 0;
  }
  if (line.Has("--check-config")) {
    for (const std::string& warning : loaded->warnings) std::cerr << "warning: " << warning << "\n";
    std::cout << "The configuration is good.\n";
    return 0;
  }
  if (const absl::Status status = InitLogging(program.name, loaded->log_level, loaded->log_format);
      !status.ok()) {
    Complain(program, status);
    return kExitFailure;
  }
  for (const std::string& warning : loaded->warnings) spdlog::warn("{}", warning);
  return std::nullopt;
}

bool AcceptReload(const Settings& started, const LoadedConfiguration& before,
                  const absl::StatusOr<LoadedConfiguration>& after) {
  if (!after.ok()) {
    LogUnusable(after.status());
    return false;
  }
  SetLogLevel(after->log_level);
  std::vector<std::string> changed;
  for (const Setting& setting : after->settings.Rows()) {
    if (setting.reloads && IsAmong(ChangedSettings(before.settings, after->settings), setting.path)) {
      changed.push_back(setting.path);
    }
    if (!setting.reloads && IsAmong(ChangedSettings(started, after->settings), setting.path)) {
      spdlog::warn("A setting has changed that takes effect only with a restart. setting={}", setting.path);
    }
  }
  spdlog::info("The configuration was read again. changed={}",
               changed.empty() ? "nothing" : LogValue(absl::StrJoin(changed, ",")));
  for (const std::string& warning : after->warnings) {
    if (!IsAmong(before.warnings, warning)) spdlog::warn("{}", warning);
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

int RunProgram(const Program& program, ProgramSteps& steps, int argc, const char* const* argv) {
  HoldReloadSignals();
  const auto line = ReadCommandLine(program, argc, argv);
  if (const int* code = std::get_if<int>(&line)) return *code;
  const auto& flags = std::get<CommandLine>(line);
  const std::string config_file = flags.Value("--config");
  absl::StatusOr<LoadedConfiguration> loaded = steps.Load(SettingsInput::FromProcess(config_file));
  if (const auto code = AcceptConfiguration(program, flags, loaded)) return *code;
  if (flags.Has("--healthcheck")) return AnswerHealthCheck(steps.CheckHealth());
  if (const auto code = steps.Answer(flags)) return *code;
  return RunUntilStopped(steps, *std::move(loaded), config_file);
}

}  // namespace swarmbell
