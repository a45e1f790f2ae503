#include "notifier/feed/feed_stream.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/grpc/status.h"

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

}  // namespace swarmbell
