#include "absl/time/time.h"
#include "common/redis/redis_settings.h"
#include "common/settings/shared_settings.h"
#include "notifier/config/load.h"

namespace swarmbell {
namespace {

std::vector<Setting> AlertSettings() {
  return {
      {.path = "collectors",
       .type = SettingType::kList,
       .default_value = "localhost:50051",
       .help = "Collectors to subscribe to, as gRPC targets; every address a name resolves to is used."},
      {.path = "subscription",
       .default_value = "notifier",
       .help =
           "Name under which the collectors keep what this notifier has handled, so that a new start goes "
           "on there. Notifiers with alerts of their own need names of their own. Empty: starts at the "
           "present."},
      {.path = "slack.webhook_url",
       .help = "Incoming webhook of a Slack channel; makes the receiver \"slack\".",
       .secret = true,
       .empty_file_is_unset = true,
       .reloads = true},
      {.path = "teams.webhook_url",
       .help = "Webhook of a Microsoft Teams workflow; makes the receiver \"teams\".",
       .secret = true,
       .empty_file_is_unset = true,
       .reloads = true},
      {.path = "colors",
       .type = SettingType::kList,
       .help = "Only alerts of these colours: black, green, yellow, blue, red. All if empty.",
       .reloads = true},
      {.path = "alerts.disabled",
       .type = SettingType::kList,
       .help = "Names of built-in rules to switch off; --print-config lists them.",
       .reloads = true},
      {.path = "receivers",
       .type = SettingType::kYaml,
       .help = "More receivers: a list of {name, type: slack | teams | console, url or url_file, mention, "
               "mention_colors}. Without any, and without a webhook above, alerts go to the console.",
       .reloads = true},
      {.path = "rules",
       .type = SettingType::kYaml,
       .help = "Your rules, tried before the built-in ones: a list of {name, match: {change, kind, from, to, "
               "name, stack, field, label, cluster, stopping, tasks_missing, automatic}, color, receivers, "
               "title, enabled}. A rule with the name of a built-in one takes its place; what it leaves out "
               "stays.",
       .reloads = true},
      {.path = "mute",
       .type = SettingType::kYaml,
       .help = "What is not told, always or at times: a list of {name, match, start, end, daily: "
               "22:00-06:00 (UTC), days: [sat, sun]}.",
       .reloads = true},
      {.path = "links",
       .type = SettingType::kYaml,
       .help =
           "Links on cards: a list of {title, kind: node | service | task | container, url}, the url with "
           "{id} {name} {stack} {cluster}.",
       .reloads = true},
  };
}

std::vector<Setting> TimingSettings() {
  return {
      {.path = "grouping.window",
       .type = SettingType::kDuration,
       .default_value = "500ms",
       .help = "Changes of one object within this time share a card; 0 groups only what one read found.",
       .reloads = true},
      {.path = "grouping.digest_over",
       .type = SettingType::kInt,
       .default_value = "5",
       .help = "More cards than this at once become one digest.",
       .reloads = true,
       .min_int = 1,
       .max_int = 1000},
      {.path = "grouping.digest_wait",
       .type = SettingType::kDuration,
       .default_value = "10s",
       .help = "While more and more objects change, cards wait for each other at most this long.",
       .reloads = true},
      {.path = "crash_loop.failures",
       .type = SettingType::kInt,
       .default_value = "3",
       .help = "A service is in a crash loop when the tasks of one slot (of a global service: on one node) "
               "have failed this often within the window.",
       .reloads = true,
       .min_int = 2,
       .max_int = 1000},
      {.path = "crash_loop.window",
       .type = SettingType::kDuration,
       .default_value = "5m",
       .help = "The time in which failed tasks are counted.",
       .reloads = true,
       .min_duration = absl::Seconds(1)},
      {.path = "crash_loop.calm",
       .type = SettingType::kDuration,
       .default_value = "2m",
       .help =
           "Without a failure for this long, while a collector reads the swarm, the crash loop is over; a "
           "slow one, after twice its longest pause.",
       .reloads = true,
       .min_duration = absl::Seconds(1)},
      {.path = "delivery.timeout",
       .type = SettingType::kDuration,
       .default_value = "10s",
       .help = "For one post to a webhook.",
       .reloads = true,
       .min_duration = absl::Milliseconds(100)},
      {.path = "delivery.give_up_after",
       .type = SettingType::kDuration,
       .default_value = "4h",
       .help = "An alert that could not be posted for this long is given up on.",
       .reloads = true,
       .min_duration = absl::Seconds(1)},
      {.path = "delivery.queue_size",
       .type = SettingType::kInt,
       .default_value = "1000",
       .help = "So many messages may wait for one receiver.",
       .reloads = true,
       .min_int = 1,
       .max_int = 100'000},
      {.path = "delivery.digest_over",
       .type = SettingType::kInt,
       .default_value = "20",
       .help =
           "When more messages than this wait for one receiver, they are folded into digests; 0 for never.",
       .reloads = true,
       .min_int = 0,
       .max_int = 100'000},
      {.path = "delivery.ca",
       .help = "File with the CA certificates that vouch for webhooks and heartbeat.url, such as a company's "
               "own; the system's if empty.",
       .reloads = true},
      {.path = "feed.disconnected_after",
       .type = SettingType::kDuration,
       .default_value = "1m",
       .help = "Cut off from a collector for this long, the notifier rings.",
       .min_duration = absl::Seconds(1)},
      {.path = "heartbeat.url",
       .help = "Is asked for again and again while a collector is followed: a dead man's switch that rings "
               "when the notifier itself is gone.",
       .secret = true,
       .reloads = true},
      {.path = "heartbeat.interval",
       .type = SettingType::kDuration,
       .default_value = "1m",
       .help = "How often.",
       .reloads = true,
       .min_duration = absl::Seconds(1)},
  };
}

std::vector<Setting> NetworkSettings() {
  return {
      {.path = "listen",
       .default_value = "0.0.0.0:50052",
       .help = "Address of the gRPC server: health, reflection, NotifierService."},
      {.path = "metrics.listen",
       .default_value = "0.0.0.0:9465",
       .help = "Address of the Prometheus metrics; off for none."},
      {.path = "tls.ca",
       .help =
           "File with the CA certificates that sign the collectors' certificates. TLS is used when any tls "
           "setting is given."},
      {.path = "tls.cert", .help = "File with this notifier's client certificate."},
      {.path = "tls.key", .help = "File with the key of tls.cert."},
      {.path = "tls.plaintext",
       .type = SettingType::kBool,
       .default_value = "false",
       .help = "Says that sending auth.token without TLS is meant, as on an overlay network; else it is "
               "warned of.",
       .reloads = true},
      {.path = "auth.token",
       .help =
           "Token that the collectors ask for, and that callers of this notifier must give. Of several lines "
           "the first is sent.",
       .secret = true,
       .reloads = true},
  };
}

void Append(std::vector<Setting>& all, std::vector<Setting> more) {
  all.insert(all.end(), more.begin(), more.end());
}

}  // namespace

const std::vector<Setting>& NotifierSettings() {
  static const auto* const table = [] {
    auto* all = new std::vector<Setting>;
    Append(*all, AlertSettings());
    Append(*all, TimingSettings());
    Append(*all, NetworkSettings());
    Append(*all, RedisConnectionSettings("in which notifiers of one subscription agree who is on duty"));
    Append(*all, LogSettings());
    return all;
  }();
  return *table;
}

}  // namespace swarmbell
