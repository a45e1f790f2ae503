#include "notifier/config/load.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/redis/redis_settings.h"
#include "common/settings/address.h"
#include "common/settings/nearest.h"
#include "common/settings/print.h"
#include "common/settings/shared_settings.h"
#include "notifier/config/built_in_rules.h"
#include "notifier/config/color.h"
#include "notifier/config/readers.h"
#include "notifier/config/show.h"
#include "notifier/config/webhook.h"

namespace swarmbell {
namespace {

constexpr std::size_t kLongestName = 64;

// Adds the receiver that a webhook of its own setting makes.
void AddWebhook(const Settings& settings, const std::string& path, ReceiverType type,
                std::vector<ReceiverConfig>& receivers, Problems& problems) {
  const std::string url = settings.Secret(path).Reveal();
  if (url.empty() || url == kSecretPlaceholder) return;
  if (const auto problem = WebhookProblem(url, type)) problems.Add(settings.Where(path), *problem);
  const std::string name = ReceiverTypeName(type);
  const bool taken = std::any_of(receivers.begin(), receivers.end(),
                                 [&](const ReceiverConfig& other) { return other.name == name; });
  if (taken) {
    problems.Add(settings.Where(path),
                 absl::StrCat("makes the receiver \"", name, "\", but receivers has one of that name"));
    return;
  }
  ReceiverConfig receiver;
  receiver.name = name;
  receiver.type = type;
  receiver.url = url;
  receivers.push_back(std::move(receiver));
}

std::vector<ReceiverConfig> AllReceivers(const Settings& settings, Problems& problems) {
  std::vector<ReceiverConfig> receivers = ReadReceivers(*settings.Yaml("receivers"), problems);
  AddWebhook(settings, "slack.webhook_url", ReceiverType::kSlack, receivers, problems);
  AddWebhook(settings, "teams.webhook_url", ReceiverType::kTeams, receivers, problems);
  if (receivers.empty()) {
    ReceiverConfig console;
    console.name = "console";
    receivers.push_back(std::move(console));
  }
  return receivers;
}

// Switches off the rules that alerts.disabled names.
void DisableRules(const Settings& settings, std::vector<RuleConfig>& rules, Problems& problems) {
  const std::vector<std::string> known = BuiltInRuleNames();
  for (const std::string& name : settings.List("alerts.disabled")) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      problems.Add(settings.Where("alerts.disabled"),
                   absl::StrCat("there is no built-in rule ", Quoted(name), DidYouMean(name, known)));
    }
    for (RuleConfig& rule : rules) {
      if (rule.name == name) rule.enabled = false;
    }
  }
}

void LoadAlerts(const Settings& settings, NotifierConfig& config, Problems& problems) {
  config.receivers = AllReceivers(settings, problems);
  std::vector<std::string> names;
  for (const ReceiverConfig& receiver : config.receivers) names.push_back(receiver.name);
  config.rules = ReadRules(*settings.Yaml("rules"), names, problems);
  DisableRules(settings, config.rules, problems);
  config.mutes = ReadMutes(*settings.Yaml("mute"), problems);
  config.links = ReadLinks(*settings.Yaml("links"), problems);
  config.colors = ReadColors(settings.List("colors"), settings.Where("colors"), problems);
}

void LoadTiming(const Settings& settings, NotifierConfig& config, Problems& problems) {
  config.grouping.window = settings.Duration("grouping.window");
  config.grouping.digest_over = static_cast<int>(settings.Int("grouping.digest_over"));
  config.grouping.digest_wait = settings.Duration("grouping.digest_wait");
  config.crash_loop.failures = static_cast<int>(settings.Int("crash_loop.failures"));
  config.crash_loop.window = settings.Duration("crash_loop.window");
  config.crash_loop.calm = settings.Duration("crash_loop.calm");
  config.delivery.timeout = settings.Duration("delivery.timeout");
  config.delivery.give_up_after = settings.Duration("delivery.give_up_after");
  config.delivery.queue_size = static_cast<int>(settings.Int("delivery.queue_size"));
  config.delivery.digest_over = static_cast<int>(settings.Int("delivery.digest_over"));
  config.delivery.ca_file = settings.String("delivery.ca");
  CheckPemFile(settings, "delivery.ca", problems);
  config.heartbeat_url = settings.Secret("heartbeat.url").Reveal();
  if (!config.heartbeat_url.empty()) {
    const auto problem = WebhookProblem(config.heartbeat_url, ReceiverType::kConsole);
    if (problem) problems.Add(settings.Where("heartbeat.url"), *problem);
  }
  config.heartbeat_interval = settings.Duration("heartbeat.interval");
  config.feed_disconnected_after = settings.Duration("feed.disconnected_after");
}

