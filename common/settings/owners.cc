#include "common/settings/owners.h"

namespace swarmbell {

const std::vector<SettingsOwner>& SettingsOwners() {
  static const auto* const owners = new std::vector<SettingsOwner>{
      {"collector",
       {"docker.host",
        "docker.api_version",
        "docker.cert_path",
        "docker.tls_verify",
        "poll.interval",
        "poll.events",
        "poll.debounce",
        "poll.max_engine_load",
        "poll.stale_after",
        "poll.containers",
        "cluster.name",
        "nodes.down_after",
        "degraded_after",
        "update_stalled_after",
        "first_start_after",
        "containers.calm_after",
        "containers.dead_after",
        "mask.names",
        "ignore.labels",
        "changelog.max_events",
        "changelog.max_bytes",
        "stream.max_subscribers",
        "stream.progress_interval",
        "logs.lines",
        "tls.client_ca",
        "tls.client_names",
        "redis.start_wait",
        "redis.expire_after"}},
      {"notifier",
       {"collectors",
        "subscription",
        "slack.webhook_url",
        "slack.bot_token",
        "slack.channel",
        "slack.api_url",
        "teams.webhook_url",
        "webhook.url",
        "webhook.secret",
        "alertmanager.url",
        "alertmanager.token",
        "grafana.url",
        "grafana.token",
        "colors",
        "alerts.disabled",
        "receivers",
        "rules",
        "mute",
        "links",
        "grouping.window",
        "grouping.digest_over",
        "grouping.digest_wait",
        "grouping.stack_wait",
        "crash_loop.failures",
        "crash_loop.window",
        "crash_loop.calm",
        "delivery.timeout",
        "delivery.give_up_after",
        "delivery.queue_size",
        "delivery.digest_over",
        "delivery.ca",
        "feed.disconnected_after",
        "heartbeat.url",
        "heartbeat.interval",
        "web.listen",
        "web.external_url",
        "tls.ca"}},
  };
  return *owners;
}

std::string_view OwnerOf(std::string_view path) {
  for (const SettingsOwner& owner : SettingsOwners()) {
    for (const std::string_view own : owner.paths) {
      const bool is_group = own.size() > path.size() && own[path.size()] == '.';
      if (own.starts_with(path) && (own.size() == path.size() || is_group)) return owner.program;
    }
  }
  return "";
}

}  // namespace swarmbell
