#include "notifier/feed/acknowledger.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "common/grpc/auth_token.h"

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
  std::unique_ptr<Call> call;
  {
    const std::lock_guard lock(mutex_);
    again_ = call_ != nullptr;
    if (again_) return;
    call = Prepare();
  }
  if (call) Start(std::move(call));
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

void Acknowledger::Start(std::unique_ptr<Call> call) {
  Call* under_way = call.get();
  {
    const std::lock_guard lock(mutex_);
    if (call_ || ending_) return;  // somebody else was quicker; the news go with the next call
    call_ = std::move(call);
  }
  stub_.async()->Acknowledge(&under_way->context, &under_way->request, &under_way->response,
                             [this](grpc::Status status) { Done(status); });
}

void Acknowledger::Done(const grpc::Status& status) {
  bool poke = false;
  {
    const std::lock_guard lock(mutex_);
    if (!status.ok()) {
      spdlog::debug("A collector was not told how far its changes are handled. reason=\"{}\"",
                    status.error_message());
    } else if (call_->opening == opening_) {
      told_version_ = call_->version;
      if (call_->request.has_cursor()) {
        told_position_ = FeedPosition{call_->request.cursor().log_id(), call_->request.cursor().sequence()};
      }
    }
    poke = status.ok() && again_ && !ending_;
    again_ = false;
    if (!poke) {
      call_.reset();
      idle_.notify_all();
      return;
    }
    call_ = Prepare();
    if (!call_) {
      idle_.notify_all();
      return;
    }
  }
  Call* under_way = call_.get();
  stub_.async()->Acknowledge(&under_way->context, &under_way->request, &under_way->response,
                             [this](grpc::Status again) { Done(again); });
}

void Acknowledger::Flush(absl::Duration limit) {
  Poke();
  std::unique_lock lock(mutex_);
  idle_.wait_for(lock, absl::ToChronoMilliseconds(limit), [this] { return call_ == nullptr; });
}

}  // namespace swarmbell
