#include "notifier/delivery/receiver.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/process/log_value.h"
#include "notifier/delivery/metrics.h"
#include "notifier/pipeline/net_changes.h"

namespace swarmbell {
namespace {

// How often a receiver that goes on failing is told of.
constexpr absl::Duration kWarnAgainAfter = absl::Minutes(10);

// The longest wait between attempts while the process ends.
constexpr absl::Duration kDrainWait = absl::Milliseconds(500);

}  // namespace

Receiver::Receiver(std::string name, std::unique_ptr<Channel> channel, ReceiverOptions options, Clock& clock,
                   Metrics& metrics, DeliveryLog& log)
    : name_(std::move(name)),
      channel_(std::move(channel)),
      clock_(clock),
      metrics_(metrics),
      log_(log),
      pacer_(options.pace),
      backoff_(options.backoff),
      options_(std::move(options)),
      thread_([this](std::stop_token stop) { Run(std::move(stop)); }) {}

Receiver::~Receiver() { Finish(absl::ZeroDuration()); }

std::uint64_t Receiver::Enqueue(Message message) {
  DeliveryRecord record;
  record.receiver = name_;
  record.title = message.title;
  record.color = message.color;
  record.enqueued = clock_.Now();
  record.event_ids = message.event_ids;
  const absl::Time enqueued = record.enqueued;
  const std::uint64_t number = log_.Add(std::move(record));

  std::optional<Waiting> dropped;
  {
    std::lock_guard lock(mutex_);
    if (queue_.size() >= options_.queue_size) Fold();
    if (queue_.size() >= options_.queue_size) {
      dropped = std::move(queue_.front());
      queue_.pop_front();
    }
    queue_.push_back({std::move(message), number, enqueued});
    SetQueueLength(queue_.size());
  }
  changed_.notify_all();
  if (dropped) Fail(*dropped, kOutcomeDropped, "the queue is full: the oldest message makes room");
  return number;
}

void Receiver::Change(std::unique_ptr<Channel> channel, ReceiverOptions options) {
  std::lock_guard lock(mutex_);
  options_ = std::move(options);
  if (channel) next_channel_ = std::move(channel);
  changed_over_ = true;
  nudge_.request_stop();
}

// Before an attempt: what failed by the old channel may work by the new one at once.
void Receiver::TakeChange() {
  std::lock_guard lock(mutex_);
  if (!changed_over_) return;
  changed_over_ = false;
  nudge_ = std::stop_source();
  if (!next_channel_) return;
  channel_ = std::move(next_channel_);
  backoff_.Reset();
  retry_at_ = asked_until_ = absl::InfinitePast();
}

void Receiver::BeginDrain() {
  {
    std::lock_guard lock(mutex_);
    draining_ = true;
    nudge_.request_stop();
  }
  changed_.notify_all();
}

void Receiver::Retire() {
  {
    std::lock_guard lock(mutex_);
    options_.give_up_after = absl::ZeroDuration();
  }
  BeginDrain();
}

void Receiver::Finish(absl::Duration limit) {
  BeginDrain();
  if (!thread_.joinable()) return;
  if (limit > absl::ZeroDuration()) clock_.Sleep(limit, done_.get_token());
  thread_.request_stop();
  thread_.join();
  LoseTheRest("the notifier ended before it was accepted");
}

void Receiver::Run(std::stop_token stop) {
  while (std::optional<Waiting> waiting = Next(stop)) Deliver(std::move(*waiting), stop);
  done_.request_stop();
}

std::optional<Receiver::Waiting> Receiver::Next(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, stop, [this] { return draining_ || !queue_.empty(); });
  if (stop.stop_requested() || queue_.empty()) return std::nullopt;
  if (options_.digest_over != 0 && queue_.size() > options_.digest_over) Fold();
  Waiting waiting = std::move(queue_.front());
  queue_.pop_front();
  SetQueueLength(queue_.size());
  return waiting;
}

std::size_t Receiver::Waiting::Lines() const {
  std::size_t lines = LinesFor(message.alerts);
  for (const Waiting& part : parts) lines += LinesFor(part.message.alerts);
  return lines;
}

