#pragma once

#include <spdlog/spdlog.h>

#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "collector/docker/engine_client.h"
#include "collector/poll/status_board.h"
#include "collector/snapshot/list_reader.h"
#include "collector/snapshot/snapshot.h"
#include "common/time/backoff.h"
#include "common/time/clock.h"

namespace swarmbell {

// Identifiers of services.
using ServiceIds = std::set<std::string>;

// More services than this are not asked for one by one.
inline constexpr std::size_t kMostServicesInPart = 50;

// Asks one endpoint of the engine: waits longer after each failure, and logs and records once that failures
// begin and once that they are over. Used by one thread.
class EngineEndpoint {
 public:
  // Keeps the references.
  EngineEndpoint(Endpoint endpoint, EngineClient& engine, Clock& clock, StatusBoard& board)
      : endpoint_(endpoint), engine_(engine), clock_(clock), board_(board) {}

  // The engine's answer, once `on_body` has received its body; unset while waiting after a failure, after a
  // new one, and after a stop. Each answer must be followed by Succeeded() or Failed().
  std::optional<EngineAnswer> Ask(OnBody on_body, std::stop_token stop);

  // Asks for the objects of these services, also while waiting after a failure. An error here does not count
  // as a failure of the endpoint.
  absl::StatusOr<EngineAnswer> AskPart(std::vector<std::string> service_ids, OnBody on_body,
                                       std::stop_token stop);

  void Succeeded(std::size_t objects);
  void Failed(const absl::Status& status);
  // Records the invalid objects that were skipped in the last good answer; usually none.
  void Skipped(const SkippedObjects& skipped);
  // The list need not be read now: the last read still counts.
  void Postponed() { board_.Postponed(endpoint_, clock_.Now()); }

  // Ends the wait after a failure.
  void RetryNow() { retry_at_.reset(); }

  // The rest of the wait after a failure; infinite if there was none.
  absl::Duration UntilRetry() const;

  Clock& clock() const { return clock_; }
  std::string path() const { return EndpointPath(endpoint_); }

 private:
  absl::StatusOr<EngineAnswer> Get(const EngineQuery& query, OnBody on_body, std::stop_token stop);

  const Endpoint endpoint_;
  EngineClient& engine_;
  Clock& clock_;
  StatusBoard& board_;
  Backoff backoff_{{.first = absl::Seconds(1), .most = absl::Minutes(1)}};
  std::optional<absl::Time> retry_at_;
};

// A list of the engine and its last good value. Used by one thread.
template <typename T>
class PolledList {
 public:
  // Keeps the references. `parser` makes objects of the answers, and is used for this list only.
  PolledList(Endpoint endpoint, EngineClient& engine, Clock& clock, StatusBoard& board, ListReader<T>& parser)
      : endpoint_(endpoint, engine, clock, board), parser_(parser) {}

  // Reads the whole list and returns it, or null if it is not known. Valid until the next read.
  const Objects<T>* Read(std::stop_token stop) {
    changed_ = known_ = false;
    parser_.Begin();
    std::optional<EngineAnswer> answer =
        endpoint_.Ask([this](std::string_view piece) { return parser_.Add(piece); }, stop);
    if (!answer) return nullptr;
    absl::StatusOr<Objects<T>> read = parser_.End();
    if (!read.ok()) {
      endpoint_.Failed(read.status());
      return nullptr;
    }
    known_ = true;
    Accept(*std::move(read), std::move(answer->server));
    endpoint_.Succeeded(value_->size());
    return &*value_;
  }

  // The value of the last good reads; null before the first, and after a failed one.
  const Objects<T>* Last() const { return known_ ? &*value_ : nullptr; }

  // Drops the known value, for another swarm.
  void Forget() {
    known_ = false;
    parser_.Forget();
  }

  // True if the last read changed the value.
  bool changed() const { return changed_; }
  // The engine that gave the last good answer.
  const std::string& server() const { return server_; }

  void RetryNow() { endpoint_.RetryNow(); }
  absl::Duration UntilRetry() const { return endpoint_.UntilRetry(); }

 protected:
  // Replaces the objects for which `in_part` holds, which belong to these services. Returns false, and the
  // list is unchanged, if it is not known or the engine does not give the part.
  bool ReadPart(const ServiceIds& ids, absl::FunctionRef<bool(const T&)> in_part, std::stop_token stop) {
    changed_ = false;
    if (!known_) return false;
    parser_.Begin();
    absl::StatusOr<EngineAnswer> answer = endpoint_.AskPart(
        {ids.begin(), ids.end()}, [this](std::string_view piece) { return parser_.Add(piece); }, stop);
    if (!answer.ok()) return false;
    // Another engine, or another version of it, may show the others in another shape.
    if (answer->server != server_) return false;
    absl::StatusOr<Objects<T>> read = parser_.EndPart(in_part);
    if (!read.ok()) return false;
    Accept(*std::move(read), std::move(answer->server));
    return true;
  }

  EngineEndpoint endpoint_;

 private:
  void Accept(Objects<T> value, std::string server) {
    changed_ = !value_ || !value.IsSame(*value_);
    value_ = std::move(value);
    server_ = std::move(server);
    endpoint_.Skipped(parser_.skipped());
  }

