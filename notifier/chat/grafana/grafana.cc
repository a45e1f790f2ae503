#include "notifier/chat/grafana/grafana.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "common/time/proto_time.h"
#include "notifier/alert/change_facts.h"
#include "notifier/alert/living_story.h"
#include "notifier/cards/text.h"
#include "notifier/chat/card_fields.h"
#include "notifier/chat/webhook.h"
#include "notifier/config/change_words.h"

namespace swarmbell {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostText = 4000;  // characters
constexpr std::size_t kMostTags = 20;
constexpr std::size_t kMostTagChars = 100;  // Grafana's column
// Grafana's [annotations] tags_length of all tags as a list of JSON: 500.
constexpr std::size_t kMostTagBytes = 480;
constexpr std::size_t kMostAnnotationBytes = std::size_t{1} << 20;

// Grafana shows a text as HTML.
std::string Escaped(const std::string& text) {
  return absl::StrReplaceAll(text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}});
}

// Grafana takes a tag for a pair: of a second colon and of blanks at the ends it keeps nothing.
void AddTag(const std::string& name, const std::string& value, Json& tags) {
  const std::string pair =
      absl::StrCat(name, ":", absl::StripAsciiWhitespace(absl::StrReplaceAll(value, {{":", "_"}})));
  const std::string tag(absl::StripAsciiWhitespace(cards::CutChars(pair, kMostTagChars)));
  const bool known = std::find(tags.begin(), tags.end(), tag) != tags.end();
  const bool fits = tags.size() < kMostTags && tags.dump().size() + Json(tag).dump().size() < kMostTagBytes;
  if (!value.empty() && !known && fits) tags.push_back(tag);
}

// `swarmbell`, `color:red`, `swarm:prod-eu`, and of each object `service:shop_api`, `stack:shop`, `rule:…`.
Json TagsOf(const Notice& notice) {
  Json tags = {"swarmbell"};
  AddTag("color", ColorName(notice.card.color), tags);
  if (notice.alerts.empty()) tags.push_back("test");
  for (const Alert& alert : notice.alerts) {
    const v1::ResourceRef& resource = alert.event.resource();
    AddTag("swarm", cards::Printable(cards::SwarmName(alert.event.cluster())), tags);
    const int kind = v1::ResourceKind_IsValid(resource.kind()) ? resource.kind() : 0;
    AddTag(EnumWord(*v1::ResourceKind_descriptor()->FindValueByNumber(kind)), resource.name(), tags);
    AddTag("stack", resource.stack(), tags);
    AddTag("rule", alert.rule, tags);
  }
  return tags;
}

// The tags of an annotation; none if it is no annotation.
std::vector<std::string> TagsIn(const std::string& body) {
  const Json annotation = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  std::vector<std::string> tags;
  if (!annotation.is_object() || !annotation.contains("tags") || !annotation["tags"].is_array()) return tags;
  for (const Json& tag : annotation["tags"]) {
    if (tag.is_string()) tags.push_back(tag.get<std::string>());
  }
  return tags;
}

// The tag of this name; empty if there is none.
std::string TagOf(const std::vector<std::string>& tags, const std::string& name) {
  const auto found = std::find_if(tags.begin(), tags.end(), [&name](const std::string& tag) {
    return absl::StartsWith(tag, name + ":");
  });
  return found == tags.end() ? "" : *found;
}

// True for `service:shop_api` and the like.
bool NamesObject(const std::string& tag) {
  if (!absl::StrContains(tag, ":")) return false;
  for (const char* name : {"color:", "swarm:", "stack:", "rule:"}) {
    if (absl::StartsWith(tag, name)) return false;
  }
  return true;
}

// An update may have begun before the first change of it that was posted.
absl::Time StartOf(const Alert& alert) {
  const v1::ServiceUpdateStateChanged& run = alert.event.service_update_state_changed();
  const absl::Time happened = HappenedAt(alert.event);
  return run.has_start_time() ? std::min(happened, FromProto(run.start_time())) : happened;
}

// A changed annotation keeps its start: a later step may have replaced the first one.
std::string WithoutStart(const std::string& body) {
  Json annotation = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!annotation.is_object()) return body;
  annotation.erase("time");
  return annotation.dump();
}

class GrafanaChannel final : public Channel {
 public:
  GrafanaChannel(const ReceiverConfig& receiver, const DeliveryConfig& delivery, Clock& clock)
      : url_(absl::StrCat(absl::StripSuffix(receiver.url, "/"), "/api/annotations")),
        token_(receiver.token),
        request_(PostRequest(receiver, delivery)),
        clock_(clock) {
    request_.headers.push_back("Authorization: Bearer " + token_);
  }

  Verdict Post(const std::string& body, std::stop_token stop) override {
    request_.method = "POST";
    request_.url = url_;
    return Send(body, /*is_change=*/false, std::move(stop));
  }

  Verdict Edit(const MessageId& message, const std::string& body, std::stop_token stop) override {
    request_.url = absl::StrCat(url_, "/", message.id);
    if (std::optional<Verdict> other = CheckOwner(body, stop)) return *std::move(other);
    request_.method = "PATCH";
    return Send(WithoutStart(body), /*is_change=*/true, std::move(stop));
  }

