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

namespace swarmbell {
namespace {

constexpr std::size_t kLongestName = 64;
constexpr char kPageAddress[] = "127.0.0.1:8080";

// Adds a receiver that `setting` makes, under the name of its type.
void AddReceiver(ReceiverConfig receiver, const void* setting, std::vector<ReceiverConfig>& receivers,
                 SettingsChecks& checks) {
  receiver.name = ReceiverTypeName(receiver.type);
  const bool taken = std::any_of(receivers.begin(), receivers.end(),
                                 [&](const ReceiverConfig& other) { return other.name == receiver.name; });
  if (taken) {
    checks.Fault(setting, absl::StrCat("makes the receiver \"", receiver.name,
                                       "\", but receivers has one of that name"));
    return;
  }
  receivers.push_back(std::move(receiver));
}

// Adds the receiver of a setting such as slack.webhook_url.
void AddWebhook(const SecretString& webhook, ReceiverType type, std::vector<ReceiverConfig>& receivers,
                SettingsChecks& checks) {
  const std::string& url = webhook.Reveal();
  if (url.empty() || url == kSecretPlaceholder) return;
  if (const auto problem = WebhookProblem(url, type)) checks.Fault(&webhook, *problem);
  ReceiverConfig receiver;
  receiver.type = type;
  receiver.url = url;
  AddReceiver(std::move(receiver), &webhook, receivers, checks);
}

// Adds the receiver of an address and a secret, such as grafana.url and grafana.token.
void AddApi(const SecretString& address, const SecretString& secret, ReceiverType type,
            std::vector<ReceiverConfig>& receivers, SettingsChecks& checks) {
  const std::string name = ReceiverTypeName(type);
  const std::string& value = secret.Reveal();
  const bool given = !value.empty() && value != kSecretPlaceholder;
  if (address.Reveal().empty()) {
    if (given) checks.Fault(&secret, absl::StrCat("needs ", name, ".url"));
    return;
  }
  const std::size_t before = receivers.size();
  AddWebhook(address, type, receivers, checks);
  if (receivers.size() == before) return;
  if (!given) {
    if (type == ReceiverType::kGrafana && value.empty())
      checks.Fault(&address, "needs grafana.token: the token of a service account");
    return;
  }
  if (const auto problem = ApiSecretProblem(value, type)) checks.Fault(&secret, *problem);
  receivers.back().token = value;
}

// Adds the receiver of slack.bot_token and slack.channel.
void AddSlackBot(const NotifierForm& form, std::vector<ReceiverConfig>& receivers, SettingsChecks& checks) {
  const std::string& token = form.slack_token.Reveal();
  if (token.empty() || token == kSecretPlaceholder) {
    if (token.empty() && !form.slack_channel.empty())
      checks.Fault(&form.slack_channel, "needs slack.bot_token: a webhook has its own channel");
    return;
  }
  if (const auto problem = BotTokenProblem(token)) checks.Fault(&form.slack_token, *problem);
  if (form.slack_channel.empty()) {
    checks.Fault(&form.slack_token, "needs slack.channel: the channel to post to");
  } else if (const auto problem = ChannelProblem(form.slack_channel)) {
    checks.Fault(&form.slack_channel, *problem);
  }
  if (const auto problem = SlackApiProblem(form.slack_api)) checks.Fault(&form.slack_api, *problem);
  ReceiverConfig receiver;
  receiver.type = ReceiverType::kSlackBot;
  receiver.url = form.slack_api;
  receiver.token = token;
  receiver.channel = form.slack_channel;
  AddReceiver(std::move(receiver), &form.slack_token, receivers, checks);
}

std::vector<ReceiverConfig> AllReceivers(const NotifierForm& form, SettingsChecks& checks,
                                         Problems& problems) {
  std::vector<ReceiverConfig> receivers = ReadReceivers(form.receivers, problems);
  AddWebhook(form.slack_url, ReceiverType::kSlack, receivers, checks);
  AddWebhook(form.teams_url, ReceiverType::kTeams, receivers, checks);
  AddSlackBot(form, receivers, checks);
  AddApi(form.webhook_url, form.webhook_secret, ReceiverType::kWebhook, receivers, checks);
  AddApi(form.alertmanager_url, form.alertmanager_token, ReceiverType::kAlertmanager, receivers, checks);
  AddApi(form.grafana_url, form.grafana_token, ReceiverType::kGrafana, receivers, checks);
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
  const auto problem = WebhookProblem(config.heartbeat_url, ReceiverType::kConsole);
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
    if (const auto warning = WebhookWarning(receiver.url, receiver.type)) {
      warnings.push_back(absl::StrCat("The webhook of the receiver \"", receiver.name, "\" ", *warning));
    }
    if (receiver.type == ReceiverType::kWebhook && receiver.token.empty()) {
      warnings.push_back(absl::StrCat("The receiver \"", receiver.name,
                                      "\" has no secret: its posts are not signed, so the program that "
                                      "gets them cannot tell who sent them. Set one to sign them."));
    }
    // Alertmanager is a neighbour in the same network, mostly.
    const bool near = receiver.type == ReceiverType::kAlertmanager && receiver.token.empty();
    if (near || !IsUnencrypted(receiver.url)) continue;
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
      .settings = settings};
}

}  // namespace swarmbell