void Receiver::Waiting::Take(Waiting other) {
  std::vector<Waiting> more = std::exchange(other.parts, {});
  parts.push_back(std::move(other));
  std::move(more.begin(), more.end(), std::back_inserter(parts));
}

// Each message takes those that follow it in, as long as it can.
void Receiver::Fold() {
  if (options_.digest_over == 0) return;
  const auto can_be_folded = [](const Waiting& waiting) {
    return !waiting.alone && !waiting.message.alerts.empty();
  };
  std::deque<Waiting> folded;
  for (Waiting& waiting : queue_) {
    const bool fits = !folded.empty() && can_be_folded(folded.back()) && can_be_folded(waiting) &&
                      folded.back().Lines() + waiting.Lines() <= options_.digest_lines;
    if (fits) {
      folded.back().Take(std::move(waiting));
    } else {
      folded.push_back(std::move(waiting));
    }
  }
  queue_.swap(folded);
  SetQueueLength(queue_.size());
}

// What is posted for it.
Message Receiver::FormOf(const Waiting& waiting) const {
  std::vector<Alert> alerts = waiting.message.alerts;
  for (const Waiting& part : waiting.parts) {
    alerts.insert(alerts.end(), part.message.alerts.begin(), part.message.alerts.end());
  }
  std::unique_lock lock(mutex_);
  const auto digest = options_.digest;
  lock.unlock();
  return digest(std::move(alerts));
}

// A digest is refused for one of its parts, perhaps: each is tried by itself.
void Receiver::Unfold(Waiting waiting) {
  spdlog::warn("A digest was refused; what it tells is posted one by one. receiver={} messages={}",
               LogValue(name_), waiting.parts.size() + 1);
  std::vector<Waiting> parts = std::exchange(waiting.parts, {});
  parts.insert(parts.begin(), std::move(waiting));
  std::lock_guard lock(mutex_);
  for (Waiting& part : parts) part.alone = true;
  queue_.insert(queue_.begin(), std::make_move_iterator(parts.begin()), std::make_move_iterator(parts.end()));
  SetQueueLength(queue_.size());
}

void Receiver::Deliver(Waiting waiting, std::stop_token stop) {
  const std::optional<Message> digest = waiting.parts.empty() ? std::nullopt : std::optional(FormOf(waiting));
  const Message& message = digest ? *digest : waiting.message;
  while (WaitForTurn(stop)) {
    last_try_ = clock_.Now();
    pacer_.Take(last_try_);
    const Verdict verdict = channel_->Post(message.body, stop);
    if (stop.stop_requested() && verdict.outcome == Outcome::kRetry) break;
    if (digest && verdict.outcome == Outcome::kFinal) return Unfold(std::move(waiting));
    if (Settle(waiting, message, verdict)) return;
  }
  // The end of the process came first: back into the queue, for LoseTheRest.
  std::lock_guard lock(mutex_);
  queue_.push_front(std::move(waiting));
}

bool Receiver::WaitForTurn(std::stop_token stop) {
  while (!stop.stop_requested()) {
    TakeChange();
    const auto [draining, nudged] = Waking();
    const absl::Time now = clock_.Now();
    const absl::Time turn = NextTurn(now, draining);
    if (turn <= now) return true;
    clock_.Sleep(turn - now, draining ? stop : nudged);
  }
  return false;
}

absl::Time Receiver::NextTurn(absl::Time now, bool draining) const {
  // Before the end of the process only what the receiver itself asked for is worth a long wait.
  if (draining) return std::max(asked_until_, std::min(retry_at_, last_try_ + kDrainWait));
  return std::max({asked_until_, retry_at_, pacer_.NextTurn(now)});
}

