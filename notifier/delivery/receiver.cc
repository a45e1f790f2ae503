#include "notifier/delivery/receiver.h"

#include <algorithm>
#include <iterator>
#include <spdlog/spdlog.h>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/process/log_value.h"
#include "notifier/delivery/delivery_log.h"

namespace swarmbell {

Pacer::Pacer(PacerOptions options) : options_(options) {}

MonotonicTime Pacer::NextTurn(MonotonicTime now) const { return std::max(now, full_at_ - BurstSpan()); }

void Pacer::Take(MonotonicTime now) { full_at_ = std::max(now, full_at_) + options_.interval; }

absl::Duration Pacer::BurstSpan() const { return (std::max(options_.burst, 1) - 1) * options_.interval; }

namespace {

// How often a receiver that goes on failing is told of.
constexpr absl::Duration kWarnAgainAfter = absl::Minutes(10);

// The longest wait between attempts while the process ends.
constexpr absl::Duration kDrainWait = absl::Milliseconds(500);

constexpr char kHandedOver[] = "another notifier is on duty now";

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
    std::lock_guard lock(mutex_);
    dropped = MakeRoom();
    queue_.push_back({std::move(message), number, clock_.Steady()});
    SetQueueLength(queue_.size());
  }
  changed_.notify_all();
  if (dropped) Fail(*dropped, kOutcomeDropped, "the queue is full: the oldest message makes room");
  return number;
}

std::optional<Waiting> Receiver::MakeRoom() {
  if (queue_.size() >= options_.queue_size) Fold();
  if (queue_.size() < options_.queue_size) return std::nullopt;
  auto least =
      std::find_if(queue_.begin(), queue_.end(), [](const Waiting& waiting) { return waiting.test; });
  if (least == queue_.end()) least = queue_.begin();
  Waiting dropped = std::move(*least);
  queue_.erase(least);
  return dropped;
}

std::optional<std::uint64_t> Receiver::EnqueueTest(Message message) {
  std::optional<std::uint64_t> number;
  {
    std::lock_guard lock(mutex_);
    if (test_ || queue_.size() >= options_.queue_size) return std::nullopt;
    number = test_ = Log(message);
    queue_.push_back({std::move(message), *number, clock_.Steady(), /*test=*/true});
    SetQueueLength(queue_.size());
  }
  changed_.notify_all();
  return number;
}

void Receiver::EndTest(std::uint64_t number) {
  std::lock_guard lock(mutex_);
  if (test_ == number) test_.reset();
}

bool Receiver::IsFailing() const {
  std::lock_guard lock(mutex_);
  return trouble_.told();
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
  retry_at_ = asked_until_ = MonotonicTime::InfinitePast();
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
    tells_ = false;
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
  metrics_.Set(kReceiverFailing, {{"receiver", name_}}, 0);  // nobody tries any more
  done_.request_stop();
}

std::optional<Waiting> Receiver::Next(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, stop, [this] { return draining_ || !queue_.empty(); });
  if (stop.stop_requested() || queue_.empty()) return std::nullopt;
  if (options_.digest_over != 0 && queue_.size() > options_.digest_over) Fold();
  Waiting waiting = std::move(queue_.front());
  queue_.pop_front();
  handed_over_ = false;
  SetQueueLength(queue_.size());
  return waiting;
}

void Receiver::Fold() {
  if (options_.digest_over == 0) return;
  queue_ = Folded(std::exchange(queue_, {}), options_.digest_lines);
  SetQueueLength(queue_.size());
}

// The body to post.
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

// A digest is refused for one of its parts, perhaps: each is tried by itself. Returns false, and leaves it as
// it is, when it is another notifier's.
bool Receiver::Unfold(Waiting& waiting) {
  std::lock_guard lock(mutex_);
  if (handed_over_) return false;
  spdlog::warn("A digest was refused; what it tells is posted one by one. receiver={} messages={}",
               LogValue(name_), waiting.parts.size() + 1);
  std::vector<Waiting> parts = Unfolded(std::move(waiting));
  queue_.insert(queue_.begin(), std::make_move_iterator(parts.begin()), std::make_move_iterator(parts.end()));
  SetQueueLength(queue_.size());
  return true;
}

