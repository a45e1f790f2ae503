#include "notifier/feed/acknowledger.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "common/grpc/auth_token.h"
#include "common/process/log_value.h"

namespace swarmbell {

Acknowledger::Acknowledger(v1::ChangeFeedService::Stub& stub, AcknowledgerOptions options,
                           const PositionTracker& positions, const Handled& handled)
    : stub_(stub), options_(std::move(options)), positions_(positions), handled_(handled) {}

Acknowledger::~Acknowledger() {
  std::unique_lock lock(mutex_);
  ending_ = true;
  if (call_) call_->context.TryCancel();
  idle_.wait(lock, [this] { return call_ == nullptr; });
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
  Call* call = nullptr;
  {
    const std::lock_guard lock(mutex_);
    again_ = call_ != nullptr;
    if (again_) return;
    call_ = Prepare();
    call = call_.get();
  }
  // From here on the destructor waits for the call.
  if (call != nullptr) Start(*call);
}

std::unique_ptr<Acknowledger::Call> Acknowledger::Prepare() {
  if (ending_ || log_id_.empty() || options_.subscription.empty()) return nullptr;
  // First the position, then the marks: what the position has passed is among them.
  const std::optional<FeedPosition> settled = positions_.Settled();
  Handled::News news = handled_.Since(told_version_);
  const bool moved = settled && settled->log_id == log_id_ && settled != told_position_;
  if (!moved && news.marks.empty() && !news.has_state) return nullptr;

  auto call = std::make_unique<Call>();
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

void Acknowledger::Start(Call& call) {
  stub_.async()->Acknowledge(&call.context, &call.request, &call.response,
                             [this](const grpc::Status& status) { Done(status); });
}

void Acknowledger::Done(const grpc::Status& status) {
  Call* next = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (!status.ok()) {
      spdlog::debug("A collector was not told how far its changes are handled. reason={}",
                    LogValue(status.error_message()));
    } else if (call_->opening == opening_) {
      told_version_ = call_->version;
      if (call_->request.has_cursor()) {
        told_position_ = FeedPosition{call_->request.cursor().log_id(), call_->request.cursor().sequence()};
      }
    }
    const bool again = std::exchange(again_, false);
    call_ = status.ok() && again ? Prepare() : nullptr;
    next = call_.get();
    if (next == nullptr) idle_.notify_all();
  }
  if (next != nullptr) Start(*next);
}

void Acknowledger::Flush(absl::Duration limit) {
  Poke();
  std::unique_lock lock(mutex_);
  idle_.wait_for(lock, absl::ToChronoMilliseconds(limit), [this] { return call_ == nullptr; });
}

}  // namespace swarmbell
