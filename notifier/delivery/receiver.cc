#include "notifier/delivery/receiver.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/process/logging.h"
#include "notifier/delivery/delivery_log.h"

namespace swarmbell {
namespace {

// The time between two warnings about a receiver that keeps failing.
constexpr absl::Duration kWarnAgainAfter = absl::Minutes(10);

// The longest wait between attempts while the process ends.
constexpr absl::Duration kDrainWait = absl::Milliseconds(500);

constexpr char kHandedOver[] = "another notifier is active now";

}  // namespace

Receiver::Receiver(std::string name, std::unique_ptr<Channel> channel, ReceiverOptions options, Clock& clock,
                   Metrics& metrics, DeliveryLog& log)
    : name_(std::move(name)),
      channel_(std::move(channel)),
      clock_(clock),
      metrics_(metrics),
      log_(log),
      stories_(options.living ? std::make_unique<StoryPoster>(*options.living, clock) : nullptr),
      pacer_(options.pace),
      backoff_(options.backoff),
      queue_(options.queue),
      trouble_(name_),
      options_(std::move(options)),
      thread_([this](std::stop_token stop) { Run(std::move(stop)); }) {}

Receiver::~Receiver() { Finish(absl::ZeroDuration()); }

std::uint64_t Receiver::Log(const Message& message) {
  DeliveryRecord record;
  record.receiver = name_;
  record.title = message.title;
  record.color = message.color;
  record.enqueued = clock_.Now();
  record.event_ids = message.event_ids;
  return log_.Add(std::move(record));
}

std::uint64_t Receiver::Enqueue(Message message) {
  const std::uint64_t number = Log(message);
  std::optional<Waiting> dropped;
  {
    const MutexLock lock(mutex_);
    dropped = queue_.Push({std::move(message), number, clock_.Steady()});
    repeated_.clear();  // it may hold an alarm that ends with this
    UpdateQueueLength();
  }
  changed_.notify_all();
  if (dropped) RecordFailed(*dropped, kOutcomeDropped, "the queue is full: the oldest message is dropped");
  return number;
}

std::optional<std::uint64_t> Receiver::EnqueueTest(Message message) {
  std::optional<std::uint64_t> number;
  {
    const MutexLock lock(mutex_);
    if (test_ || queue_.IsFull()) return std::nullopt;
    number = test_ = Log(message);
    queue_.Push({std::move(message), *number, clock_.Steady(), /*test=*/true});
    UpdateQueueLength();
  }
  changed_.notify_all();
  return number;
}

void Receiver::EndTest(std::uint64_t number) {
  const MutexLock lock(mutex_);
  if (test_ == number) test_.reset();
}

bool Receiver::IsFailing() const {
  const MutexLock lock(mutex_);
  return trouble_.reported();
}

void Receiver::Reconfigure(std::unique_ptr<Channel> channel, ReceiverOptions options) {
  const MutexLock lock(mutex_);
  options_ = std::move(options);
  queue_.SetLimits(options_.queue);
  if (channel) next_channel_ = std::move(channel);
  changed_over_ = true;
  nudge_.request_stop();
}

// Before an attempt. A message that failed through the old channel is tried at once through the new one.
void Receiver::ApplyChange() {
  const MutexLock lock(mutex_);
  if (!changed_over_) return;
  changed_over_ = false;
  nudge_ = std::stop_source();
  if (!next_channel_) return;
  channel_ = std::move(next_channel_);
  backoff_.Reset();
  retry_at_ = asked_until_ = MonotonicTime::InfinitePast();
}

void Receiver::StartDrain() {
  {
    const MutexLock lock(mutex_);
    draining_ = true;
    nudge_.request_stop();
  }
  changed_.notify_all();
}

void Receiver::Retire() {
  {
    const MutexLock lock(mutex_);
    options_.give_up_after = absl::ZeroDuration();
    reports_ = false;
  }
  StartDrain();
}

void Receiver::Finish(absl::Duration limit) {
  StartDrain();
  if (!thread_.joinable()) return;
  if (limit > absl::ZeroDuration()) clock_.Sleep(limit, done_.get_token());
  thread_.request_stop();
  thread_.join();
  MarkQueueLost("the notifier ended before it was accepted");
}

void Receiver::Run(std::stop_token stop) {
  while (std::optional<Waiting> waiting = Next(stop)) Deliver(std::move(*waiting), stop);
  metrics_.Set(kReceiverFailing, {{"receiver", name_}}, 0);  // no more attempts
  done_.request_stop();
}

// The message to post.
Message Receiver::DigestOf(const Waiting& waiting) const {
  std::vector<Alert> alerts = waiting.message.alerts;
  for (const Waiting& part : waiting.parts) {
    alerts.insert(alerts.end(), part.message.alerts.begin(), part.message.alerts.end());
  }
  MutexLock lock(mutex_);
  const auto digest = options_.digest;
  lock.unlock();
  return digest(std::move(alerts));
}

// A digest may be refused because of one of its messages: each is tried by itself. Returns false, and does
// nothing, if another notifier posts them.
bool Receiver::Unfold(Waiting& waiting) {
  const MutexLock lock(mutex_);
  if (handed_over_) return false;
  spdlog::warn("A digest was refused; its messages are posted one by one. receiver={} messages={}",
               LogValue(name_), waiting.parts.size() + 1);
  queue_.ReturnUnfolded(std::move(waiting));
  UpdateQueueLength();
  return true;
}

void Receiver::Deliver(Waiting waiting, std::stop_token stop) {
  const std::optional<Message> digest =
      waiting.parts.empty() ? std::nullopt : std::optional(DigestOf(waiting));
  if (!digest) AwaitLastWords(waiting.message, clock_, stop);  // a digest shows none
  const Message& message = digest ? *digest : waiting.message;
  while (WaitForTurn(waiting, stop)) {
    last_try_ = clock_.Steady();
    pacer_.Count(last_try_);
    const Verdict verdict = Send(message, stop);
    if ((stop.stop_requested() || IsHandedOver()) && verdict.MayGoAgain()) break;
    if (digest && verdict.outcome == Outcome::kFinal && !verdict.taken) {
      if (Unfold(waiting)) return;
      break;
    }
    if (HandleVerdict(waiting, message, verdict, stop)) return;
  }
  if (IsHandedOver()) return MarkLost(waiting, kHandedOver);
  // The process ends: back to the queue, for MarkQueueLost.
  const MutexLock lock(mutex_);
  queue_.Return(std::move(waiting));
}

bool Receiver::WaitForTurn(const Waiting& waiting, std::stop_token stop) {
  while (!stop.stop_requested()) {
    ApplyChange();
    if (IsHandedOver()) return false;  // read after ApplyChange, which resets nudge_
    bool draining = false;
    std::stop_token nudged;
    {
      const MutexLock lock(mutex_);
      draining = draining_;
      nudged = nudge_.get_token();
    }
    // The failure of an earlier message says nothing about this one.
    const bool retried = waiting.attempts != 0;
    const MonotonicTime trouble =
        retried ? CheckTrouble(clock_.Steady(), waiting.Alerts(), stop) : MonotonicTime::InfiniteFuture();
    const MonotonicTime now = clock_.Steady();
    const MonotonicTime turn = std::max(NextTurn(now, draining), NextEdit(waiting.message));
    if (turn <= now) return true;
    clock_.Sleep(std::min(turn, trouble) - now, draining ? stop : nudged);
  }
  return false;
}

MonotonicTime Receiver::NextTurn(MonotonicTime now, bool draining) const {
  // Before the end of the process only a Retry-After of the receiver is worth a long wait.
  if (draining) return std::max(asked_until_, std::min(retry_at_, last_try_ + kDrainWait));
  return std::max({asked_until_, retry_at_, pacer_.NextTurn(now)});
}

// Reports that the receiver fails, if it is time, while a message with `alerts` is tried. Returns when to
// check again.
MonotonicTime Receiver::CheckTrouble(MonotonicTime now, std::size_t alerts, std::stop_token stop) {
  std::optional<ReceiverNews> news;
  MonotonicTime next;
  {
    const MutexLock lock(mutex_);
    if (!reports_) return MonotonicTime::InfiniteFuture();
    news = trouble_.Check(now, options_.failing_after, alerts + queue_.Alerts());
    next = trouble_.Deadline(options_.failing_after);
  }
  if (news) {
    spdlog::error("A receiver accepts no messages. receiver={} reason={} advice={}", LogValue(name_),
                  LogValue(news->error), LogValue(news->advice));
    Report(*std::move(news), std::move(stop));
  }
  return next;
}

void Receiver::Report(ReceiverNews news, std::stop_token stop) {
  MutexLock lock(mutex_);
  if (!reports_) return;
  metrics_.Set(kReceiverFailing, {{"receiver", name_}}, news.failing ? 1 : 0);
  const auto on_news = options_.on_news;
  lock.unlock();
  if (on_news) on_news(std::move(news), std::move(stop));
}

void Receiver::CountFailure(const Verdict& verdict) {
  const MutexLock lock(mutex_);
  if (reports_) trouble_.Failed(verdict, clock_.Both());
}

bool Receiver::HandleVerdict(Waiting& waiting, const Message& message, const Verdict& verdict,
                             std::stop_token stop) {
  ++waiting.attempts;
  const MonotonicTime tried = clock_.Steady();
  const std::string words = verdict.Words();
  const std::string failure = verdict.outcome == Outcome::kAccepted ? "" : words;
  log_.CountAttempt(waiting.number, failure);
  for (const Waiting& part : waiting.parts) log_.CountAttempt(part.number, failure);
  if (verdict.outcome != Outcome::kAccepted) CountFailure(verdict);
  const bool hopeless = waiting.test && verdict.outcome == Outcome::kUntilMended;
  if (verdict.MayGoAgain() && !hopeless) {
    PlanRetry(verdict);
    const MonotonicTime newest = waiting.parts.empty() ? waiting.enqueued : waiting.parts.back().enqueued;
    if (std::max(retry_at_, asked_until_) - newest < GiveUpAfter()) return false;
    RecordFailed(waiting, kOutcomeGivenUp,
                 absl::StrCat("given up after ", waiting.attempts,
                              waiting.attempts == 1 ? " attempt: " : " attempts: ", words));
  } else if (verdict.outcome == Outcome::kAccepted) {
    failures_in_row_ = 0;
    backoff_.Reset();
    RecordAccepted(waiting, message, words, std::move(stop));
    return true;
  } else {
    failures_in_row_ = 0;
    backoff_.Reset();
    RecordFailed(waiting, kOutcomeRefused, words);
  }
  CheckTrouble(tried, 0, std::move(stop));
  return true;
}

void Receiver::PlanRetry(const Verdict& verdict) {
  const MonotonicTime now = clock_.Steady();
  retry_at_ = now + backoff_.Next();
  if (verdict.retry_after) asked_until_ = now + *verdict.retry_after;
  metrics_.Add(kDeliveryRetries, {{"receiver", name_}});
  const bool news = failures_in_row_++ == 0 || now - warned_at_ >= kWarnAgainAfter;
  if (news) warned_at_ = now;
  spdlog::log(
      news ? spdlog::level::warn : spdlog::level::debug,
      "Posting a message failed; will retry. receiver={} reason={} failures={} wait={}", LogValue(name_),
      LogValue(verdict.Words()), failures_in_row_,
      absl::FormatDuration(absl::Trunc(std::max(retry_at_, asked_until_) - now, absl::Milliseconds(1))));
}

void Receiver::RecordAccepted(const Waiting& waiting, const Message& message, const std::string& odd,
                              std::stop_token stop) {
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
  std::optional<ReceiverNews> news;
  {
    const MutexLock lock(mutex_);
    const bool was_failing = reports_ && trouble_.reported();
    if (reports_) news = trouble_.Accepted(now);
    if (was_failing) spdlog::info("A receiver accepts messages again. receiver={}", LogValue(name_));
  }
  if (news) Report(*std::move(news), std::move(stop));
  EndTest(waiting.number);
  // Last: a caller that waits for it then finds the metrics counted.
  log_.Finish(waiting.number, DeliveryProgress::kAccepted, odd, now);
  for (const Waiting& part : waiting.parts) log_.Finish(part.number, DeliveryProgress::kAccepted, odd, now);
}

void Receiver::RecordFailed(const Waiting& waiting, const std::string& outcome, const std::string& why) {
  metrics_.Add(kDeliveries, {{"receiver", name_}, {"outcome", outcome}});
  spdlog::error("Dropped a message. receiver={} title={} outcome={} reason={}", LogValue(name_),
                LogValue(waiting.message.title), outcome, LogValue(why));
  {
    const MutexLock lock(mutex_);
    trouble_.Lost(waiting.message.alerts.size());
  }
  EndTest(waiting.number);
  log_.Finish(waiting.number, DeliveryProgress::kFailed, why, clock_.Now());
  for (const Waiting& part : waiting.parts) RecordFailed(part, outcome, why);
}

void Receiver::HandOver() {
  {
    const MutexLock lock(mutex_);
    reports_ = false;
    trouble_.Forget();
    metrics_.Set(kReceiverFailing, {{"receiver", name_}}, 0);
  }
  MarkQueueLost(kHandedOver);
}

void Receiver::TakeOver() {
  const MutexLock lock(mutex_);
  reports_ = true;
}

bool Receiver::IsHandedOver() const {
  const MutexLock lock(mutex_);
  return handed_over_;
}

void Receiver::MarkQueueLost(const std::string& why) {
  std::deque<Waiting> rest;
  {
    const MutexLock lock(mutex_);
    rest = queue_.TakeAll();
    repeated_.clear();
    UpdateQueueLength();
    // The thread marks the message that it delivers.
    handed_over_ = changed_over_ = true;
    nudge_.request_stop();
  }
  for (const Waiting& waiting : rest) MarkLost(waiting, why);
}

void Receiver::MarkLost(const Waiting& waiting, const std::string& why) {
  const auto mark = [](const Waiting& part) {
    for (const std::shared_ptr<Receipt>& receipt : part.message.receipts) receipt->MarkLost();
  };
  mark(waiting);
  for (const Waiting& part : waiting.parts) mark(part);
  RecordFailed(waiting, kOutcomeLost, why);
}

absl::Duration Receiver::GiveUpAfter() const {
  const MutexLock lock(mutex_);
  return options_.give_up_after;
}

void Receiver::UpdateQueueLength() {
  metrics_.Set(kDeliveryQueueLength, {{"receiver", name_}}, static_cast<double>(queue_.Size()));
}

}  // namespace swarmbell
