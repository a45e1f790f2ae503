#include "notifier/feed/acknowledger.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "common/grpc/auth.h"
#include "common/process/logging.h"

namespace swarmbell {
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
