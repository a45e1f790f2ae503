#include "notifier/feed/collector_calls.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/grpc/auth.h"
#include "common/grpc/status.h"
#include "common/process/logging.h"

namespace swarmbell {
namespace {

// Progress more often than this would be a fault of the collector.
constexpr absl::Duration kShortestInterval = absl::Milliseconds(100);

// A call that takes longer gives its turn to the next feed (see FeedThreads::Line).
constexpr absl::Duration kLongestConnect = absl::Milliseconds(5);
constexpr absl::Duration kLongestAcknowledge = absl::Milliseconds(100);

constexpr FeedThreads::Line kConnect = FeedThreads::Line::kConnect;
constexpr FeedThreads::Line kAcknowledge = FeedThreads::Line::kAcknowledge;

absl::Duration SilenceLimit(const v1::Opened& opened, int missed_intervals) {
  const absl::Duration interval = absl::Seconds(opened.progress_interval().seconds()) +
                                  absl::Nanoseconds(opened.progress_interval().nanos());
  // A collector that names no interval is left to the transport's own keep-alive.
  if (interval < kShortestInterval) return absl::InfiniteDuration();
  return missed_intervals * interval;
}

}  // namespace

FeedStream::FeedStream(v1::ChangeFeedService::Stub& stub, SubscriptionOptions options, FeedThreads& threads,
                       OnResponse on_response, OnEnd on_end)
    : stub_(stub),
      options_(std::move(options)),
      threads_(threads),
      on_response_(std::move(on_response)),
      on_end_(std::move(on_end)) {}

void FeedStream::Start(const v1::SubscribeRequest& request) {
  const MutexLock lock(mutex_);
  call_ = std::make_unique<Subscription>();
  AddAuthToken(call_->context, options_.auth_token);
  call_->reader = stub_.PrepareAsyncSubscribe(&call_->context, request, &threads_.Queue());
  if (!cancelled_) return threads_.RequestTurn(kConnect, *this);
  call_->context.TryCancel();
  StartCall();
}

void FeedStream::StartCall() {
  call_->step = Step::kStart;
  SetDeadline(kLongestConnect);  // schedules the end of the turn
  SetDeadline(options_.open_timeout);
  call_->reader->StartCall(Tag());
}

void FeedStream::Cancel() {
  const MutexLock lock(mutex_);
  cancelled_ = true;
  if (!call_) return;
  call_->context.TryCancel();
  if (call_->step == Step::kAwaitTurn) StartCall();
}

void FeedStream::OnComplete(bool ok) {
  MutexLock lock(mutex_);
  Subscription& call = *call_;
  if (call.step == Step::kStart) threads_.EndTurn(kConnect, *this);
  if (call.step == Step::kFinish) {
    absl::Status why = WhyEnded();
    call_.reset();
    scheduled_ = MonotonicTime::InfiniteFuture();
    threads_.Cancel(*this);
    lock.unlock();
    return on_end_(std::move(why));
  }
  if (!ok) {
    deadline_ = MonotonicTime::InfiniteFuture();
    call.step = Step::kFinish;
    return call.reader->Finish(&call.status, Tag());
  }
  if (call.step == Step::kRead) {
    deadline_ = MonotonicTime::InfiniteFuture();
    lock.unlock();
    Handle(*call.response);
    lock.lock();
    SetDeadline(limit_);
  }
  call.step = Step::kRead;
  call.response = std::make_unique<v1::SubscribeResponse>();
  call.reader->Read(call.response.get(), Tag());
}

void FeedStream::Handle(v1::SubscribeResponse& response) {
  if (response.has_opened()) {
    const MutexLock lock(mutex_);
    if (!std::exchange(call_->opened, true)) {
      limit_ = SilenceLimit(response.opened(), options_.missed_intervals);
      scheduled_ = MonotonicTime::InfiniteFuture();  // the next deadline replaces the one for the opening
    }
  }
  on_response_(response);
}

// A later deadline is not scheduled at once, but when the earlier one has come: each response moves it.
void FeedStream::SetDeadline(absl::Duration limit) {
  limit_ = limit;
  deadline_ = threads_.clock().Steady() + limit;
  if (deadline_ >= scheduled_ && deadline_ != MonotonicTime::InfiniteFuture()) return;
  scheduled_ = deadline_;
  threads_.Schedule(*this, scheduled_);
}

void FeedStream::OnTime() {
  const MutexLock lock(mutex_);
  scheduled_ = MonotonicTime::InfiniteFuture();
  if (!call_) return;
  if (call_->step == Step::kAwaitTurn) return StartCall();
  if (call_->step == Step::kStart) threads_.EndTurn(kConnect, *this);
  // A collector whose responses wait to be handled is not silent.
  const bool expects = deadline_ != MonotonicTime::InfiniteFuture();
  if (expects) deadline_ = std::max(deadline_, threads_.BlockedUntil() + limit_);
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

Acknowledger::Acknowledger(v1::ChangeFeedService::Stub& stub, AcknowledgerOptions options,
                           FeedThreads& threads, const PositionTracker& positions,
                           const HandledChanges& handled)
    : stub_(stub),
      options_(std::move(options)),
      threads_(threads),
      positions_(positions),
      handled_(handled) {}

Acknowledger::~Acknowledger() {
  MutexLock lock(mutex_);
  ending_ = true;
  if (call_) call_->context.TryCancel();
  idle_.wait(lock, [this] {
    mutex_.AssertHeld();
    return call_ == nullptr;
  });
  lock.unlock();
  threads_.EndTurn(kAcknowledge, *this);
  threads_.Drain(*this);
}

void Acknowledger::Open(const std::string& log_id) {
  {
    const MutexLock lock(mutex_);
    log_id_ = log_id;
    ++opening_;
    sent_version_ = 0;
    sent_position_.reset();
  }
  Send();
}

void Acknowledger::Close() {
  const MutexLock lock(mutex_);
  log_id_.clear();
}

void Acknowledger::Send() {
  const MutexLock lock(mutex_);
  again_ = call_ != nullptr;
  if (!again_ && !awaits_turn_ && HasAdditions()) RequestTurn();
}

bool Acknowledger::HasAdditions() const {
  if (ending_ || log_id_.empty() || options_.subscription.empty()) return false;
  return handled_.Version() != sent_version_ || positions_.Settled() != sent_position_;
}

void Acknowledger::RequestTurn() {
  awaits_turn_ = true;
  threads_.RequestTurn(kAcknowledge, *this);
}

void Acknowledger::OnTime() {
  const MutexLock lock(mutex_);
  if (std::exchange(awaits_turn_, false)) {
    call_ = Prepare();
    if (call_) {
      threads_.Schedule(*this, threads_.clock().Steady() + kLongestAcknowledge);
      call_->reader = stub_.AsyncAcknowledge(&call_->context, call_->request, &threads_.Queue());
      call_->reader->Finish(&call_->response, &call_->status, static_cast<FeedThreads::Call*>(this));
      return;
    }
    idle_.notify_all();
  }
  threads_.EndTurn(kAcknowledge, *this);
}

std::unique_ptr<Acknowledger::Acknowledgement> Acknowledger::Prepare() {
  if (!HasAdditions()) return nullptr;
  // The position is read before the marks: the marks then cover everything that the position has passed.
  const std::optional<FeedPosition> settled = positions_.Settled();
  HandledChanges::Additions added = handled_.Since(sent_version_);
  const bool moved = settled && settled->log_id == log_id_ && settled != sent_position_;
  if (!moved && added.marks.empty() && !added.has_state) return nullptr;

  auto call = std::make_unique<Acknowledgement>();
  call->version = added.version;
  call->opening = opening_;
  call->request.set_subscription(options_.subscription);
  if (moved) {
    call->request.mutable_cursor()->set_log_id(settled->log_id);
    call->request.mutable_cursor()->set_sequence(settled->sequence);
  }
  call->request.mutable_marks()->Assign(added.marks.begin(), added.marks.end());
  if (added.has_state) call->request.set_state(std::move(added.state));
  AddAuthToken(call->context, options_.auth_token);
  call->context.set_deadline(absl::ToChronoTime(absl::Now() + options_.timeout));
  return call;
}

void Acknowledger::OnComplete(bool /*ok*/) {
  const MutexLock lock(mutex_);
  const std::unique_ptr<Acknowledgement> done = std::move(call_);
  if (!done->status.ok()) {
    spdlog::debug("A collector has not accepted an acknowledgement. reason={}",
                  LogValue(done->status.error_message()));
  } else if (done->opening == opening_) {
    sent_version_ = done->version;
    if (done->request.has_cursor()) {
      sent_position_ = FeedPosition{done->request.cursor().log_id(), done->request.cursor().sequence()};
    }
  }
  threads_.EndTurn(kAcknowledge, *this);
  threads_.Cancel(*this);
  if (std::exchange(again_, false) && done->status.ok() && HasAdditions()) RequestTurn();
  if (!awaits_turn_) idle_.notify_all();
}

void Acknowledger::Flush(absl::Duration limit) {
  Send();
  MutexLock lock(mutex_);
  idle_.wait_for(lock, absl::ToChronoMilliseconds(limit), [this] {
    mutex_.AssertHeld();
    return call_ == nullptr && !awaits_turn_;
  });
}

}  // namespace swarmbell
