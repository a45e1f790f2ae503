#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "common/settings/checks.h"
#include "notifier/config/load.h"
#include "notifier/config/notifier_config.h"
#include "notifier/config/readers.h"
#include "notifier/config/receiver_types.h"

namespace swarmbell {
namespace {

// `type: slack | teams, url or url_file (slack or teams), channel (slack_bot)`
std::string ReceiverWords() {
  std::string words = absl::StrCat("type: ", absl::StrJoin(ReceiverTypeNames(), " | "));
  for (const ReceiverKey* key : ReceiverKeysOfTypes()) {
    absl::StrAppend(&words, ", ", key->name);
    if (key->secret) absl::StrAppend(&words, " or ", key->name, "_file");
    absl::StrAppend(&words, " (", TypesWith(*key), ")");
  }
  return words;
}

// Only a rule with the name of a built-in one may leave out parts.
std::string RuleCondition() {
  return absl::StrCat(R"({"if": {"not": {"properties": {"name": {"enum": [")",
                      absl::StrJoin(BuiltInRuleNames(), R"(", ")"),
                      R"("]}}}}, "then": {"required": ["match", "color"]}})");
}

void AddAlertSettings(SettingsTable& table, NotifierForm& form) {
  NotifierConfig& config = form.config;
  table.Add(&config.collectors, "collectors",
            "Collectors to follow, as gRPC targets. If a name resolves to several addresses, each "
            "is followed.");
  table.Add(&config.subscription, "subscription",
            "Name under which the collectors store this notifier's position, so that it resumes "
            "there after a restart. Notifiers that post different alerts need different names. If "
            "empty, the notifier starts with new changes only.");
  AddReceiverSettings(table, form.own_receivers);
  table.Add(&form.colors, "colors",
            "Post only alerts of these colours: black, green, yellow, blue, red. All if empty.",
            OfColors({.reloads = true}));
  table.Add(&form.disabled_rules, "alerts.disabled",
            "Names of built-in rules to disable; --print-config lists them.",
            {.reloads = true, .choices = BuiltInRuleNames()});
  table.Add(&form.receivers, "receivers",
            absl::StrCat("Further receivers: a list of {name, ", ReceiverWords(),
                         ", mention, mention_colors, cluster}. Without any receiver and without a webhook "
                         "above, alerts go to the console."),
            {.reloads = true, .keys = ReceiverKeys(), .item_schema = ReceiverCondition()});
  table.Add(&form.rules, "rules",
            "Your rules, tried before the built-in ones: a list of {name, match: {change, kind, "
            "from, to, name, stack, field, label, cluster, stopping, tasks_missing, automatic}, "
            "color, receivers, title, enabled}. A rule with the name of a built-in one replaces "
            "it, and inherits what it leaves out.",
            {.reloads = true, .keys = RuleKeys(), .item_schema = RuleCondition()});
  table.Add(&form.mutes, "mute",
            "Alerts to suppress, always or at certain times: a list of {name, match, start, end, "
            "daily: 22:00-06:00, days: [sat, sun], time_zone: Europe/Berlin}; without a zone, UTC.",
            {.reloads = true, .keys = MuteKeys()});
  table.Add(
      &form.links, "links",
      "Links on cards: a list of {title, kind: node | service | task | container, url}; the "
      "url may contain {id} {name} {stack} {cluster} {revision} {node} {time} {change_id} {label:NAME}.",
      {.reloads = true, .keys = LinkKeys()});
}

void AddGroupingSettings(SettingsTable& table, NotifierForm& form) {
  NotifierConfig& config = form.config;
  table.Add(&config.grouping.window, "grouping.window",
            "Changes of one object within this time share a card. 0 groups only changes found by "
            "the same read.",
            {.reloads = true});
  table.Add(&config.grouping.digest_over, "grouping.digest_over",
            "Maximum number of cards at once; more become one digest.",
            {.reloads = true, .min_int = 1, .max_int = 1000});
  table.Add(&config.grouping.digest_wait, "grouping.digest_wait",
            "Maximum time that cards wait for each other while further objects change.", {.reloads = true});
  table.Add(&config.grouping.stack_wait, "grouping.stack_wait",
            "A deploy of a stack is one message when it starts and one when its last update has ended, "
            "or after this time. 0, as with a grouping.window of 0: a message for each service.",
            {.reloads = true});
  table.Add(&config.crash_loop.failures, "crash_loop.failures",
            "Report a crash loop when the tasks of one slot (of a global service: on one node) "
            "have failed this often within crash_loop.window.",
            {.reloads = true, .min_int = 2, .max_int = 1000});
  table.Add(&config.crash_loop.window, "crash_loop.window", "Time in which failed tasks are counted.",
            {.reloads = true, .min_duration = absl::Seconds(1)});
  table.Add(&config.crash_loop.calm, "crash_loop.calm",
            "Report a crash loop as over after this long without a failure while a collector "
            "reads the swarm; a slow one, after twice the longest time between its failures.",
            {.reloads = true, .min_duration = absl::Seconds(1)});
}

