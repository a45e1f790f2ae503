#include "notifier/config/load.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/settings/checks.h"
#include "common/settings/help.h"
#include "common/settings/setting.h"
#include "notifier/config/notifier_config.h"
#include "notifier/config/readers.h"
#include "notifier/config/receiver_types.h"
#include "notifier/config/receiver_values.h"

namespace swarmbell {
namespace {

constexpr std::size_t kLongestName = 64;
constexpr char kPageAddress[] = "127.0.0.1:8080";

std::vector<ReceiverConfig> AllReceivers(const NotifierForm& form, SettingsChecks& checks,
                                         Problems& problems) {
  std::vector<ReceiverConfig> receivers = ReadReceivers(form.receivers, problems);
  MakeReceivers(form.own_receivers, receivers, checks);
  if (receivers.empty()) {
    ReceiverConfig console;
    console.name = "console";
    receivers.push_back(std::move(console));
  }
  return receivers;
}

// Disables the rules that alerts.disabled names.
void DisableRules(const std::vector<std::string>& disabled, std::vector<RuleConfig>& rules,
                  SettingsChecks& checks) {
  const std::vector<std::string> known = BuiltInRuleNames();
  for (const std::string& name : disabled) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      checks.Fault(&disabled,
                   absl::StrCat("there is no built-in rule ", Quoted(name), DidYouMean(name, known)));
    }
    for (RuleConfig& rule : rules) {
      if (rule.name == name) rule.enabled = false;
    }
  }
}

void LoadAlerts(NotifierForm& form, SettingsChecks& checks, Problems& problems) {
  NotifierConfig& config = form.config;
  config.receivers = AllReceivers(form, checks, problems);
  std::vector<std::string> names;
  for (const ReceiverConfig& receiver : config.receivers) names.push_back(receiver.name);
  config.rules = ReadRules(form.rules, names, problems);
  DisableRules(form.disabled_rules, config.rules, checks);
  config.mutes = ReadMutes(form.mutes, problems);
  config.links = ReadLinks(form.links, problems);
  checks.Choices(form.colors);
  config.colors = ColorsOf(form.colors);
  checks.PemFile(config.delivery.ca_file);
  if (config.heartbeat_url.empty()) return;
  const auto problem = UrlProblem(config.heartbeat_url);
  if (problem) checks.Fault(&config.heartbeat_url, *problem);
}

void CheckCollectors(const NotifierConfig& config, SettingsChecks& checks) {
  if (config.subscription.size() > kLongestName) {
    checks.Fault(&config.subscription, "has more than 64 characters");
  }
  if (config.collectors.empty()) checks.Fault(&config.collectors, "names no collector");
  for (const std::string& target : config.collectors) {
    if (const auto problem = TargetProblem(target)) checks.Fault(&config.collectors, *problem);
  }
}

// The page, and the link to it on red cards.
void LoadWeb(NotifierConfig& config, SettingsChecks& checks) {
  const bool good = checks.Listen(config.web_listen, /*may_be_off=*/true, kPageAddress);
  if (good && config.HasPage() && config.auth_token.empty() && !StaysOnThisMachine(config.web_listen)) {
    checks.Fault(&config.web_listen,
                 absl::StrCat("needs auth.token: without one only an address of this machine is allowed, "
                              "such as ",
                              kPageAddress));
  }
  std::string& url = config.web_external_url;
  if (url.empty()) return;
  const bool is_web = absl::StartsWith(url, "https://") || absl::StartsWith(url, "http://");
  if (!is_web || url.find_first_of("{}?# ") != std::string::npos) {
    checks.Fault(&url, "must begin with https:// or http://, and have no query and no placeholder");
    return;
  }
  while (absl::EndsWith(url, "/")) url.pop_back();
  config.links.push_back({"Timeline", kRedCards, absl::StrCat(url, "/?row={change_id}")});
}

void LoadNetwork(NotifierForm& form, SettingsChecks& checks) {
  NotifierConfig& config = form.config;
  CheckCollectors(config, checks);
  checks.Listen(config.listen, /*may_be_off=*/false);
  checks.Listen(config.metrics_listen, /*may_be_off=*/true);
  LoadWeb(config, checks);
  checks.Together(config.tls.cert_file, config.tls.key_file);
  checks.PemFile(config.tls.ca_file);
  checks.PemFile(config.tls.cert_file);
  checks.PemFile(config.tls.key_file);
  if (form.plaintext && config.tls.Enabled()) {
    checks.Fault(&form.plaintext, "conflicts with the TLS settings; remove one of them");
  }
  config.auth_token_file = checks.File(&config.auth_token);
  if (UseRedis(form.redis_url, form.redis, checks)) {
    config.redis = std::make_shared<const RedisConnection>(form.redis);
  }
}