  // The region shows each step.
  Verdict Reply(const MessageId&, const std::string&, bool, std::stop_token) override { return {}; }

 private:
  // Reads the annotation before it is changed: a Grafana that was set up again gives its identifier to
  // another one. Unset if it may be changed, also if it cannot be read: then the change is answered.
  std::optional<Verdict> CheckOwner(const std::string& body, std::stop_token stop) {
    HttpRequest read = request_;
    read.method = "GET";
    read.body.clear();
    read.cut_body = false;
    read.max_body_bytes = kMostAnnotationBytes;
    const absl::StatusOr<HttpResponse> answer = http_.Send(read, std::move(stop));
    if (!answer.ok()) return JudgeFailure(answer.status());
    if (answer->status == 200) {
      if (IsOwnAnnotation(answer->body, body)) return std::nullopt;
      Verdict verdict{Outcome::kUntilMended, "another annotation has its identifier now"};
      verdict.gone = true;
      return verdict;
    }
    Verdict verdict = JudgeGrafanaAnswer(*answer, token_, /*is_change=*/true, clock_.Now());
    return verdict.outcome == Outcome::kRetry ? std::optional(std::move(verdict)) : std::nullopt;
  }

  Verdict Send(const std::string& body, bool is_change, std::stop_token stop) {
    request_.body = body;
    const absl::StatusOr<HttpResponse> answer = http_.Send(request_, std::move(stop));
    if (!answer.ok()) return JudgeFailure(answer.status());
    return JudgeGrafanaAnswer(*answer, token_, is_change, clock_.Now());
  }

  const std::string url_;
  const std::string token_;  // a secret
  HttpRequest request_;
  Clock& clock_;
  HttpClient http_;
};

}  // namespace

std::string RenderGrafana(const Notice& full) {
  const Card card = cards::Trim(full.card, {});
  const Notice notice{card, full.alerts, full.signal};
  const std::vector<Alert>& alerts = notice.alerts;
  Json annotation;
  if (alerts.empty()) {
    annotation["time"] = notice.card.unix_seconds * 1000;
  } else {
    absl::Time start = absl::InfiniteFuture();
    absl::Time end = absl::InfinitePast();
    for (const Alert& alert : alerts) {
      start = std::min(start, StartOf(alert));
      end = std::max(end, HappenedAt(alert.event));
    }
    annotation["time"] = absl::ToUnixMillis(start);
    if (!GoesOn(alerts)) annotation["timeEnd"] = absl::ToUnixMillis(end);
  }
  annotation["tags"] = TagsOf(notice);
  const std::string detail = PlainText(notice.card);
  annotation["text"] = Escaped(
      cards::CutChars(absl::StrCat(notice.card.title, detail.empty() ? "" : "\n", detail), kMostText));
  return annotation.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool IsOwnAnnotation(const std::string& found, const std::string& body) {
  const std::vector<std::string> theirs = TagsIn(found);
  const std::vector<std::string> ours = TagsIn(body);
  const auto has = [&theirs](const std::string& tag) {
    return std::find(theirs.begin(), theirs.end(), tag) != theirs.end();
  };
  if (!has("swarmbell")) return false;
  // The loss of a collector may not have known its swarm, which its end knows.
  const std::string swarm = TagOf(theirs, "swarm");
  if (!swarm.empty() && swarm != TagOf(ours, "swarm")) return false;
  return std::any_of(ours.begin(), ours.end(),
                     [&has](const std::string& tag) { return NamesObject(tag) && has(tag); });
}

Verdict JudgeGrafanaAnswer(const HttpResponse& answer, const std::string& token, bool is_change,
                           absl::Time now) {
  Verdict verdict = JudgeProgramAnswer(answer, token, now);
  verdict.gone = is_change && answer.status == 404;
  if (verdict.outcome != Outcome::kAccepted || is_change || answer.cut) return verdict;
  const Json json = Json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
  const bool named = json.is_object() && json.contains("id") && json["id"].is_number_integer();
  if (named) {
    verdict.posted = MessageId{"annotations", absl::StrCat(json["id"].get<std::int64_t>())};
    return verdict;
  }
  return {Outcome::kUntilMended, absl::StrCat("answered ", answer.status, " but without an identifier"),
          kLongestRetryAfter,
          "something else than Grafana may answer: check the receiver's URL and HTTPS_PROXY"};
}

Chat GrafanaChat() {
  return {.type = ReceiverType::kGrafana,
          .name = "grafana",
          .render = [](const Notice& notice, const TerminalStyle&) { return RenderGrafana(notice); },
          .open = [](const ReceiverConfig& receiver, const DeliveryConfig& delivery, std::ostream&,
                     Clock& clock) -> std::unique_ptr<Channel> {
            return std::make_unique<GrafanaChannel>(receiver, delivery, clock);
          },
          .takes_any_number = true,
          .edits = true};
}

}  // namespace swarmbell
