#include "notifier/feed/collector_calls.h"

#include <algorithm>
#include <spdlog/spdlog.h>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/grpc/auth_token.h"
#include "common/grpc/status.h"
#include "common/process/log_value.h"

namespace swarmbell {
namespace {

// Progress more often than this would be a fault of the collector.
constexpr absl::Duration kShortestInterval = absl::Milliseconds(100);

// A connection that takes longer no longer keeps others from connecting.
constexpr absl::Duration kLongestTurn = absl::Milliseconds(5);

absl::Duration SilenceLimit(const v1::Opened& opened, int missed_intervals) {
  const absl::Duration interval = absl::Seconds(opened.progress_interval().seconds()) +
                                  absl::Nanoseconds(opened.progress_interval().nanos());
  // A collector that names no interval is left to the transport's own keep-alive.
  if (interval < kShortestInterval) return absl::InfiniteDuration();
  return missed_intervals * interval;
}

}  // namespace

FeedStream::FeedStream(v1::ChangeFeedService::Stub& stub, SubscriptionOptions options, FeedThreads& threads,
                       Handle handle, Ended ended)
    : stub_(stub),
      options_(std::move(options)),
      threads_(threads),
      handle_(std::move(handle)),
      ended_(std::move(ended)) {}

void FeedStream::Start(const v1::SubscribeRequest& request) {
  const std::lock_guard lock(mutex_);
  call_ = std::make_unique<Subscription>();
  AddAuthToken(call_->context, options_.auth_token);
  call_->reader = stub_.PrepareAsyncSubscribe(&call_->context, request, &threads_.Queue());
  if (!cancelled_) return threads_.AskTurn(FeedThreads::Line::kConnect, *this);
  call_->context.TryCancel();
  Begin();
}

void FeedStream::Begin() {
  call_->step = Step::kStart;
  Expect(kLongestTurn);
  Expect(options_.open_timeout);
  call_->reader->StartCall(Tag());
}

void FeedStream::Cancel() {
  const std::lock_guard lock(mutex_);
  cancelled_ = true;
  if (!call_) return;
  call_->context.TryCancel();
  if (call_->step == Step::kAwaitTurn) Begin();
}

void FeedStream::OnComplete(bool ok) {
  std::unique_lock lock(mutex_);
  Subscription& call = *call_;
  if (call.step == Step::kStart) threads_.EndTurn(FeedThreads::Line::kConnect, *this);
  if (call.step == Step::kFinish) {
    absl::Status why = WhyEnded();
    call_.reset();
    scheduled_ = MonotonicTime::InfiniteFuture();
    threads_.Cancel(*this);
    lock.unlock();
    return ended_(std::move(why));
  }
  if (!ok) {
    deadline_ = MonotonicTime::InfiniteFuture();
    call.step = Step::kFinish;
    return call.reader->Finish(&call.status, Tag());
  }
  if (call.step == Step::kRead) {
    deadline_ = MonotonicTime::InfiniteFuture();
    lock.unlock();
    Take(*call.response);
    lock.lock();
    Expect(limit_);
  }
  call.step = Step::kRead;
  call.response = std::make_unique<v1::SubscribeResponse>();
  call.reader->Read(call.response.get(), Tag());
}

void FeedStream::Take(v1::SubscribeResponse& response) {
  if (response.has_opened()) {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(call_->opened, true)) {
      limit_ = SilenceLimit(response.opened(), options_.missed_intervals);
      scheduled_ = MonotonicTime::InfiniteFuture();  // the next deadline replaces the one for the opening
    }
  }
  handle_(response);
}

// A deadline that moves on with each response is not scheduled anew each time, but when the first has come.
void FeedStream::Expect(absl::Duration limit) {
  limit_ = limit;
  deadline_ = threads_.clock().Steady() + limit;
  if (deadline_ >= scheduled_ && deadline_ != MonotonicTime::InfiniteFuture()) return;
  scheduled_ = deadline_;
  threads_.Schedule(*this, scheduled_);
}

void FeedStream::OnTime() {
  const std::lock_guard lock(mutex_);
  scheduled_ = MonotonicTime::InfiniteFuture();
  if (!call_) return;
  if (call_->step == Step::kAwaitTurn) return Begin();
  if (call_->step == Step::kStart) threads_.EndTurn(FeedThreads::Line::kConnect, *this);
  // Responses that wait to be handled are no silence.
  const bool expects = deadline_ != MonotonicTime::InfiniteFuture();
  if (expects) deadline_ = std::max(deadline_, threads_.StoodStillUntil() + limit_);
  if (threads_.clock().Steady() >= deadline_) {
    call_->silent = true;
    call_->context.TryCancel();
  } else if (expects) {
    scheduled_ = deadline_;
    threads_.Schedule(*this, scheduled_);
  }
}