// The collectors that are reached over a network.
std::vector<std::string> FarCollectors(const NotifierConfig& config) {
  std::vector<std::string> far;
  for (const std::string& target : config.collectors) {
    if (!StaysOnThisMachine(target)) far.push_back(target);
  }
  return far;
}

void WarnOfReceivers(const NotifierConfig& config, std::vector<std::string>& warnings) {
  for (const ReceiverConfig& receiver : config.receivers) {
    const ReceiverTypeInfo& info = InfoOf(receiver.type);
    const auto warning = info.warning == nullptr ? std::nullopt : info.warning(receiver);
    if (warning) warnings.push_back(absl::StrCat("The receiver \"", receiver.name, "\" ", *warning));
    const bool public_posts = info.has_public_url && receiver.token.empty();
    if (public_posts || !IsUnencrypted(receiver.url)) continue;
    warnings.push_back(absl::StrCat("The webhook of the receiver \"", receiver.name,
                                    "\" is an http URL: alerts and the URL itself travel unencrypted."));
  }
}

void WarnOfMutes(const NotifierConfig& config, std::vector<std::string>& warnings) {
  for (const MuteConfig& mute : config.mutes) {
    // A recurring one is intended.
    if (mute.match != MatchConfig() || mute.daily_start_minute || !mute.weekdays.empty()) continue;
    warnings.push_back(absl::StrCat(
        "The mute ", Quoted(mute.name), " matches every change: while it is in force no alert is posted",
        mute.end ? absl::StrCat(", until ", absl::FormatTime(*mute.end, absl::UTCTimeZone()))
                 : "; it has no end",
        "."));
  }
}

std::vector<std::string> Warnings(const NotifierForm& form) {
  const NotifierConfig& config = form.config;
  std::vector<std::string> warnings;
  WarnOfReceivers(config, warnings);
  WarnOfMutes(config, warnings);
  const std::vector<std::string> far = FarCollectors(config);
  if (!config.auth_token.empty() && !config.tls.Enabled() && !form.plaintext && !far.empty()) {
    warnings.push_back(absl::StrCat("auth.token is sent unencrypted to ", absl::StrJoin(far, ", "),
                                    ": set tls.ca to use TLS, or tls.plaintext where the network is "
                                    "trusted."));
  }
  if (config.HasPage() && !form.plaintext && !StaysOnThisMachine(config.web_listen)) {
    warnings.push_back(absl::StrCat("The timeline on ", config.web_listen,
                                    " is http: put a proxy with TLS before it, or set tls.plaintext where "
                                    "the network is trusted."));
  }
  return warnings;
}

// `Follows collector1:50051. Alerts go to slack, team-a (slack).`
std::string Effect(const NotifierConfig& config) {
  std::string effect = absl::StrCat("Follows ", absl::StrJoin(config.collectors, ", "), ". Alerts go to ");
  const bool only_console = std::all_of(config.receivers.begin(), config.receivers.end(),
                                        [](const auto& one) { return one.type == ReceiverType::kConsole; });
  if (only_console)
    return absl::StrCat(effect, "standard output alone: no chat is set, such as slack.webhook_url.");
  const auto write = [](std::string* out, const ReceiverConfig& receiver) {
    const std::string type = ReceiverTypeName(receiver.type);
    absl::StrAppend(out, receiver.name, receiver.name == type ? "" : absl::StrCat(" (", type, ")"));
  };
  return absl::StrCat(effect, absl::StrJoin(config.receivers, ", ", write), ".");
}

}  // namespace

absl::StatusOr<LoadedNotifierConfig> LoadNotifierConfig(const SettingsInput& input) {
  Problems problems;
  NotifierForm form;
  const SettingsTable table = DescribeSettings(form);
  const Settings settings = Settings::Load(table, input, problems);
  SettingsChecks checks(table, settings, problems);
  LoadAlerts(form, checks, problems);
  LoadNetwork(form, checks);
  if (!problems.empty()) return problems.ToStatus();
  return LoadedNotifierConfig{
      .config = form.config,
      .printed = PrintSettings(settings, {{table.Of(&form.rules).path, ShowRules(form.config.rules)},
                                          {table.Of(&form.receivers).path, HideSecrets(form.receivers)}}),
      .warnings = Warnings(form),
      .effect = Effect(form.config),
      .settings = settings};
}

}  // namespace swarmbell