bool Receiver::Settle(Waiting& waiting, const Message& message, const Verdict& verdict) {
  ++waiting.attempts;
  const std::string failure = verdict.outcome == Outcome::kAccepted ? "" : verdict.reason;
  log_.Tried(waiting.number, failure);
  for (const Waiting& part : waiting.parts) log_.Tried(part.number, failure);
  if (verdict.outcome == Outcome::kRetry) {
    PlanRetry(verdict);
    const absl::Time newest = waiting.parts.empty() ? waiting.enqueued : waiting.parts.back().enqueued;
    if (std::max(retry_at_, asked_until_) - newest < GiveUpAfter()) return false;
    Fail(waiting, kOutcomeGivenUp,
         absl::StrCat("given up after ", waiting.attempts,
                      waiting.attempts == 1 ? " attempt: " : " attempts: ", verdict.reason));
    return true;
  }
  failures_in_row_ = 0;
  backoff_.Reset();
  if (verdict.outcome == Outcome::kAccepted) {
    Accept(waiting, message, verdict.reason);
  } else {
    Fail(waiting, kOutcomeRefused, verdict.reason);
  }
  return true;
}

void Receiver::PlanRetry(const Verdict& verdict) {
  const absl::Time now = clock_.Now();
  retry_at_ = now + backoff_.Next();
  if (verdict.retry_after) asked_until_ = now + *verdict.retry_after;
  metrics_.Add(kDeliveryRetries, {{"receiver", name_}});
  const bool news = failures_in_row_++ == 0 || now - warned_at_ >= kWarnAgainAfter;
  if (news) warned_at_ = now;
  spdlog::log(
      news ? spdlog::level::warn : spdlog::level::debug,
      "A message could not be posted yet and is tried again. receiver={} reason={} failures={} wait={}",
      LogValue(name_), LogValue(verdict.reason), failures_in_row_,
      absl::FormatDuration(absl::Trunc(std::max(retry_at_, asked_until_) - now, absl::Milliseconds(1))));
}

void Receiver::Accept(const Waiting& waiting, const Message& message, const std::string& odd) {
  const absl::Time now = clock_.Now();
  metrics_.Add(kDeliveries, {{"receiver", name_}, {"outcome", kOutcomeAccepted}});
  if (message.observed) {
    metrics_.Observe(kDeliveryLatency, {{"receiver", name_}},
                     absl::ToDoubleSeconds(std::max(now - *message.observed, absl::ZeroDuration())));
  }
  spdlog::info("Posted a message. receiver={} title={} attempts={}", LogValue(name_), LogValue(message.title),
               waiting.attempts);
  if (!odd.empty()) {
    spdlog::warn("A message was accepted with an odd answer. receiver={} answer={}", LogValue(name_),
                 LogValue(odd));
  }
  // Last: whoever waits for it finds the metrics counted.
  log_.Finish(waiting.number, DeliveryProgress::kAccepted, odd, now);
  for (const Waiting& part : waiting.parts) log_.Finish(part.number, DeliveryProgress::kAccepted, odd, now);
}

void Receiver::Fail(const Waiting& waiting, const std::string& outcome, const std::string& why) {
  metrics_.Add(kDeliveries, {{"receiver", name_}, {"outcome", outcome}});
  spdlog::error("A message was not posted. receiver={} title={} outcome={} reason={}", LogValue(name_),
                LogValue(waiting.message.title), outcome, LogValue(why));
  log_.Finish(waiting.number, DeliveryProgress::kFailed, why, clock_.Now());
  for (const Waiting& part : waiting.parts) Fail(part, outcome, why);
}

void Receiver::HandOver() { LoseTheRest("another notifier is on duty now"); }

void Receiver::LoseTheRest(const std::string& why) {
  std::deque<Waiting> rest;
  {
    std::lock_guard lock(mutex_);
    rest.swap(queue_);
    SetQueueLength(0);
  }
  const auto lose = [](const Waiting& waiting) {
    for (const std::shared_ptr<Receipt>& receipt : waiting.message.receipts) receipt->MarkLost();
  };
  for (const Waiting& waiting : rest) {
    lose(waiting);
    for (const Waiting& part : waiting.parts) lose(part);
    Fail(waiting, kOutcomeLost, why);
  }
}

std::pair<bool, std::stop_token> Receiver::Waking() const {
  std::lock_guard lock(mutex_);
  return {draining_, nudge_.get_token()};
}

absl::Duration Receiver::GiveUpAfter() const {
  std::lock_guard lock(mutex_);
  return options_.give_up_after;
}

void Receiver::SetQueueLength(std::size_t length) {
  metrics_.Set(kDeliveryQueueLength, {{"receiver", name_}}, static_cast<double>(length));
}

}  // namespace swarmbell