  ListReader<T>& parser_;
  std::optional<Objects<T>> value_;
  bool known_ = false;  // `value_` is the list's value, as far as is known
  std::string server_;
  bool changed_ = false;
};

// Decides when a list may be read in full again, so that the engine, a manager of the swarm, spends no more
// than a share of one core on it: after a read that took t, the next waits at least t / share. The shorter of
// the last two reads counts. The wait is at most one minute, or five while events are followed, so that the
// known state never grows older than that.
//
// A read is requested at each interval, and is due as soon as the share allows. While the engine's events are
// followed, a full read only verifies them, and gets a part of the share: the smaller, the more of the list
// the events cover. A read within 10 ms gets the whole share, because it hardly loads the engine. Used by one
// thread.
class ReadPace {
 public:
  // A `share` of one core, and the fraction of it that is used while events are followed; both more than 0,
  // up to 1.
  ReadPace(double share, double fraction_with_events)
      : share_(share), fraction_with_events_(fraction_with_events) {}

  // A read is due when the share allows it.
  void Request() { requested_ = true; }
  // The same, and there is a reason to read: it gets the whole share.
  void RequestUrgently() { requested_ = urgent_ = true; }

  // The wait until a requested read is due; infinite if none is requested.
  absl::Duration UntilDue(absl::Time now, bool events_followed) const;

  // A good read of everything took from `start` to `end`.
  void RecordRead(absl::Time start, absl::Time end);

  // The shortest wait after the last read.
  absl::Duration MinWait(bool events_followed) const;

  // The duration of the last good read.
  absl::Duration last_took() const { return last_took_; }

 private:
  const double share_;
  const double fraction_with_events_;
  bool requested_ = true;
  bool urgent_ = false;
  std::optional<absl::Time> last_end_;
  // The shorter of the two counts: a read that an engine in trouble delayed does not predict the next.
  absl::Duration last_took_ = absl::ZeroDuration();
  absl::Duration took_before_ = absl::ZeroDuration();
};

inline const std::string& ServiceIdOf(const Service& service) { return service.id; }
inline const std::string& ServiceIdOf(const Task& task) { return task.service_id; }

// A list that can be long: read in full as often as its pace allows, and in between only the objects of some
// services. Used by one thread.
template <typename T>
class PacedList : public PolledList<T> {
 public:
  // `interval`: waits up to this long are normal, longer ones are logged once.
  PacedList(Endpoint endpoint, EngineClient& engine, Clock& clock, StatusBoard& board, ListReader<T>& parser,
            ReadPace pace, absl::Duration interval)
      : PolledList<T>(endpoint, engine, clock, board, parser), interval_(interval), pace_(pace) {}

  ReadPace& pace() { return pace_; }
  // When the list was last asked for in full, of the good answers.
  absl::Time all_asked_at() const { return all_asked_at_; }
  // The time spent on partial reads since the last ReadWhenDue() began.
  absl::Duration parts_took() const { return parts_took_; }

  // Reads the whole list if that is due, else the objects of these services, if there are any. Returns the
  // list, or null if it is not known.
  const Objects<T>* ReadWhenDue(const ServiceIds& ids, bool events_followed, std::stop_token stop) {
    parts_took_ = absl::ZeroDuration();
    const bool due = pace_.UntilDue(Now(), events_followed) <= absl::ZeroDuration();
    if (due || this->Last() == nullptr) return ReadAll(events_followed, stop);
    if (!ids.empty()) return ReadServices(ids, stop);
    this->endpoint_.Postponed();
    return this->Last();
  }

  // Reads the objects of these services only. If there are too many, or the engine does not answer, the list
  // is unchanged and a full read is requested.
  const Objects<T>* ReadServices(const ServiceIds& ids, std::stop_token stop) {
    const absl::Time start = Now();
    const auto in_part = [&ids](const T& object) { return ids.contains(ServiceIdOf(object)); };
    const bool read = ids.size() <= kMostServicesInPart && this->ReadPart(ids, in_part, stop);
    if (!read) pace_.RequestUrgently();
    parts_took_ += Now() - start;
    // A known list is only postponed: the engine answered the last request for all of it.
    if (this->Last() != nullptr) this->endpoint_.Postponed();
    return this->Last();
  }

 private:
  absl::Time Now() const { return this->endpoint_.clock().Now(); }

  const Objects<T>* ReadAll(bool events_followed, std::stop_token stop) {
    const absl::Time start = Now();
    const Objects<T>* all = this->Read(stop);
    if (all == nullptr) return nullptr;
    all_asked_at_ = start;
    pace_.RecordRead(start, Now());
    LogLongWait(pace_.MinWait(events_followed));
    return all;
  }

  void LogLongWait(absl::Duration wait) {
    if (wait <= interval_ || std::exchange(long_wait_logged_, true)) return;
    spdlog::info(
        "This list is expensive to read; full reads are spaced out. Changes reported by events are still "
        "read at once. endpoint={} took={} every={}",
        this->endpoint_.path(), absl::FormatDuration(pace_.last_took()), absl::FormatDuration(wait));
  }

  const absl::Duration interval_;
  ReadPace pace_;
  absl::Duration parts_took_ = absl::ZeroDuration();
  absl::Time all_asked_at_ = absl::InfinitePast();
  bool long_wait_logged_ = false;
};

}  // namespace swarmbell