absl::Status FeedStream::WhyEnded() const {
  if (cancelled_) return absl::CancelledError("stopped");
  if (call_->silent) {
    return absl::UnavailableError(absl::StrCat(
        call_->opened ? "nothing was heard for " : "not accepted within ", absl::FormatDuration(limit_)));
  }
  if (call_->status.ok()) return absl::UnavailableError("the collector ended the stream");
  return ToAbslStatus(call_->status);
}

namespace {

constexpr FeedThreads::Line kLine = FeedThreads::Line::kAcknowledge;

// A collector that takes longer no longer keeps others from being told.
constexpr absl::Duration kLongestTurn = absl::Milliseconds(100);

}  // namespace

Acknowledger::Acknowledger(v1::ChangeFeedService::Stub& stub, AcknowledgerOptions options,
                           FeedThreads& threads, const PositionTracker& positions, const Handled& handled)
    : stub_(stub),
      options_(std::move(options)),
      threads_(threads),
      positions_(positions),
      handled_(handled) {}

Acknowledger::~Acknowledger() {
  std::unique_lock lock(mutex_);
  ending_ = true;
  if (call_) call_->context.TryCancel();
  idle_.wait(lock, [this] { return call_ == nullptr; });
  lock.unlock();
  threads_.EndTurn(kLine, *this);
  threads_.Drain(*this);
}

void Acknowledger::Open(const std::string& log_id) {
  {
    const std::lock_guard lock(mutex_);
    log_id_ = log_id;
    ++opening_;
    told_version_ = 0;
    told_position_.reset();
  }
  Poke();
}

void Acknowledger::Close() {
  const std::lock_guard lock(mutex_);
  log_id_.clear();
}

void Acknowledger::Poke() {
  const std::lock_guard lock(mutex_);
  again_ = call_ != nullptr;
  if (!again_ && !waits_ && HasNews()) AskTurn();
}

bool Acknowledger::HasNews() const {
  if (ending_ || log_id_.empty() || options_.subscription.empty()) return false;
  return handled_.Version() != told_version_ || positions_.Settled() != told_position_;
}

void Acknowledger::AskTurn() {
  waits_ = true;
  threads_.AskTurn(kLine, *this);
}

void Acknowledger::OnTime() {
  const std::lock_guard lock(mutex_);
  if (std::exchange(waits_, false)) {
    call_ = Prepare();
    if (call_) {
      threads_.Schedule(*this, threads_.clock().Steady() + kLongestTurn);
      call_->reader = stub_.AsyncAcknowledge(&call_->context, call_->request, &threads_.Queue());
      call_->reader->Finish(&call_->response, &call_->status, static_cast<FeedThreads::Call*>(this));
      return;
    }
    idle_.notify_all();
  }
  threads_.EndTurn(kLine, *this);
}

std::unique_ptr<Acknowledger::Acknowledgement> Acknowledger::Prepare() {
  if (!HasNews()) return nullptr;
  // First the position, then the marks: what the position has passed is among them.
  const std::optional<FeedPosition> settled = positions_.Settled();
  Handled::News news = handled_.Since(told_version_);
  const bool moved = settled && settled->log_id == log_id_ && settled != told_position_;
  if (!moved && news.marks.empty() && !news.has_state) return nullptr;

  auto call = std::make_unique<Acknowledgement>();
  call->version = news.version;
  call->opening = opening_;
  call->request.set_subscription(options_.subscription);
  if (moved) {
    call->request.mutable_cursor()->set_log_id(settled->log_id);
    call->request.mutable_cursor()->set_sequence(settled->sequence);
  }
  call->request.mutable_marks()->Assign(news.marks.begin(), news.marks.end());
  if (news.has_state) call->request.set_state(std::move(news.state));
  AddAuthToken(call->context, options_.auth_token);
  call->context.set_deadline(absl::ToChronoTime(absl::Now() + options_.timeout));
  return call;
}

void Acknowledger::OnComplete(bool /*ok*/) {
  const std::lock_guard lock(mutex_);
  const std::unique_ptr<Acknowledgement> done = std::move(call_);
  if (!done->status.ok()) {
    spdlog::debug("A collector was not told how far its changes are handled. reason={}",
                  LogValue(done->status.error_message()));
  } else if (done->opening == opening_) {
    told_version_ = done->version;
    if (done->request.has_cursor()) {
      told_position_ = FeedPosition{done->request.cursor().log_id(), done->request.cursor().sequence()};
    }
  }
  threads_.EndTurn(kLine, *this);
  threads_.Cancel(*this);
  if (std::exchange(again_, false) && done->status.ok() && HasNews()) AskTurn();
  if (!waits_) idle_.notify_all();
}

void Acknowledger::Flush(absl::Duration limit) {
  Poke();
  std::unique_lock lock(mutex_);
  idle_.wait_for(lock, absl::ToChronoMilliseconds(limit), [this] { return call_ == nullptr && !waits_; });
}

}  // namespace swarmbell
