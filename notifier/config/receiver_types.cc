#include "notifier/config/receiver_types.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "notifier/config/mention.h"
#include "notifier/config/receiver_values.h"
#include "notifier/config/signing.h"

namespace swarmbell {
namespace {

constexpr ReceiverKey kUrl = {
    "url", "The webhook, a secret; of Alertmanager or Grafana its address, as in http://alertmanager:9093."};
constexpr ReceiverKey kBotToken = {"bot_token", "slack_bot: the bot's token, a secret."};
constexpr ReceiverKey kChannel = {"channel", "slack_bot: the channel, as an ID or #name.", false};
constexpr ReceiverKey kApiUrl = {
    "api_url", "slack_bot: the address of Slack's Web API; https://slack.com/api/.", false, kSlackApi};
constexpr ReceiverKey kSecret = {
    "secret", "webhook: the secret that signs posts, whsec_ and base64; two while one replaces the other."};
constexpr ReceiverKey kToken = {
    "token",
    "grafana: the token of a service account, a secret; alertmanager: a bearer token, if it needs one."};

// The types. A new one has a row here, and a folder in notifier/chat/.
std::vector<ReceiverTypeInfo> MakeTypes() {
  using Config = ReceiverConfig;
  return {
      {.type = ReceiverType::kSlack,
       .name = "slack",
       .values = {{&kUrl, &Config::url, "slack.webhook_url",
                   "Incoming webhook of a Slack channel; makes the receiver \"slack\".",
                   "an Incoming Webhook", SlackUrlProblem}},
       .mentions = IsSlackMention},
      {.type = ReceiverType::kSlackBot,
       .name = "slack_bot",
       .values = {{&kBotToken, &Config::token, "slack.bot_token",
                   "Token of a Slack app's bot (xoxb-...); with slack.channel it makes the receiver "
                   "\"slack_bot\", whose messages are edited while their story goes on.",
                   "the token of an app's bot (xoxb-...)", BotTokenProblem},
                  {&kChannel, &Config::channel, "slack.channel",
                   "The channel for slack.bot_token: its ID (C0123456789) or #name.",
                   "the channel to post to: its ID (C0123456789) or #name", ChannelProblem},
                  {&kApiUrl, &Config::url, "slack.api_url",
                   "Address of Slack's Web API for slack.bot_token, for example a proxy's.", nullptr,
                   SlackApiProblem}},
       .mentions = IsSlackMention},
      {.type = ReceiverType::kTeams,
       .name = "teams",
       .values = {{&kUrl, &Config::url, "teams.webhook_url",
                   "Webhook of a Microsoft Teams workflow; makes the receiver \"teams\".",
                   "the URL of a workflow", TeamsUrlProblem}},
       .mentions = IsTeamsMention,
       .warning = TeamsUrlWarning},
      {.type = ReceiverType::kConsole, .name = "console", .values = {}},
      {.type = ReceiverType::kWebhook,
       .name = "webhook",
       .values = {{&kUrl, &Config::url, "webhook.url",
                   "URL that gets alerts as CloudEvents; makes the receiver \"webhook\".",
                   "the URL to post to", EventsUrlProblem},
                  {&kSecret, &Config::token, "webhook.secret",
                   "Secret that signs the posts to webhook.url, as Standard Webhooks says: whsec_ and "
                   "base64. Two, with a blank between, while one replaces the other.",
                   nullptr, SigningSecretProblem}},
       .warning = UnsignedWarning},
      {.type = ReceiverType::kAlertmanager,
       .name = "alertmanager",
       .values = {{&kUrl, &Config::url, "alertmanager.url",
                   "Address of an Alertmanager, for example http://alertmanager:9093; makes the receiver "
                   "\"alertmanager\".",
                   "the address of an Alertmanager", ServerUrlProblem},
                  {&kToken, &Config::token, "alertmanager.token",
                   "Bearer token for alertmanager.url, where a proxy asks for one.", nullptr, TokenProblem}},
       .has_public_url = true},
      {.type = ReceiverType::kGrafana,
       .name = "grafana",
       .values = {{&kUrl, &Config::url, "grafana.url",
                   "Address of a Grafana that gets annotations; makes the receiver \"grafana\".",
                   "the address of a Grafana", ServerUrlProblem},
                  {&kToken, &Config::token, "grafana.token",
                   "Token of a Grafana service account that may write annotations.",
                   "the token of a service account", TokenProblem}},
       .has_public_url = true},
  };
}

std::string FileOf(const ReceiverKey& key) { return absl::StrCat(key.name, "_file"); }

std::string Requires(const std::string& key) { return absl::StrCat(R"({"required": [")", key, R"("]})"); }

// The condition on the keys of one value; empty if there is none.
std::string ConditionOf(const ReceiverValue& value) {
  const ReceiverKey& key = *value.key;
  if (!key.secret) return value.needed == nullptr ? "" : Requires(key.name);
  if (value.needed == nullptr)
    return absl::StrCat(R"({"not": {"required": [")", key.name, R"(", ")", FileOf(key), R"("]}})");
  return absl::StrCat(R"({"oneOf": [)", Requires(key.name), ", ", Requires(FileOf(key)), "]}");
}

std::string ConditionOf(const ReceiverTypeInfo& info) {
  std::vector<std::string> foreign;
  std::vector<std::string> conditions;
  for (const ReceiverKey* key : ReceiverKeysOfTypes()) {
    if (const ReceiverValue* value = info.ValueOf(*key)) {
      if (const std::string condition = ConditionOf(*value); !condition.empty())
        conditions.push_back(condition);
      continue;
    }
    foreign.push_back(absl::StrCat("\"", key->name, "\": false"));
    if (key->secret) foreign.push_back(absl::StrCat("\"", FileOf(*key), "\": false"));
  }
  conditions.push_back(absl::StrCat(R"({"properties": {)", absl::StrJoin(foreign, ", "), "}}"));
  return absl::StrCat(R"({"if": {"required": ["type"], "properties": {"type": {"const": ")", info.name,
                      R"("}}}, "then": {"allOf": [)", absl::StrJoin(conditions, ", "), "]}}");
}

}  // namespace