void AddDeliverySettings(SettingsTable& table, NotifierForm& form) {
  NotifierConfig& config = form.config;
  table.Add(&config.delivery.timeout, "delivery.timeout", "Timeout of one post to a webhook.",
            {.reloads = true, .min_duration = absl::Milliseconds(100)});
  table.Add(&config.delivery.give_up_after, "delivery.give_up_after",
            "Drop an alert that could not be posted for this long.",
            {.reloads = true, .min_duration = absl::Seconds(1)});
  table.Add(&config.delivery.queue_size, "delivery.queue_size",
            "Maximum number of messages that wait for one receiver.",
            {.reloads = true, .min_int = 1, .max_int = 100'000});
  table.Add(&config.delivery.digest_over, "delivery.digest_over",
            "When more messages than this wait for one receiver, they are combined into digests. "
            "0: never.",
            {.reloads = true, .min_int = 0, .max_int = 100'000});
  table.Add(&config.delivery.ca_file, "delivery.ca",
            "File with the CA certificates that sign the certificates of webhooks and "
            "heartbeat.url, for example a company's own. The system's if empty.",
            {.reloads = true});
  table.Add(&config.feed_disconnected_after, "feed.disconnected_after",
            "Report a collector as disconnected when there was no connection for this long.",
            {.min_duration = absl::Seconds(1)});
  table.Add(&config.heartbeat_url, "heartbeat.url",
            "URL to request regularly while a collector is followed: a dead man's switch that "
            "alerts when the notifier itself stops.",
            {.secret = true, .reloads = true});
  table.Add(&config.heartbeat_interval, "heartbeat.interval", "Time between two requests of heartbeat.url.",
            {.reloads = true, .min_duration = absl::Seconds(1)});
}

void AddNetworkSettings(SettingsTable& table, NotifierForm& form) {
  NotifierConfig& config = form.config;
  table.Add(&config.listen, "listen", "Address of the gRPC server: health, reflection, NotifierService.");
  table.Add(&config.metrics_listen, "metrics.listen", "Address of the Prometheus metrics; off for none.");
  table.Add(&config.web_listen, "web.listen",
            "Address of the timeline, a page of the changes for browsers, for example 127.0.0.1:8080; off "
            "for none. Without auth.token only an address of this machine is allowed.");
  table.Add(&config.web_external_url, "web.external_url",
            "URL under which people reach the timeline. Every red card links there.");
  table.Add(&config.tls.ca_file, "tls.ca",
            "File with the CA certificates that sign the collectors' certificates. TLS is used "
            "when any of tls.ca, tls.cert and tls.key is set.");
  table.Add(&config.tls.cert_file, "tls.cert", "File with this notifier's client certificate.");
  table.Add(&config.tls.key_file, "tls.key", "File with the key of tls.cert.");
  table.Add(&form.plaintext, "tls.plaintext",
            "Set to true to silence the warning about sending auth.token without TLS, for example "
            "on an overlay network.",
            {.reloads = true});
  table.Add(&config.auth_token, "auth.token",
            "Token that is sent to the collectors, and that callers of this notifier must send. "
            "With several lines the first is sent.",
            {.secret = true, .reloads = true});
}

}  // namespace

SettingsTable DescribeSettings(NotifierForm& form) {
  SettingsTable table;
  AddAlertSettings(table, form);
  AddGroupingSettings(table, form);
  AddDeliverySettings(table, form);
  AddNetworkSettings(table, form);
  AddRedisSettings(table,
                   "in which the notifiers of one subscription elect the active one; the others stand by",
                   form.redis_url, form.redis);
  AddLogSettings(table, form.config.log_level, form.config.log_format);
  return table;
}

std::vector<Setting> NotifierSettings() {
  NotifierForm form;
  return DescribeSettings(form).Rows();
}

}  // namespace swarmbell