void Receiver::Deliver(Waiting waiting, std::stop_token stop) {
  const std::optional<Message> digest = waiting.parts.empty() ? std::nullopt : std::optional(FormOf(waiting));
  const Message& message = digest ? *digest : waiting.message;
  while (WaitForTurn(waiting, stop)) {
    last_try_ = clock_.Steady();
    pacer_.Take(last_try_);
    const Verdict verdict = channel_->Post(message.body, stop);
    if ((stop.stop_requested() || IsHandedOver()) && verdict.MayGoAgain()) break;
    if (digest && verdict.outcome == Outcome::kFinal && !verdict.taken) {
      if (Unfold(waiting)) return;
      break;
    }
    if (Settle(waiting, message, verdict, stop)) return;
  }
  if (IsHandedOver()) return Lose(waiting, kHandedOver);
  // The end of the process came first: back into the queue, for LoseTheRest.
  std::lock_guard lock(mutex_);
  queue_.push_front(std::move(waiting));
}

bool Receiver::WaitForTurn(const Waiting& waiting, std::stop_token stop) {
  while (!stop.stop_requested()) {
    TakeChange();
    if (IsHandedOver()) return false;  // looked at after TakeChange, which ends the nudge
    const auto [draining, nudged] = Waking();
    // That an earlier message failed says nothing of now.
    const bool retried = waiting.attempts != 0;
    const MonotonicTime trouble =
        retried ? CheckTrouble(clock_.Steady(), waiting.Alerts(), stop) : MonotonicTime::InfiniteFuture();
    const MonotonicTime now = clock_.Steady();
    const MonotonicTime turn = NextTurn(now, draining);
    if (turn <= now) return true;
    clock_.Sleep(std::min(turn, trouble) - now, draining ? stop : nudged);
  }
  return false;
}

MonotonicTime Receiver::NextTurn(MonotonicTime now, bool draining) const {
  // Before the end of the process only what the receiver itself asked for is worth a long wait.
  if (draining) return std::max(asked_until_, std::min(retry_at_, last_try_ + kDrainWait));
  return std::max({asked_until_, retry_at_, pacer_.NextTurn(now)});
}

// Tells that the receiver fails when it is time, while a message with `alerts` is tried. Returns when to look
// again.
MonotonicTime Receiver::CheckTrouble(MonotonicTime now, std::size_t alerts, std::stop_token stop) {
  std::optional<ReceiverNews> news;
  MonotonicTime next;
  {
    std::lock_guard lock(mutex_);
    if (!tells_) return MonotonicTime::InfiniteFuture();
    for (const Waiting& waiting : queue_) alerts += waiting.Alerts();
    news = trouble_.Check(now, options_.failing_after, alerts);
    next = trouble_.Deadline(options_.failing_after);
  }
  if (news) {
    spdlog::error("A receiver accepts no messages. receiver={} reason={} advice={}", LogValue(name_),
                  LogValue(news->error), LogValue(news->advice));
    Tell(*std::move(news), std::move(stop));
  }
  return next;
}

void Receiver::Tell(ReceiverNews news, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  if (!tells_) return;
  metrics_.Set(kReceiverFailing, {{"receiver", name_}}, news.failing ? 1 : 0);
  const auto on_news = options_.on_news;
  lock.unlock();
  if (on_news) on_news(std::move(news), std::move(stop));
}

void Receiver::CountFailure(const Verdict& verdict) {
  std::lock_guard lock(mutex_);
  if (tells_) trouble_.Failed(verdict, clock_.Both());
}

