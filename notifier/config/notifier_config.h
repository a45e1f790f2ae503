#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "common/settings/setting.h"

namespace swarmbell {

struct RedisConnection;

// The colours of alerts. Tables of colours are in this order.
enum class Color { kBlack, kGreen, kYellow, kBlue, kRed };

// The kinds of receivers: chats, and programs.
enum class ReceiverType { kSlack, kSlackBot, kTeams, kConsole, kWebhook, kAlertmanager, kGrafana };

// Where alerts go.
struct ReceiverConfig {
  std::string name;
  ReceiverType type = ReceiverType::kConsole;
  // A secret; empty for the console. For a Slack bot the address of the API, for Alertmanager and Grafana
  // theirs.
  std::string url;
  // A secret: of a Slack bot, Alertmanager (may be empty) or Grafana the token; of a webhook the secrets that
  // sign (see signing.h), may be empty.
  std::string token;
  std::string channel;  // Slack bot: the channel's name or ID
  std::string mention;  // Slack: `<!here>`, `<@U…>` and the like, `channel` / `here`; empty for none
  std::vector<Color> mention_colors;  // the colours whose alerts mention; red if empty
  std::vector<std::string> clusters;  // globs on the names of the swarms whose alerts it gets; all if empty
};

// The conditions of a rule or a mute; every part that is set must match, an empty list matches all.
struct MatchConfig {
  std::vector<std::string> changes;  // names as in ChangeEvent.details, e.g. `node_role_changed`
  std::vector<std::string> kinds;    // node, service, task, container, collector, feed, receiver, silence
  std::vector<std::string> from;     // the state before, e.g. `active`; `none` for unset
  std::vector<std::string> to;       // the state now
  std::vector<std::string> names;    // globs on the resource's name
  std::vector<std::string> stacks;   // globs on the stack
  std::vector<std::string> fields;   // globs on the changed fields, all of which must match one
  std::map<std::string, std::string> labels;  // label name -> glob on its value
  std::vector<std::string> clusters;          // globs on the swarm's name
  std::optional<bool> stopping;  // whether the task was already being stopped; no for other changes
  // True if an update or rollback completed although tasks failed and are missing; false for other changes.
  std::optional<bool> tasks_missing;
  // True if the engine rolled an update back by itself; false for other changes.
  std::optional<bool> automatic;

  friend bool operator==(const MatchConfig&, const MatchConfig&) = default;
};

struct RuleConfig {
  std::string name;
  MatchConfig match;
  Color color = Color::kBlue;
  bool enabled = true;
  std::vector<std::string> receivers;  // all receivers if empty
  std::string title;                   // placeholders: {name} {kind} {stack} {cluster} {from} {to} {change}
};

// Suppresses the alerts that match while it is in force.
struct MuteConfig {
  std::string name;
  MatchConfig match;
  // Absolute times; unset means unbounded.
  std::optional<absl::Time> start;
  std::optional<absl::Time> end;
  // A daily window as minutes of the day, on these days (0 = Sunday; all if empty). May pass midnight.
  // Minutes and days are those of the zone's clocks: a minute that they skip is in no window, one that they
  // show twice counts twice.
  std::optional<int> daily_start_minute;
  std::optional<int> daily_end_minute;
  std::vector<int> weekdays;
  absl::TimeZone time_zone = absl::UTCTimeZone();
};

struct GroupingConfig {
  // Changes of one object that arrive within this time share a card; 0 groups only what one read found.
  absl::Duration window = absl::Milliseconds(500);
  // More cards than this within the window become one digest.
  int digest_over = 5;
  // Longest time that cards wait for each other while further objects change.
  absl::Duration digest_wait = absl::Seconds(10);
  // Longest time that the end of an update waits for the other updates of its stack; 0: the services of a
  // stack have messages of their own.
  absl::Duration stack_wait = absl::Minutes(15);

  // True if the changes that a deploy makes in the services of a stack share messages.
  bool JoinsStacks() const { return stack_wait > absl::ZeroDuration() && window > absl::ZeroDuration(); }
  // When the message of a story is due whose first and last object changed then: others may join it.
  absl::Time DueTogether(absl::Time first, absl::Time last) const {
    return std::min(last + std::max(absl::Seconds(2), window), first + digest_wait);
  }
};

struct CrashLoopConfig {
  int failures = 3;
  absl::Duration window = absl::Minutes(5);
  // The loop is over after this long without a failure.
  absl::Duration calm = absl::Minutes(2);
};

// One link shown on cards.
struct LinkConfig {
  std::string title;
  std::string kind;  // node, service, task, container; or kRedCards
  // Placeholders: {id} {name} {stack} {cluster} {revision} {node} {time} {change_id} {label:NAME}.
  std::string url;
};

// The kind of the links that every red card has, whatever it is about. No setting names it.
inline constexpr char kRedCards[] = "red cards";

struct DeliveryConfig {
  absl::Duration timeout = absl::Seconds(10);
  absl::Duration give_up_after = absl::Hours(4);
  int queue_size = 1000;  // messages waiting for one receiver
  int digest_over = 20;   // more than these become digests; 0 for never
  std::string ca_file;    // CAs that sign the webhooks' certificates; the system's if empty
};

struct TlsConfig {
  std::string cert_file;
  std::string key_file;
  std::string ca_file;  // notifier: the collectors' CA

  // True if TLS is used: when any of them is given. Without ca_file the system's CAs are trusted.
  bool Enabled() const { return !cert_file.empty() || !key_file.empty() || !ca_file.empty(); }

  friend bool operator==(const TlsConfig&, const TlsConfig&) = default;
};

struct NotifierConfig {
  std::vector<std::string> collectors = {"localhost:50051"};
  std::string subscription = "notifier";  // under this name collectors store the position; "" for none
  std::vector<ReceiverConfig> receivers;  // never empty once loaded
  std::vector<RuleConfig> rules;          // in the order of trying: the user's, then the built-in ones
  std::vector<MuteConfig> mutes;
  std::vector<Color> colors;  // only these; all if empty
  GroupingConfig grouping;
  CrashLoopConfig crash_loop;
  std::vector<LinkConfig> links;
  DeliveryConfig delivery;
  absl::Duration feed_disconnected_after = absl::Seconds(60);
  std::string heartbeat_url;  // a secret; empty for none
  absl::Duration heartbeat_interval = absl::Minutes(1);
  std::string listen = "0.0.0.0:50052";
  std::string metrics_listen = "0.0.0.0:9465";
  std::string web_listen = "off";
  std::string web_external_url;  // of the page, without a slash at its end; empty if unknown
  TlsConfig tls;
  std::string auth_token;       // a secret: sent to the collectors, demanded from callers
  std::string auth_token_file;  // the file that holds it; empty if it is given directly
  // Where the notifiers of one subscription elect the active one; null without Redis.
  std::shared_ptr<const RedisConnection> redis;
  std::string log_level = "info";
  std::string log_format = "text";

  // True if the notifier serves the timeline.
  bool HasPage() const { return !web_listen.empty() && web_listen != "off"; }
};

// `black`, `green`, `yellow`, `blue` or `red`.
std::string ColorName(Color color);

// Nothing for any other word; case-sensitive.
std::optional<Color> ParseColor(std::string_view word);

const std::vector<Color>& AllColors();

// A setting, or a key, whose words are colours.
Setting OfColors(Setting about = {});

// The colours that the words name, each once; ignores other words.
std::vector<Color> ColorsOf(const std::vector<std::string>& words);

// The address of Slack's Web API.
inline constexpr char kSlackApi[] = "https://slack.com/api/";

}  // namespace swarmbell
