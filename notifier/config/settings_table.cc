#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "common/settings/checks.h"
#include "notifier/config/built_in_rules.h"
#include "notifier/config/color.h"
#include "notifier/config/load.h"
#include "notifier/config/readers.h"

namespace swarmbell {
namespace {

// The console takes no webhook, everything else needs one.
constexpr char kReceiverCondition[] = R"({
  "if": {"properties": {"type": {"const": "console"}}},
  "then": {"properties": {"url": false, "url_file": false}},
  "else": {"oneOf": [{"required": ["url"]}, {"required": ["url_file"]}]}
})";

// Only a rule with the name of a built-in one may leave out parts.
std::string RuleCondition() {
  return absl::StrCat(R"({"if": {"not": {"properties": {"name": {"enum": [")",
                      absl::StrJoin(BuiltInRuleNames(), R"(", ")"),
                      R"("]}}}}, "then": {"required": ["match", "color"]}})");
}

void AddAlertSettings(SettingsTable& table, NotifierForm& form) {
  NotifierConfig& config = form.config;
  table.Add(&config.collectors, "collectors",
            "Collectors to subscribe to, as gRPC targets; every address a name resolves to is used.");
  table.Add(
      &config.subscription, "subscription",
      "Name under which the collectors keep what this notifier has handled, so that a new start goes on "
      "there. Notifiers with alerts of their own need names of their own. Empty: starts at the present.");
  table.Add(&form.slack_url, "slack.webhook_url",
            "Incoming webhook of a Slack channel; makes the receiver \"slack\".",
            {.secret = true, .empty_file_is_unset = true, .reloads = true});
  table.Add(&form.teams_url, "teams.webhook_url",
            "Webhook of a Microsoft Teams workflow; makes the receiver \"teams\".",
            {.secret = true, .empty_file_is_unset = true, .reloads = true});
  table.Add(&form.colors, "colors",
            "Only alerts of these colours: black, green, yellow, blue, red. All if empty.",
            OfColors({.reloads = true}));
  table.Add(&form.disabled_rules, "alerts.disabled",
            "Names of built-in rules to switch off; --print-config lists them.",
            {.reloads = true, .choices = BuiltInRuleNames()});
  table.Add(&form.receivers, "receivers",
            "More receivers: a list of {name, type: slack | teams | console, url or url_file, mention, "
            "mention_colors}. Without any, and without a webhook above, alerts go to the console.",
            {.reloads = true, .keys = ReceiverKeys(), .item_schema = kReceiverCondition});
  table.Add(
      &form.rules, "rules",
      "Your rules, tried before the built-in ones: a list of {name, match: {change, kind, from, to, name, "
      "stack, field, label, cluster, stopping, tasks_missing, automatic}, color, receivers, title, enabled}. "
      "A rule with the name of a built-in one takes its place; what it leaves out stays.",
      {.reloads = true, .keys = RuleKeys(), .item_schema = RuleCondition()});
  table.Add(&form.mutes, "mute",
            "What is not told, always or at times: a list of {name, match, start, end, daily: 22:00-06:00 "
            "(UTC), days: [sat, sun]}.",
            {.reloads = true, .keys = MuteKeys()});
  table.Add(&form.links, "links",
            "Links on cards: a list of {title, kind: node | service | task | container, url}, the url with "
            "{id} {name} {stack} {cluster}.",
            {.reloads = true, .keys = LinkKeys()});
}

