#include "collector/stream/subscribers.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/grpc/status.h"

namespace swarmbell {
namespace {

constexpr char kSubscribers[] = "swarmbell_subscribers";
constexpr char kLag[] = "swarmbell_subscriber_lag_events";
constexpr char kLogEvents[] = "swarmbell_changelog_events";
constexpr char kEventsSent[] = "swarmbell_events_sent_total";
constexpr char kGaps[] = "swarmbell_gaps_total";

// Messages up to this size leave together with the next, if there is one: a system call for each would take
// most of the time of catching up.
constexpr std::size_t kSmallMessage = std::size_t{16} << 10;

const char* ReasonLabel(LogGap gap) { return gap == LogGap::kCompacted ? "compacted" : "log_reset"; }

void DeclareMetrics(Metrics& metrics) {
  metrics.Declare(MetricKind::kGauge, kSubscribers, "Subscribers that follow the changes now.");
  metrics.Declare(MetricKind::kGauge, kLag,
                  "Changes that the slowest subscriber has not been sent yet, filtered ones included.");
  metrics.Declare(MetricKind::kGauge, kLogEvents, "Changes kept for subscribers that were away.");
  metrics.Declare(MetricKind::kCounter, kEventsSent, "Changes sent, counted for each subscriber.");
  metrics.Declare(MetricKind::kCounter, kGaps,
                  "Gaps sent to subscribers: changes that they asked for were no longer held.");
  metrics.Set(kSubscribers, {}, 0);
  metrics.Add(kEventsSent, {}, 0);
  for (const LogGap gap : {LogGap::kCompacted, LogGap::kOtherLog}) {
    metrics.Add(kGaps, {{"reason", ReasonLabel(gap)}}, 0);
  }
}

}  // namespace

// One Subscribe call. It owns itself from Open() until gRPC is done with it; others share it.
//
// At most one write is under way. The thread that finds the subscription idle takes the turn (kRunning): only
// the holder of the turn touches the reader and the messages, starts the next write or finishes the call, and
// it does so without the lock. Thread-safe.
class Subscribers::Subscription final : public Call, public std::enable_shared_from_this<Subscription> {
 public:
  Subscription(Subscribers& owner, FeedReader reader, std::string label)
      : owner_(owner),
        label_(std::move(label)),
        written_(reader.Position().sequence),
        reader_(std::move(reader)) {}

  // Sends `opened`. Call once, before the call's handler returns; the others have no effect before.
  void Open(v1::Opened opened);

  void LogChanged() { Signal(&Due::changes); }
  void ProgressDue() { Signal(&Due::progress); }
  void ShutDown() { Signal(&Due::shutdown); }

  // The sequence up to which every change has been written or filtered out.
  std::uint64_t Written() const { return written_; }

 private:
  enum class State { kIdle, kRunning, kWriting, kFinished };

  // Signals since the last turn.
  struct Due {
    bool changes = false;
    bool progress = false;
    bool cancelled = false;
    bool shutdown = false;
  };

  void OnWriteDone(bool ok) override;
  void OnCancel() override { Signal(&Due::cancelled); }
  void OnDone() override;

  void Signal(bool Due::*signal);
  void Run();
  Due ExchangeDue();
  bool BecomeIdle();
  void SetState(State state);
  FeedMessagePtr ReadNext();
  FeedMessagePtr Prepare(const Due& due);
  void ReportGap(LogGap gap) const;
  void Write(FeedMessagePtr message);
  void End(const absl::Status& status);

  Subscribers& owner_;
  const std::string label_;

  std::atomic<std::uint64_t> written_ = 0;

  Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kRunning;
  Due due_ ABSL_GUARDED_BY(mutex_);

