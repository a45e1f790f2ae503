#include "notifier/delivery/receiver.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/process/log_value.h"
#include "notifier/delivery/metrics.h"

namespace swarmbell {
namespace {

// The longest wait between attempts while the process ends.
constexpr absl::Duration kDrainWait = absl::Milliseconds(500);

}  // namespace

Receiver::Receiver(std::string name, std::unique_ptr<Channel> channel, ReceiverOptions options, Clock& clock,
                   Metrics& metrics, DeliveryLog& log)
    : name_(std::move(name)),
      channel_(std::move(channel)),
      options_(std::move(options)),
      clock_(clock),
      metrics_(metrics),
      log_(log),
      pacer_(options.pace),
      backoff_(options.backoff),
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
    queue_.push_back({std::move(message), {number}, enqueued});
    SetQueueLength(queue_.size());
  }
  changed_.notify_all();
  if (dropped) Fail(*dropped, kOutcomeDropped, "the queue is full: the oldest message makes room");
  return number;
}

void Receiver::BeginDrain() {
  {
    std::lock_guard lock(mutex_);
    draining_ = true;
  }
  changed_.notify_all();
  drain_.request_stop();
}

void Receiver::Finish(absl::Duration limit) {
  BeginDrain();
  if (!thread_.joinable()) return;
  if (limit > absl::ZeroDuration()) clock_.Sleep(limit, done_.get_token());
  thread_.request_stop();
  thread_.join();
  LoseTheRest();
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

// Each message takes those that follow it in, as long as it can.
void Receiver::Fold() {
  if (options_.digest_over == 0) return;
  std::deque<Waiting> folded;
  for (Waiting& waiting : queue_) {
    const std::size_t alerts = waiting.message.alerts.size();
    Message* last = folded.empty() ? nullptr : &folded.back().message;
    const bool fits = last != nullptr && alerts != 0 && !last->alerts.empty() &&
                      last->alerts.size() + alerts <= options_.digest_alerts;
    if (!fits) {
      folded.push_back(std::move(waiting));
      continue;
    }
    std::move(waiting.message.alerts.begin(), waiting.message.alerts.end(), std::back_inserter(last->alerts));
    std::move(waiting.message.receipts.begin(), waiting.message.receipts.end(),
              std::back_inserter(last->receipts));
    std::move(waiting.numbers.begin(), waiting.numbers.end(), std::back_inserter(folded.back().numbers));
  }
  queue_.swap(folded);
  SetQueueLength(queue_.size());
}

// What was folded has no form yet.
void Receiver::PutIntoForm(Waiting& waiting) const {
  if (waiting.numbers.size() < 2) return;
  Message digest = options_.digest(waiting.message.alerts);
  digest.receipts = std::move(waiting.message.receipts);
  digest.alerts = std::move(waiting.message.alerts);
  waiting.message = std::move(digest);
}

void Receiver::Deliver(Waiting waiting, std::stop_token stop) {
  PutIntoForm(waiting);
  while (WaitForTurn(stop)) {
    last_try_ = clock_.Now();
    pacer_.Take(last_try_);
    const Verdict verdict = channel_->Post(waiting.message.body, stop);
    if (stop.stop_requested() && verdict.outcome == Outcome::kRetry) break;
    if (Settle(waiting, verdict)) return;
  }
  // The end of the process came first: back into the queue, for LoseTheRest.
  std::lock_guard lock(mutex_);
  queue_.push_front(std::move(waiting));
}

bool Receiver::WaitForTurn(std::stop_token stop) {
  while (!stop.stop_requested()) {
    const bool draining = Draining();
    const absl::Time now = clock_.Now();
    const absl::Time turn = NextTurn(now, draining);
    if (turn <= now) return true;
    clock_.Sleep(turn - now, draining ? stop : drain_.get_token());
  }
  return false;
}

absl::Time Receiver::NextTurn(absl::Time now, bool draining) const {
  // Before the end of the process only what the receiver itself asked for is worth a long wait.
  if (draining) return std::max(asked_until_, std::min(retry_at_, last_try_ + kDrainWait));
  return std::max({asked_until_, retry_at_, pacer_.NextTurn(now)});
}

bool Receiver::Settle(Waiting& waiting, const Verdict& verdict) {
  ++waiting.attempts;
  for (const std::uint64_t number : waiting.numbers) {
    log_.Tried(number, verdict.outcome == Outcome::kAccepted ? "" : verdict.reason);
  }
  if (verdict.outcome == Outcome::kRetry) {
    PlanRetry(verdict);
    if (std::max(retry_at_, asked_until_) - waiting.enqueued < options_.give_up_after) return false;
    Fail(waiting, kOutcomeGivenUp,
         absl::StrCat("given up after ", waiting.attempts,
                      waiting.attempts == 1 ? " attempt: " : " attempts: ", verdict.reason));
    return true;
  }
  failures_in_row_ = 0;
  backoff_.Reset();
  if (verdict.outcome == Outcome::kAccepted) {
    Accept(waiting, verdict.reason);
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
  const auto level = failures_in_row_++ == 0 ? spdlog::level::warn : spdlog::level::debug;
  spdlog::log(
      level, "A message could not be posted yet and is tried again. receiver={} reason={} wait={}",
      LogValue(name_), LogValue(verdict.reason),
      absl::FormatDuration(absl::Trunc(std::max(retry_at_, asked_until_) - now, absl::Milliseconds(1))));
}

void Receiver::Accept(const Waiting& waiting, const std::string& odd) {
  const absl::Time now = clock_.Now();
  metrics_.Add(kDeliveries, {{"receiver", name_}, {"outcome", kOutcomeAccepted}});
  if (waiting.message.observed) {
    metrics_.Observe(kDeliveryLatency, {{"receiver", name_}},
                     absl::ToDoubleSeconds(std::max(now - *waiting.message.observed, absl::ZeroDuration())));
  }
  spdlog::info("Posted a message. receiver={} title={} attempts={}", LogValue(name_),
               LogValue(waiting.message.title), waiting.attempts);
  if (!odd.empty()) {
    spdlog::warn("A message was accepted with an odd answer. receiver={} answer={}", LogValue(name_),
                 LogValue(odd));
  }
  // Last: whoever waits for it finds the metrics counted.
  for (const std::uint64_t number : waiting.numbers) {
    log_.Finish(number, DeliveryProgress::kAccepted, "", now);
  }
}

void Receiver::Fail(const Waiting& waiting, const std::string& outcome, const std::string& why) {
  metrics_.Add(kDeliveries, {{"receiver", name_}, {"outcome", outcome}});
  spdlog::error("A message was not posted. receiver={} title={} outcome={} reason={}", LogValue(name_),
                LogValue(waiting.message.title), outcome, LogValue(why));
  for (const std::uint64_t number : waiting.numbers) {
    log_.Finish(number, DeliveryProgress::kFailed, why, clock_.Now());
  }
}

void Receiver::LoseTheRest() {
  std::deque<Waiting> rest;
  {
    std::lock_guard lock(mutex_);
    rest.swap(queue_);
    SetQueueLength(0);
  }
  for (const Waiting& waiting : rest) {
    for (const std::shared_ptr<Receipt>& receipt : waiting.message.receipts) receipt->MarkLost();
    Fail(waiting, kOutcomeLost, "the notifier ended before it was accepted");
  }
}

bool Receiver::Draining() const {
  std::lock_guard lock(mutex_);
  return draining_;
}

void Receiver::SetQueueLength(std::size_t length) {
  metrics_.Set(kDeliveryQueueLength, {{"receiver", name_}}, static_cast<double>(length));
}

}  // namespace swarmbell
