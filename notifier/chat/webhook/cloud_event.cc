#include "notifier/chat/webhook/cloud_event.h"

#include <google/protobuf/util/json_util.h>

#include <cstddef>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "notifier/chat/card_fields.h"
#include "notifier/chat/webhook/signature.h"

namespace swarmbell {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostBytes = std::size_t{256} << 10;
constexpr std::size_t kMostChangeBytes = kMostBytes / 2;  // all changes together

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d%ET%H:%M:%E*SZ", time, absl::UTCTimeZone());
}

// The changes as the collectors' API writes them, as many as there is room for.
Json ChangesOf(const std::vector<Alert>& alerts) {
  Json changes = Json::array();
  std::size_t bytes = 0;
  for (const Alert& alert : alerts) {
    std::string text;
    if (!google::protobuf::util::MessageToJsonString(alert.event, &text).ok()) continue;
    bytes += text.size();
    if (bytes > kMostChangeBytes) break;
    changes.push_back(Json::parse(text, nullptr, /*allow_exceptions=*/false));
  }
  return changes;
}

Json FieldsAsJson(const Card& card) {
  Json fields = Json::array();
  for (const CardField& field : FieldsOf(card)) {
    Json one = {{"section", field.section}, {"name", field.name}};
    if (field.before) one["before"] = *field.before;
    if (field.after) one[field.before ? "after" : "value"] = *field.after;
    fields.push_back(std::move(one));
  }
  return fields;
}

Json DataOf(const Notice& notice) {
  const Signal& signal = notice.signal;
  Json data = {{"status", StatusName(signal.status)},
               {"key", signal.key},
               {"color", ColorName(notice.card.color)},
               {"title", notice.card.title},
               {"sentence", notice.card.subtitle},
               {"swarm", notice.card.cluster},
               {"kind", signal.kind},
               {"object", signal.object},
               {"stack", signal.stack}};
  data["rule"] = notice.alerts.empty() ? "" : notice.alerts.back().rule;
  if (signal.since) data["since"] = TimeText(*signal.since);
  if (signal.ended) data["ended"] = TimeText(*signal.ended);
  data["fields"] = FieldsAsJson(notice.card);
  data["commands"] = notice.card.commands;
  data["links"] = Json::array();
  for (const CardLink& link : notice.card.links) {
    data["links"].push_back({{"title", link.title}, {"url", link.url}});
  }
  data["changes"] = ChangesOf(notice.alerts);
  return data;
}

std::string IdOf(const Notice& notice) {
  std::string text = absl::StrCat(StatusName(notice.signal.status), " ", notice.signal.key);
  for (const Alert& alert : notice.alerts) absl::StrAppend(&text, " ", alert.event.event_id());
  if (notice.alerts.empty()) absl::StrAppend(&text, notice.card.title, " ", notice.card.unix_seconds);
  return MessageIdOf(text);
}

std::string Rendered(const Notice& notice) {
  const Signal& signal = notice.signal;
  const bool is_test = notice.alerts.empty();
  const std::string swarm = is_test ? "" : notice.alerts.front().event.cluster().id();
  const absl::Time time =
      signal.ended.value_or(signal.since.value_or(absl::FromUnixSeconds(notice.card.unix_seconds)));
  Json event = {{"specversion", "1.0"},
                {"id", IdOf(notice)},
                {"source", absl::StrCat("urn:swarmbell:", swarm.empty() ? "notifier" : swarm)},
                {"type", absl::StrCat("swarmbell.alert.", is_test ? "test" : StatusName(signal.status))}};
  if (!signal.object.empty()) event["subject"] = absl::StrCat(signal.kind, "/", signal.object);
  event["time"] = TimeText(time);
  event["datacontenttype"] = "application/json";
  event["data"] = DataOf(notice);
  return event.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string RenderCloudEvent(const Notice& notice) {
  return cards::FitCard(notice.card, kMostBytes, [&notice](const Card& cut) {
    return Rendered({cut, notice.alerts, notice.signal});
  });
}

std::string CloudEventId(const std::string& body) {
  const Json event = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  const bool has_id = event.is_object() && event.contains("id") && event["id"].is_string();
  return has_id ? event["id"].get<std::string>() : MessageIdOf(body);
}

}  // namespace swarmbell