const ReceiverValue* ReceiverTypeInfo::ValueOf(const ReceiverKey& key) const {
  const auto found = std::find_if(values.begin(), values.end(),
                                  [&key](const ReceiverValue& value) { return value.key == &key; });
  return found == values.end() ? nullptr : &*found;
}

const std::vector<ReceiverTypeInfo>& ReceiverTypes() {
  static const auto* const types = new std::vector<ReceiverTypeInfo>(MakeTypes());
  return *types;
}

const ReceiverTypeInfo& InfoOf(ReceiverType type) {
  const auto found = std::find_if(ReceiverTypes().begin(), ReceiverTypes().end(),
                                  [type](const ReceiverTypeInfo& info) { return info.type == type; });
  if (found == ReceiverTypes().end()) std::abort();  // a type without a row
  return *found;
}

std::vector<std::string> ReceiverTypeNames() {
  std::vector<std::string> names;
  for (const ReceiverTypeInfo& info : ReceiverTypes()) names.emplace_back(info.name);
  return names;
}

std::string ReceiverTypeName(ReceiverType type) { return InfoOf(type).name; }

const std::vector<const ReceiverKey*>& ReceiverKeysOfTypes() {
  static const auto* const keys = [] {
    auto* const all = new std::vector<const ReceiverKey*>();
    for (const ReceiverTypeInfo& info : ReceiverTypes()) {
      for (const ReceiverValue& value : info.values) {
        if (std::find(all->begin(), all->end(), value.key) == all->end()) all->push_back(value.key);
      }
    }
    return all;
  }();
  return *keys;
}

std::string JoinOr(std::vector<std::string> names) {
  const std::string last = names.back();
  names.pop_back();
  return absl::StrCat(absl::StrJoin(names, ", "), names.empty() ? "" : " or ", last);
}

std::string TypesWith(const ReceiverKey& key) {
  std::vector<std::string> names;
  for (const ReceiverTypeInfo& info : ReceiverTypes()) {
    if (info.ValueOf(key) != nullptr) names.emplace_back(info.name);
  }
  return JoinOr(std::move(names));
}

std::string ReceiverCondition() {
  const auto write = [](std::string* out, const ReceiverTypeInfo& info) { *out += ConditionOf(info); };
  return absl::StrCat(R"({"allOf": [)", absl::StrJoin(ReceiverTypes(), ", ", write), "]}");
}

}  // namespace swarmbell