  // These belong to the holder of the turn, and while a write is under way to gRPC.
  FeedReader reader_;
  FeedMessagePtr writing_;
  FeedMessagePtr following_;  // the message after it, if it has been read already
  bool at_end_ = false;       // nothing more is in the log until a signal comes
  bool leaving_ = false;      // the call ends at the end of the log
  std::uint64_t events_sent_ = 0;
  std::string end_reason_;
  std::shared_ptr<Subscription> self_;
};

void Subscribers::Subscription::Open(v1::Opened opened) {
  self_ = shared_from_this();
  spdlog::info("Subscriber connected. {} after_sequence={}", label_, reader_.Position().sequence);
  v1::SubscribeResponse response;
  *response.mutable_opened() = std::move(opened);
  *response.mutable_cursor() = ToCursor(reader_.Position());
  Write(EncodeMessage(response));
}

void Subscribers::Subscription::Signal(bool Due::*signal) {
  {
    const MutexLock lock(mutex_);
    due_.*signal = true;
    if (state_ != State::kIdle) return;
    state_ = State::kRunning;
  }
  Run();
}

void Subscribers::Subscription::Run() {
  do {
    const Due due = ExchangeDue();
    if (due.cancelled) return End(absl::CancelledError("the subscriber cancelled the call"));
    // Subscribers that are up to date get the remaining changes; the others ask for the rest after a
    // reconnect.
    leaving_ = leaving_ || due.shutdown;
    FeedMessagePtr message = due.shutdown && !at_end_ ? nullptr : Prepare(due);
    if (message != nullptr) return Write(std::move(message));
    if (leaving_) {
      return End(absl::UnavailableError("the collector shuts down; subscribe again in a while"));
    }
  } while (!BecomeIdle());
}

Subscribers::Subscription::Due Subscribers::Subscription::ExchangeDue() {
  const MutexLock lock(mutex_);
  return std::exchange(due_, Due{});
}

// Gives the turn back; false if a signal has come since it was taken.
bool Subscribers::Subscription::BecomeIdle() {
  const MutexLock lock(mutex_);
  if (due_.changes || due_.progress || due_.cancelled || due_.shutdown) return false;
  state_ = State::kIdle;
  return true;
}

void Subscribers::Subscription::SetState(State state) {
  const MutexLock lock(mutex_);
  state_ = state;
}

FeedMessagePtr Subscribers::Subscription::ReadNext() {
  if (at_end_) return nullptr;
  FeedMessagePtr message = reader_.Next();
  at_end_ = message == nullptr;
  return message;
}

// The next message, if there is one.
FeedMessagePtr Subscribers::Subscription::Prepare(const Due& due) {
  if (due.changes || due.progress || due.shutdown) at_end_ = false;
  if (following_ == nullptr) following_ = ReadNext();
  if (following_ != nullptr) {
    if (following_->gap != LogGap::kNone) ReportGap(following_->gap);
    return std::exchange(following_, nullptr);
  }
  if (!due.progress) return nullptr;
  v1::SubscribeResponse response;
  *response.mutable_progress() = owner_.options_.progress();
  *response.mutable_cursor() = ToCursor(reader_.Position());
  return EncodeMessage(response);
}

void Subscribers::Subscription::ReportGap(LogGap gap) const {
  owner_.metrics_.Add(kGaps, {{"reason", ReasonLabel(gap)}});
  spdlog::warn("A subscriber asked for changes that the log no longer has. {} reason={}", label_,
               ReasonLabel(gap));
}

// A buffered message waits for another write, so only a message that has a follower is buffered. The first,
// `opened`, is not: gRPC sends a call's metadata with it, and forgets that if it is buffered.
void Subscribers::Subscription::Write(FeedMessagePtr message) {
  grpc::WriteOptions options;
  if (message->events != 0 && message->size <= kSmallMessage) {
    following_ = ReadNext();
    if (following_ != nullptr) options.set_buffer_hint();
  }
  writing_ = std::move(message);
  SetState(State::kWriting);
  StartWrite(&writing_->bytes, options);
}

void Subscribers::Subscription::OnWriteDone(bool ok) {
  static const std::string kSent = kEventsSent;
  SetState(State::kRunning);
  const FeedMessagePtr written = std::move(writing_);
  if (!ok) return End(absl::CancelledError("the subscriber is gone"));
  written_ = written->end;
  events_sent_ += written->events;
  if (written->events != 0) owner_.metrics_.Add(kSent, {}, static_cast<double>(written->events));
  Subscribers& owner = owner_;
  Run();
  owner.HelpNotify();
}

void Subscribers::Subscription::End(const absl::Status& status) {
  end_reason_ = std::string(status.message());
  SetState(State::kFinished);
  Finish(ToGrpcStatus(status));
}

void Subscribers::Subscription::OnDone() {
  SetState(State::kFinished);
  spdlog::info("Subscriber disconnected. {} events_sent={} reason=\"{}\"", label_, events_sent_, end_reason_);
  owner_.Remove(this);
  const std::shared_ptr<Subscription> last = std::move(self_);
}

Subscribers::Subscribers(ChangeLog& log, Metrics& metrics, SubscribersOptions options)
    : log_(log), metrics_(metrics), options_(std::move(options)) {
  DeclareMetrics(metrics_);
  Measure({});
  listener_ = log_.Listen([this] {
    {
      const MutexLock lock(mutex_);
      if (std::exchange(log_changed_, true)) return;
    }
    wake_.notify_one();
  });
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

Subscribers::~Subscribers() { Shutdown(); }

absl::StatusOr<Subscribers::Call*> Subscribers::Start(FeedRequest request, LogPosition start,
                                                      v1::Opened opened, std::string label) {
  const auto subscription = std::make_shared<Subscription>(
      *this, FeedReader(log_, cache_, std::move(request), std::move(start)), std::move(label));
  if (absl::Status status = Add(subscription); !status.ok()) return status;
  subscription->Open(std::move(opened));
  return subscription.get();
}

absl::Status Subscribers::Add(const std::shared_ptr<Subscription>& subscription) {
  const MutexLock lock(mutex_);
  if (shutting_down_) return absl::UnavailableError("the collector shuts down; subscribe again in a while");
  if (subscriptions_.size() >= options_.max) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the collector has ", options_.max,
                     " subscribers, the most it accepts; end one or ask another collector"));
  }
  subscriptions_.emplace(subscription.get(), subscription);
  metrics_.Set(kSubscribers, {}, static_cast<double>(subscriptions_.size()));
  return absl::OkStatus();
}

