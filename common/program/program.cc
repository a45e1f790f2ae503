#include "common/program/program.h"

#include <curl/curl.h>
#include <grpcpp/grpcpp.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstddef>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/process/logging.h"
#include "common/process/process.h"
#include "common/settings/help.h"
#include "common/settings/setting.h"

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

#ifdef __clang__
constexpr char kCompiler[] = __VERSION__;  // begins with the compiler's name
#else
constexpr char kCompiler[] = "GCC " __VERSION__;
#endif

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

std::vector<Flag> CommonFlags() {
  return {
      {"--config", "FILE", "Read settings from this YAML file; the environment overrides it."},
      {"--check-config", "", "Check the configuration, print its problems, and exit."},
      {"--print-config", "", "Print the effective configuration as YAML, without secrets, and exit."},
      {"--healthcheck", "", "Check the process that runs on this machine, and exit with 0 if it is healthy."},
      {"--version", "", "Print the version and exit."},
      {"--help", "", "Print this help and exit."},
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
      return absl::InvalidArgumentError(
          absl::StrCat("unexpected argument ", Quoted(word),
                       "; settings are read from a file with --config FILE, or from the environment"));
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
    std::cout << program.name << " " << BuildVersion() << " (" << kCompiler << "; gRPC " << grpc::Version()
              << ", libcurl " << curl_version_info(CURLVERSION_NOW)->version << ")\n";
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
    if (!loaded->effect.empty()) std::cout << loaded->effect << "\n";
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
  const std::vector<std::string> since_before = ChangedSettings(before.settings, after->settings);
  const std::vector<std::string> since_start = ChangedSettings(started, after->settings);
  std::vector<std::string> changed;
  for (const Setting& setting : after->settings.Rows()) {
    if (setting.reloads && IsAmong(since_before, setting.path)) {
      changed.push_back(setting.path);
    }
    if (!setting.reloads && IsAmong(since_start, setting.path)) {
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