void AddTimingSettings(SettingsTable& table, NotifierForm& form) {
  NotifierConfig& config = form.config;
  table.Add(&config.grouping.window, "grouping.window",
            "Changes of one object within this time share a card; 0 groups only what one read found.",
            {.reloads = true});
  table.Add(&config.grouping.digest_over, "grouping.digest_over",
            "More cards than this at once become one digest.",
            {.reloads = true, .min_int = 1, .max_int = 1000});
  table.Add(&config.grouping.digest_wait, "grouping.digest_wait",
            "While more and more objects change, cards wait for each other at most this long.",
            {.reloads = true});
  table.Add(&config.crash_loop.failures, "crash_loop.failures",
            "A service is in a crash loop when the tasks of one slot (of a global service: on one node) have "
            "failed this often within the window.",
            {.reloads = true, .min_int = 2, .max_int = 1000});
  table.Add(&config.crash_loop.window, "crash_loop.window", "The time in which failed tasks are counted.",
            {.reloads = true, .min_duration = absl::Seconds(1)});
  table.Add(&config.crash_loop.calm, "crash_loop.calm",
            "Without a failure for this long, while a collector reads the swarm, the crash loop is over; a "
            "slow one, after twice its longest pause.",
            {.reloads = true, .min_duration = absl::Seconds(1)});
  table.Add(&config.delivery.timeout, "delivery.timeout", "For one post to a webhook.",
            {.reloads = true, .min_duration = absl::Milliseconds(100)});
  table.Add(&config.delivery.give_up_after, "delivery.give_up_after",
            "An alert that could not be posted for this long is given up on.",
            {.reloads = true, .min_duration = absl::Seconds(1)});
  table.Add(&config.delivery.queue_size, "delivery.queue_size", "So many messages may wait for one receiver.",
            {.reloads = true, .min_int = 1, .max_int = 100'000});
  table.Add(&config.delivery.digest_over, "delivery.digest_over",
            "When more messages than this wait for one receiver, they are folded into digests; 0 for never.",
            {.reloads = true, .min_int = 0, .max_int = 100'000});
  table.Add(&config.delivery.ca_file, "delivery.ca",
            "File with the CA certificates that vouch for webhooks and heartbeat.url, such as a company's "
            "own; the system's if empty.",
            {.reloads = true});
  table.Add(&config.feed_disconnected_after, "feed.disconnected_after",
            "Cut off from a collector for this long, the notifier rings.",
            {.min_duration = absl::Seconds(1)});
  table.Add(&config.heartbeat_url, "heartbeat.url",
            "Is asked for again and again while a collector is followed: a dead man's switch that rings when "
            "the notifier itself is gone.",
            {.secret = true, .reloads = true});
  table.Add(&config.heartbeat_interval, "heartbeat.interval", "How often.",
            {.reloads = true, .min_duration = absl::Seconds(1)});
}

void AddNetworkSettings(SettingsTable& table, NotifierForm& form) {
  NotifierConfig& config = form.config;
  table.Add(&config.listen, "listen", "Address of the gRPC server: health, reflection, NotifierService.");
  table.Add(&config.metrics_listen, "metrics.listen", "Address of the Prometheus metrics; off for none.");
  table.Add(&config.tls.ca_file, "tls.ca",
            "File with the CA certificates that sign the collectors' certificates. TLS is used when any tls "
            "setting is given.");
  table.Add(&config.tls.cert_file, "tls.cert", "File with this notifier's client certificate.");
  table.Add(&config.tls.key_file, "tls.key", "File with the key of tls.cert.");
  table.Add(
      &form.plaintext, "tls.plaintext",
      "Says that sending auth.token without TLS is meant, as on an overlay network; else it is warned of.",
      {.reloads = true});
  table.Add(&config.auth_token, "auth.token",
            "Token that the collectors ask for, and that callers of this notifier must give. Of several "
            "lines the first is sent.",
            {.secret = true, .reloads = true});
}

}  // namespace

SettingsTable DescribeSettings(NotifierForm& form) {
  SettingsTable table;
  AddAlertSettings(table, form);
  AddTimingSettings(table, form);
  AddNetworkSettings(table, form);
  AddRedisSettings(table, "in which notifiers of one subscription agree who is on duty", form.redis_url,
                   form.redis);
  AddLogSettings(table, form.config.log_level, form.config.log_format);
  return table;
}

std::vector<Setting> NotifierSettings() {
  NotifierForm form;
  return DescribeSettings(form).Rows();
}

}  // namespace swarmbell
