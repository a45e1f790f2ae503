#include "notifier/chat/alertmanager/alertmanager.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "common/change/change_field.h"
#include "notifier/cards/text.h"
#include "notifier/chat/card_fields.h"
#include "notifier/chat/webhook.h"

namespace swarmbell {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostDescription = 4000;  // characters

struct Name {
  const char* topic;
  const char* alert;
};

// By the topic of an alarm, which is the same at its end; see conditions.h.
constexpr Name kNames[] = {
    {"state", "NodeDown"},           {"reachability", "ManagerUnreachable"},
    {"availability", "NodePaused"},  {"quorum", "QuorumInDanger"},
    {"tasks", "TasksMissing"},       {"run", "UpdateStopped"},
    {"stall", "UpdateStalled"},      {"job", "JobFailed"},
    {"loop", "CrashLoop"},           {"container", "ContainerFailing"},
    {"collector", "CollectorStale"}, {"feed", "FeedDisconnected"},
    {"receiver", "ReceiverFailing"},
};

// `ServiceTaskTemplateChanged` for `service_task_template_changed`.
std::string InCapitals(const std::string& change) {
  std::string name;
  bool starts = true;
  for (const char c : change) {
    if (c != '_') name.push_back(starts ? absl::ascii_toupper(static_cast<unsigned char>(c)) : c);
    starts = c == '_';
  }
  return name;
}

std::string AlertName(const Notice& notice) {
  if (notice.alerts.empty()) return "SwarmbellTest";
  for (const Name& name : kNames) {
    if (notice.signal.topic == name.topic) return absl::StrCat("Swarmbell", name.alert);
  }
  return absl::StrCat("Swarmbell", InCapitals(ChangeName(notice.alerts.back().event)));
}

// An alarm always has the same: its end does not know which colour a rule gave to its beginning.
const char* Severity(const Notice& notice) {
  if (notice.signal.status != Signal::Status::kInfo || notice.card.color == Color::kRed) return "critical";
  return notice.card.color == Color::kYellow ? "warning" : "info";
}

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d%ET%H:%M:%E3SZ", time, absl::UTCTimeZone());
}

Json LabelsOf(const Notice& notice) {
  Json labels = {{"alertname", AlertName(notice)}, {"severity", Severity(notice)}};
  const Signal& signal = notice.signal;
  // The end of a feed's loss may know its swarm, which its beginning did not.
  const bool has_swarm = signal.topic != "feed" && signal.topic != "receiver";
  const std::string swarm = has_swarm ? notice.card.cluster : "";
  const std::pair<const char*, const std::string&> others[] = {
      {"swarm", swarm}, {"kind", signal.kind}, {"object", signal.object}, {"stack", signal.stack}};
  for (const auto& [name, value] : others) {
    if (!value.empty()) labels[name] = value;
  }
  return labels;
}

Json AnnotationsOf(const Notice& notice) {
  Json annotations = {{"summary", notice.card.title}};
  const std::string description = cards::CutChars(PlainText(notice.card), kMostDescription);
  if (!description.empty()) annotations["description"] = description;
  if (!notice.card.commands.empty()) annotations["commands"] = absl::StrJoin(notice.card.commands, "\n");
  annotations["color"] = ColorName(notice.card.color);
  if (!notice.alerts.empty()) annotations["rule"] = notice.alerts.back().rule;
  return annotations;
}

class AlertmanagerChannel final : public Channel {
 public:
  AlertmanagerChannel(const ReceiverConfig& receiver, const DeliveryConfig& delivery, Clock& clock)
      : request_(PostRequest(receiver, delivery)), clock_(clock) {
    request_.url = absl::StrCat(absl::StripSuffix(receiver.url, "/"), "/api/v2/alerts");
    secret_ = receiver.token.empty() ? receiver.url : receiver.token;
    if (!receiver.token.empty()) request_.headers.push_back("Authorization: Bearer " + receiver.token);
  }

  Verdict Post(const std::string& body, std::stop_token stop) override {
    request_.body = WithEnds(body, clock_.Now());
    const absl::StatusOr<HttpResponse> answer = http_.Send(request_, std::move(stop));
    if (!answer.ok()) return JudgeFailure(answer.status());
    return JudgeProgramAnswer(*answer, secret_, clock_.Now());
  }

 private:
  std::string secret_;
  HttpRequest request_;
  Clock& clock_;
  HttpClient http_;
};

}  // namespace

std::string RenderAlertmanager(const Notice& full) {
  const Card card = cards::Trim(full.card, {});
  const Notice notice{card, full.alerts, full.signal};
  const Signal& signal = notice.signal;
  const absl::Time shown = absl::FromUnixSeconds(notice.card.unix_seconds);
  Json alert = {{"labels", LabelsOf(notice)}, {"annotations", AnnotationsOf(notice)}};
  // An end that does not say when its alarm began: Alertmanager keeps the earlier time.
  alert["startsAt"] = TimeText(signal.since.value_or(signal.ended.value_or(shown)));
  if (signal.ended) alert["endsAt"] = TimeText(*signal.ended);
  if (!notice.card.links.empty()) alert["generatorURL"] = notice.card.links.front().url;
  return Json::array({std::move(alert)}).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string JoinAlerts(const std::vector<std::string>& bodies) {
  return absl::StrCat("[",
                      absl::StrJoin(bodies, ",",
                                    [](std::string* out, const std::string& body) {
                                      absl::StrAppend(out,
                                                      absl::string_view(body).substr(1, body.size() - 2));
                                    }),
                      "]");
}

std::string WithEnds(const std::string& body, absl::Time now) {
  Json alerts = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!alerts.is_array()) return body;
  for (Json& alert : alerts) {
    if (alert.contains("endsAt")) continue;
    absl::Time start = now;
    absl::ParseTime(absl::RFC3339_full, alert.value("startsAt", ""), &start, nullptr);
    alert["endsAt"] = TimeText(std::max(now, start) + kFiresFor);
  }
  return alerts.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Chat AlertmanagerChat() {
  return {.type = ReceiverType::kAlertmanager,
          .name = "alertmanager",
          .render = [](const Notice& notice, const TerminalStyle&) { return RenderAlertmanager(notice); },
          .open = [](const ReceiverConfig& receiver, const DeliveryConfig& delivery, std::ostream&,
                     Clock& clock) -> std::unique_ptr<Channel> {
            return std::make_unique<AlertmanagerChannel>(receiver, delivery, clock);
          },
          .takes_any_number = true,
          .per_signal = true,
          .join = JoinAlerts};
}

}  // namespace swarmbell