bool Receiver::Settle(Waiting& waiting, const Message& message, const Verdict& verdict,
                      std::stop_token stop) {
  ++waiting.attempts;
  const MonotonicTime tried = clock_.Steady();
  const std::string words = verdict.Words();
  const std::string failure = verdict.outcome == Outcome::kAccepted ? "" : words;
  log_.Tried(waiting.number, failure);
  for (const Waiting& part : waiting.parts) log_.Tried(part.number, failure);
  if (verdict.outcome != Outcome::kAccepted) CountFailure(verdict);
  const bool hopeless = waiting.test && verdict.outcome == Outcome::kUntilMended;
  if (verdict.MayGoAgain() && !hopeless) {
    PlanRetry(verdict);
    const MonotonicTime newest = waiting.parts.empty() ? waiting.enqueued : waiting.parts.back().enqueued;
    if (std::max(retry_at_, asked_until_) - newest < GiveUpAfter()) return false;
    Fail(waiting, kOutcomeGivenUp,
         absl::StrCat("given up after ", waiting.attempts,
                      waiting.attempts == 1 ? " attempt: " : " attempts: ", words));
  } else if (verdict.outcome == Outcome::kAccepted) {
    failures_in_row_ = 0;
    backoff_.Reset();
    Accept(waiting, message, words, std::move(stop));
    return true;
  } else {
    failures_in_row_ = 0;
    backoff_.Reset();
    Fail(waiting, kOutcomeRefused, words);
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
      "A message could not be posted yet and is tried again. receiver={} reason={} failures={} wait={}",
      LogValue(name_), LogValue(verdict.Words()), failures_in_row_,
      absl::FormatDuration(absl::Trunc(std::max(retry_at_, asked_until_) - now, absl::Milliseconds(1))));
}

void Receiver::Accept(const Waiting& waiting, const Message& message, const std::string& odd,
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
    std::lock_guard lock(mutex_);
    const bool was_failing = tells_ && trouble_.told();
    if (tells_) news = trouble_.Accepted(now);
    if (was_failing) spdlog::info("A receiver accepts messages again. receiver={}", LogValue(name_));
  }
  if (news) Tell(*std::move(news), std::move(stop));
  EndTest(waiting.number);
  // Last: whoever waits for it finds the metrics counted.
  log_.Finish(waiting.number, DeliveryProgress::kAccepted, odd, now);
  for (const Waiting& part : waiting.parts) log_.Finish(part.number, DeliveryProgress::kAccepted, odd, now);
}

void Receiver::Fail(const Waiting& waiting, const std::string& outcome, const std::string& why) {
  metrics_.Add(kDeliveries, {{"receiver", name_}, {"outcome", outcome}});
  spdlog::error("A message was not posted. receiver={} title={} outcome={} reason={}", LogValue(name_),
                LogValue(waiting.message.title), outcome, LogValue(why));
  {
    std::lock_guard lock(mutex_);
    trouble_.Lost(waiting.message.alerts.size());
  }
  EndTest(waiting.number);
  log_.Finish(waiting.number, DeliveryProgress::kFailed, why, clock_.Now());
  for (const Waiting& part : waiting.parts) Fail(part, outcome, why);
}

void Receiver::HandOver() {
  {
    std::lock_guard lock(mutex_);
    tells_ = false;
    trouble_.Forget();
    metrics_.Set(kReceiverFailing, {{"receiver", name_}}, 0);
  }
  LoseTheRest(kHandedOver);
}

void Receiver::TakeOver() {
  std::lock_guard lock(mutex_);
  tells_ = true;
}

bool Receiver::IsHandedOver() const {
  std::lock_guard lock(mutex_);
  return handed_over_;
}

void Receiver::LoseTheRest(const std::string& why) {
  std::deque<Waiting> rest;
  {
    std::lock_guard lock(mutex_);
    rest.swap(queue_);
    SetQueueLength(0);
    // The thread loses what it has in hand.
    handed_over_ = changed_over_ = true;
    nudge_.request_stop();
  }
  for (const Waiting& waiting : rest) Lose(waiting, why);
}

void Receiver::Lose(const Waiting& waiting, const std::string& why) {
  const auto lose = [](const Waiting& part) {
    for (const std::shared_ptr<Receipt>& receipt : part.message.receipts) receipt->MarkLost();
  };
  lose(waiting);
  for (const Waiting& part : waiting.parts) lose(part);
  Fail(waiting, kOutcomeLost, why);
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
