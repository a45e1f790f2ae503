#include "notifier/web/timeline_page.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <random>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "notifier/alert/affected.h"
#include "notifier/alert/failed_output.h"
#include "notifier/cards/build_card.h"
#include "notifier/pipeline/recent_changes.h"
#include "notifier/web/access.h"
#include "notifier/web/assets.h"
#include "notifier/web/card_json.h"

namespace swarmbell {
namespace {

constexpr std::size_t kMostRows = 2000;     // of one answer
constexpr std::size_t kMostStreamed = 200;  // of one piece of a stream
constexpr std::size_t kMostOutputs = 200;   // of failed tasks
constexpr unsigned kMostConnections = 64;   // a browser uses up to six
constexpr std::size_t kLongestId = 300;
constexpr absl::Duration kLookAt = absl::Seconds(1);      // at the state
constexpr absl::Duration kKeepAlive = absl::Seconds(10);  // below kStreamWait
constexpr absl::Duration kLogEvery = absl::Minutes(10);

constexpr char kJson[] = "application/json";

// Nothing from elsewhere, nothing inline, in no frame, and nothing of it on another site's page.
void AddSecurity(HttpAnswer& answer) {
  answer.headers.insert(
      answer.headers.end(),
      {{"Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
       {"X-Content-Type-Options", "nosniff"},
       {"Referrer-Policy", "no-referrer"},
       {"Cross-Origin-Resource-Policy", "same-origin"},
       {"Cache-Control", "no-store"}});
}

std::size_t NumberIn(const HttpQuestion& question, const char* name, std::size_t otherwise) {
  std::size_t number = 0;
  return absl::SimpleAtoi(question.Parameter(name), &number) ? number : otherwise;
}

std::string Dump(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string NewEpoch() {
  std::random_device random;
  return absl::StrCat(absl::Hex(random(), absl::kZeroPad8));
}

}  // namespace

// One page that is open somewhere.
struct TimelinePage::Streamed {
  HttpQuestion question;  // its token may be revoked
  std::uint64_t version = 0;
  bool reset = false;
  std::string state;
};

TimelinePage::TimelinePage(TimelinePageOptions options, TimelineSources sources, Clock& clock)
    : options_(std::move(options)),
      sources_(std::move(sources)),
      clock_(clock),
      epoch_(NewEpoch()),
      ring_({}, options_.window,
            [this](std::vector<v1::ChangeEvent> changes) {
              return RowOf(std::move(changes), *sources_.rules());
            }),
      refusals_(kLogEvery) {}

absl::Status TimelinePage::Listen() {
  auto server = HttpServer::Start({.listen = options_.listen,
                                   .purpose = "the timeline",
                                   .streams = true,
                                   .max_connections = kMostConnections},
                                  [this](const HttpQuestion& question) {
                                    HttpAnswer answer = Answer(question);
                                    AddSecurity(answer);
                                    return answer;
                                  });
  if (!server.ok()) return server.status();
  server_ = *std::move(server);
  spdlog::info("Serving the timeline. listen={} port={}", LogValue(options_.listen), Port());
  return absl::OkStatus();
}

void TimelinePage::Stop() {
  stop_.request_stop();
  server_.reset();
}

HttpAnswer TimelinePage::Answer(const HttpQuestion& question) {
  const absl::Status allowed = Check(question);
  return allowed.ok() ? Route(question) : Refuse(question, allowed);
}

absl::Status TimelinePage::Check(const HttpQuestion& question) const {
  return CheckAccess(question, options_.token, options_.listen, options_.external_url);
}

HttpAnswer TimelinePage::Refuse(const HttpQuestion& question, const absl::Status& why) {
  const std::string reason(why.message());
  if (refusals_.Due(absl::StrCat(question.peer, " ", reason), clock_.Now())) {
    spdlog::warn("A request for the timeline was refused. peer={} reason={}", question.peer,
                 LogValue(reason));
  }
  if (!absl::IsUnauthenticated(why)) return {.status = 403, .body = reason + "\n"};
  return {.status = 401,
          .body = reason + "\n",
          .headers = {{"WWW-Authenticate", "Basic realm=\"Swarmbell\", charset=\"UTF-8\""}}};
}

HttpAnswer TimelinePage::Route(const HttpQuestion& question) {
  if (question.path == "/rows") return Rows(question);
  if (question.path == "/changes") return Changes(question);
  if (question.path == "/row") return Row(question.Parameter("id").substr(0, kLongestId));
  if (const Asset* asset = FindAsset(question.path)) {
    return {.content_type = std::string(asset->content_type), .body = std::string(asset->content)};
  }
  return {.status = 404, .body = "not found; the timeline is at /\n"};
}

std::string TimelinePage::Cursor(std::uint64_t version) const { return absl::StrCat(epoch_, ".", version); }

HttpAnswer TimelinePage::Rows(const HttpQuestion& question) const {
  const std::size_t most = std::min(NumberIn(question, "limit", kMostRows), kMostRows);
  const RowRing::Rows rows = ring_.Newest(NumberIn(question, "skip", 0), most);
  return {.content_type = kJson,
          .body = absl::StrCat("{\"cursor\":\"", Cursor(rows.version), "\",\"total\":", rows.total,
                               ",\"rows\":[", absl::StrJoin(rows.rows, ",\n"), "]}\n")};
}

HttpAnswer TimelinePage::Row(const std::string& id) {
  std::vector<v1::ChangeEvent> changes = ring_.ChangesOf(id);
  if (changes.empty()) return {.status = 404, .body = "the change is too old, or unknown here\n"};
  nlohmann::json events = nlohmann::json::array();
  for (const v1::ChangeEvent& change : changes) events.push_back(ChangeJson(change));
  AlertGroup group = GroupOf(std::move(changes), *sources_.rules());
  if (group.color == Color::kRed) {
    const v1::ChangeEvent& event = group.alerts.front().event;
    const absl::Time time = ObservedAt(event);
    RecentChanges recent;
    for (const v1::ChangeEvent& earlier : ring_.Between(event.cluster().id(), time - kExplains, time))
      recent.Remember(earlier);
    group.before = recent.Before(group);
    AddOutput(group);
  }
  std::vector<LinkConfig> links = sources_.links();
  std::erase_if(links, [](const LinkConfig& link) { return link.kind == kRedCards; });  // they lead here
  const nlohmann::json row = {{"card", CardJson(cards::Trim(BuildCard(group, links), {}))},
                              {"events", std::move(events)}};
  return {.content_type = kJson, .body = Dump(row)};
}

void TimelinePage::KeepLastWords(const AlertGroup& group, std::shared_ptr<PendingLastWords> words) {
  const Alert* alert = words == nullptr ? nullptr : AlertWithOutput(group.alerts);
  if (alert == nullptr) return;
  const MutexLock lock(mutex_);
  words_[TaskWithOutput(alert->event)->id()] = std::move(words);
  if (words_.size() > kMostOutputs) words_.EraseOldest();
}

// As the card in a chat waits for it. Asks once for each task.
void TimelinePage::AddOutput(AlertGroup& group) {
  const Alert* alert = AlertWithOutput(group.alerts);
  if (alert == nullptr) return;
  const std::string task = TaskWithOutput(alert->event)->id();
  std::shared_ptr<PendingLastWords> words;
  bool ask = false;
  {
    const MutexLock lock(mutex_);
    std::shared_ptr<PendingLastWords>& known = words_[task];
    ask = known == nullptr;
    if (ask) known = std::make_shared<PendingLastWords>(clock_.Steady());
    words = known;
    if (words_.size() > kMostOutputs) words_.EraseOldest();
  }
  if (ask) {
    sources_.read_last_words({alert->event.cluster().id(), alert->event.observer().node_id(), task}, words);
  }
  AddLastWords(words->Wait(clock_, stop_.get_token()), group.alerts);
}

HttpAnswer TimelinePage::Changes(const HttpQuestion& question) {
  Streamed streamed;
  streamed.question = question;
  // A browser that connects again says where it was.
  std::string cursor = question.Header("last-event-id");
  if (cursor.empty()) cursor = question.Parameter("after");
  const auto dot = cursor.find('.');
  streamed.reset = cursor.substr(0, dot) != epoch_ || dot == std::string::npos ||
                   !absl::SimpleAtoi(cursor.substr(dot + 1), &streamed.version);
  return {.content_type = "text/event-stream",
          .headers = {{"X-Accel-Buffering", "no"}},
          .stream = [this, streamed](std::stop_token stop) mutable {
            return NextPiece(streamed, std::move(stop));
          }};
}

std::optional<std::string> TimelinePage::NextPiece(Streamed& streamed, std::stop_token stop) {
  if (!Check(streamed.question).ok()) return std::nullopt;
  if (std::exchange(streamed.reset, false)) {
    streamed.version = ring_.Newest(0, 0).version;
    return "event: reset\ndata: {}\n\n";
  }
  const MonotonicTime begin = clock_.Steady();
  while (!stop.stop_requested() && clock_.Steady() - begin < kKeepAlive) {
    const absl::Duration wait = streamed.state.empty() ? absl::ZeroDuration() : kLookAt;
    const RowRing::Rows rows = ring_.After(streamed.version, kMostStreamed, wait, stop);
    streamed.version = rows.version;
    std::string piece = StateEvent(streamed);
    for (const std::string& row : rows.rows) absl::StrAppend(&piece, "data: ", row, "\n");
    if (!rows.rows.empty()) absl::StrAppend(&piece, "id: ", Cursor(rows.version), "\n\n");
    if (!piece.empty()) return piece;
  }
  return stop.stop_requested() ? std::nullopt : std::optional<std::string>(": no news\n\n");
}

// Empty if the page has seen this state.
std::string TimelinePage::StateEvent(Streamed& streamed) {
  std::string state = State();
  if (state == streamed.state) return "";
  streamed.state = std::move(state);
  return absl::StrCat("event: state\ndata: ", streamed.state, "\n\n");
}

// At most once a second for all open pages.
std::string TimelinePage::State() {
  const MutexLock lock(state_mutex_);
  if (state_.empty() || clock_.Steady() - state_at_ >= kLookAt) {
    state_ = Dump(sources_.state());
    state_at_ = clock_.Steady();
  }
  return state_;
}

}  // namespace swarmbell