void LoadCollectors(const Settings& settings, NotifierConfig& config, Problems& problems) {
  config.collectors = settings.List("collectors");
  config.subscription = settings.String("subscription");
  if (config.subscription.size() > kLongestName) {
    problems.Add(settings.Where("subscription"), "has more than 64 characters");
  }
  if (config.collectors.empty()) problems.Add(settings.Where("collectors"), "names no collector");
  for (const std::string& target : config.collectors) {
    if (const auto problem = TargetProblem(target)) problems.Add(settings.Where("collectors"), *problem);
  }
}

void LoadNetwork(const Settings& settings, NotifierConfig& config, Problems& problems) {
  LoadCollectors(settings, config, problems);
  config.listen = settings.String("listen");
  CheckListen(settings, "listen", /*may_be_off=*/false, problems);
  config.metrics_listen = settings.String("metrics.listen");
  CheckListen(settings, "metrics.listen", /*may_be_off=*/true, problems);
  config.tls.ca_file = settings.String("tls.ca");
  config.tls.cert_file = settings.String("tls.cert");
  config.tls.key_file = settings.String("tls.key");
  CheckTogether(settings, "tls.cert", "tls.key", problems);
  for (const char* path : {"tls.ca", "tls.cert", "tls.key"}) CheckPemFile(settings, path, problems);
  if (settings.Bool("tls.plaintext") && config.tls.Enabled()) {
    problems.Add(settings.Where("tls.plaintext"), "is said although TLS is set up; leave one out");
  }
  config.auth_token = settings.Secret("auth.token").Reveal();
  config.auth_token_file = settings.File("auth.token");
  config.log_level = settings.String("log.level");
  config.log_format = settings.String("log.format");
}

// The collectors to which a token goes over a network.
std::vector<std::string> FarCollectors(const NotifierConfig& config) {
  std::vector<std::string> far;
  for (const std::string& target : config.collectors) {
    if (!StaysOnThisMachine(target)) far.push_back(target);
  }
  return far;
}

std::vector<std::string> Warnings(const Settings& settings, const NotifierConfig& config) {
  std::vector<std::string> warnings;
  for (const ReceiverConfig& receiver : config.receivers) {
    if (const auto warning = WebhookWarning(receiver.url, receiver.type)) {
      warnings.push_back(absl::StrCat("The webhook of the receiver \"", receiver.name, "\" ", *warning));
    }
    if (!IsUnencrypted(receiver.url)) continue;
    warnings.push_back(absl::StrCat("The webhook of the receiver \"", receiver.name,
                                    "\" is an http URL: alerts and the URL itself travel unencrypted."));
  }
  for (const MuteConfig& mute : config.mutes) {
    // One that comes and goes each day is a habit.
    if (mute.match != MatchConfig() || mute.daily_start_minute || !mute.weekdays.empty()) continue;
    warnings.push_back(absl::StrCat(
        "The mute ", Quoted(mute.name), " matches every change: while it is in force nothing rings",
        mute.end ? absl::StrCat(", until ", absl::FormatTime(*mute.end, absl::UTCTimeZone()))
                 : "; it has no end",
        "."));
  }
  const std::vector<std::string> far = FarCollectors(config);
  if (!config.auth_token.empty() && !config.tls.Enabled() && !settings.Bool("tls.plaintext") &&
      !far.empty()) {
    warnings.push_back(absl::StrCat("auth.token is sent unencrypted to ", absl::StrJoin(far, ", "),
                                    ": set tls.ca to use TLS, or say tls.plaintext where the network is "
                                    "trusted."));
  }
  return warnings;
}

}  // namespace

absl::StatusOr<LoadedNotifierConfig> LoadNotifierConfig(const SettingsInput& input) {
  Problems problems;
  const Settings settings = Settings::Load(NotifierSettings(), input, problems);
  LoadedNotifierConfig loaded;
  LoadAlerts(settings, loaded.config, problems);
  LoadTiming(settings, loaded.config, problems);
  LoadNetwork(settings, loaded.config, problems);
  if (auto redis = LoadRedisConnection(settings, problems)) {
    loaded.config.redis = std::make_shared<const RedisConnection>(*std::move(redis));
  }
  if (!problems.empty()) return problems.ToStatus();
  loaded.printed = PrintSettings(settings, {{"rules", ShowRules(loaded.config.rules)},
                                            {"receivers", HideUrls(*settings.Yaml("receivers"))}});
  loaded.warnings = Warnings(settings, loaded.config);
  loaded.settings = settings;
  return loaded;
}

}  // namespace swarmbell