void Subscribers::Remove(const Subscription* subscription) {
  const MutexLock lock(mutex_);
  subscriptions_.erase(subscription);
  metrics_.Set(kSubscribers, {}, static_cast<double>(subscriptions_.size()));
}

std::size_t Subscribers::Count() const {
  const MutexLock lock(mutex_);
  return subscriptions_.size();
}

Subscribers::All Subscribers::Snapshot() const {
  All all;
  for (const auto& [key, subscription] : subscriptions_) all.push_back(subscription);
  return all;
}

// Called at each progress: by then every subscriber that is up to date has been sent everything.
void Subscribers::Measure(const All& all) {
  const std::uint64_t newest = log_.Newest().sequence;
  std::uint64_t slowest = newest;
  for (const auto& subscription : all) slowest = std::min(slowest, subscription->Written());
  metrics_.Set(kLag, {}, static_cast<double>(newest - slowest));
  metrics_.Set(kLogEvents, {}, static_cast<double>(newest - std::min(newest, log_.Oldest().sequence)));
}

// Returns when changes or progress are due; false when stopped. Changes that come before `spaced` wait until
// then, but not longer than until the next progress.
bool Subscribers::WaitUntilDue(const std::stop_token& stop, SteadyClock::time_point next_progress,
                               SteadyClock::time_point spaced) {
  MutexLock lock(mutex_);
  wake_.wait_until(lock, stop, next_progress, [this] {
    mutex_.AssertHeld();
    return log_changed_;
  });
  const auto until = std::min(spaced, next_progress);
  if (SteadyClock::now() < until) wake_.wait_until(lock, stop, until, [] { return false; });
  return !stop.stop_requested();
}

void Subscribers::Run(const std::stop_token& stop) {
  const auto interval = absl::ToChronoMilliseconds(options_.progress_interval);
  const auto spacing = absl::ToChronoMilliseconds(options_.spacing);
  auto next_progress = SteadyClock::now() + interval;
  auto spaced = SteadyClock::now();
  while (WaitUntilDue(stop, next_progress, spaced)) {
    const auto now = SteadyClock::now();
    const bool progress = now >= next_progress;
    All all;
    {
      const MutexLock lock(mutex_);
      if (log_changed_) spaced = now + spacing;
      log_changed_ = false;
      all = Snapshot();
    }
    if (progress) {
      next_progress = now + interval;
      Measure(all);
    }
    Notify(std::move(all), progress);
    if (progress) cache_.Clear();  // the memory is free while nothing happens
  }
}

// Notifies all, until another thread helps: that one then finishes the round.
void Subscribers::Notify(All all, bool progress) {
  const auto round = std::make_shared<Round>();
  round->all = std::move(all);
  round->progress = progress;
  {
    const MutexLock lock(mutex_);
    round_ = round;
  }
  notifying_ = true;
  while (!round->helped) {
    if (!NotifyNext(*round)) break;
  }
}

// Finishes a round that is under way. Called on the threads with which gRPC waits for the network: while they
// all notify, none of them is woken for each message that another has written.
void Subscribers::HelpNotify() {
  if (!notifying_) return;
  std::shared_ptr<Round> round;
  {
    const MutexLock lock(mutex_);
    round = round_;
  }
  if (round == nullptr) return;
  round->helped = true;
  while (NotifyNext(*round)) {
  }
  const MutexLock lock(mutex_);
  if (round_ != round) return;
  notifying_ = false;
  round_ = nullptr;
}

// False when all have been notified.
bool Subscribers::NotifyNext(Round& round) {
  const std::size_t i = round.next++;
  if (i >= round.all.size()) return false;
  round.progress ? round.all[i]->ProgressDue() : round.all[i]->LogChanged();
  return true;
}

void Subscribers::Shutdown() {
  All all;
  {
    const MutexLock lock(mutex_);
    if (shutting_down_) return;
    shutting_down_ = true;
    all = Snapshot();
  }
  listener_.reset();
  thread_.request_stop();
  thread_.join();
  for (const auto& subscription : all) subscription->ShutDown();
}

}  // namespace swarmbell
