#include "collector/stream/subscription.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "common/grpc/status.h"

namespace swarmbell {
namespace {

// Messages up to this size leave together with the next, if there is one: a system call for each would take
// most of the time of catching up.
constexpr std::size_t kSmallMessage = std::size_t{16} << 10;

const char* ReasonLabel(LogGap gap) { return gap == LogGap::kCompacted ? "compacted" : "log_reset"; }

}  // namespace

Subscription::Subscription(FeedReader reader, std::string label, const SubscriptionHooks& hooks)
    : hooks_(hooks),
      label_(std::move(label)),
      written_(reader.Position().sequence()),
      reader_(std::move(reader)) {}

void Subscription::Open(v1::Opened opened) {
  self_ = shared_from_this();
  spdlog::info("A subscriber follows the changes. {} after_sequence={}", label_,
               reader_.Position().sequence());
  v1::SubscribeResponse response;
  *response.mutable_opened() = std::move(opened);
  *response.mutable_cursor() = reader_.Position();
  Write(EncodeMessage(response));
}

void Subscription::Post(bool Due::*what) {
  {
    const std::lock_guard lock(mutex_);
    due_.*what = true;
    if (state_ != State::kIdle) return;
    state_ = State::kRunning;
  }
  Run();
}

void Subscription::Run() {
  do {
    const Due due = TakeDue();
    if (due.cancelled) return End(absl::CancelledError("the subscriber cancelled the call"));
    // Subscribers that are up to date get the remaining changes; the others ask for the rest after a
    // reconnect.
    leaving_ = leaving_ || due.shutdown;
    Message message = due.shutdown && !at_end_ ? nullptr : Prepare(due);
    if (message != nullptr) return Write(std::move(message));
    if (leaving_) {
      return End(absl::UnavailableError("the collector shuts down; subscribe again in a while"));
    }
  } while (!Rest());
}

Subscription::Due Subscription::TakeDue() {
  const std::lock_guard lock(mutex_);
  return std::exchange(due_, Due{});
}

// Gives the turn back, unless something has come up since it was taken.
bool Subscription::Rest() {
  const std::lock_guard lock(mutex_);
  if (due_.changes || due_.progress || due_.cancelled || due_.shutdown) return false;
  state_ = State::kIdle;
  return true;
}

// At the end of the log there is nothing to look for before something is due.
Subscription::Message Subscription::Read() {
  if (at_end_) return nullptr;
  Message message = reader_.Next();
  at_end_ = message == nullptr;
  return message;
}

// The next message, if there is one.
Subscription::Message Subscription::Prepare(const Due& due) {
  if (due.changes || due.progress || due.shutdown) at_end_ = false;
  if (following_ == nullptr) following_ = Read();
  if (following_ != nullptr) {
    if (following_->gap != LogGap::kNone) TellOfGap(following_->gap);
    return std::exchange(following_, nullptr);
  }
  if (!due.progress) return nullptr;
  v1::SubscribeResponse response;
  *response.mutable_progress() = hooks_.progress();
  *response.mutable_cursor() = reader_.Position();
  return EncodeMessage(response);
}

void Subscription::TellOfGap(LogGap gap) const {
  hooks_.metrics.Add("swarmbell_gaps_total", {{"reason", ReasonLabel(gap)}});
  spdlog::warn("A subscriber asked for changes that the log no longer has. {} reason={}", label_,
               ReasonLabel(gap));
}

void Subscription::Become(State state) {
  const std::lock_guard lock(mutex_);
  state_ = state;
}

// A buffered message waits for another write, so only a message that has a follower is buffered. The first,
// `opened`, is not: gRPC sends a call's metadata with it, and forgets that if it is buffered.
void Subscription::Write(Message message) {
  grpc::WriteOptions options;
  if (message->events != 0 && message->size <= kSmallMessage) {
    following_ = Read();
    if (following_ != nullptr) options.set_buffer_hint();
  }
  writing_ = std::move(message);
  Become(State::kWriting);
  StartWrite(&writing_->bytes, options);
}

void Subscription::OnWriteDone(bool ok) {
  static const std::string kSent = "swarmbell_events_sent_total";
  Become(State::kRunning);
  const Message written = std::move(writing_);
  if (!ok) return End(absl::CancelledError("the subscriber is gone"));
  written_ = written->end;
  events_sent_ += written->events;
  if (written->events != 0) hooks_.metrics.Add(kSent, {}, static_cast<double>(written->events));
  Run();
  hooks_.wrote();
}

void Subscription::End(const absl::Status& status) {
  end_reason_ = std::string(status.message());
  Become(State::kFinished);
  Finish(ToGrpcStatus(status));
}

void Subscription::OnDone() {
  Become(State::kFinished);
  spdlog::info("A subscriber left. {} events_sent={} reason=\"{}\"", label_, events_sent_, end_reason_);
  hooks_.done(this);
  const std::shared_ptr<Subscription> last = std::move(self_);
}

}  // namespace swarmbell
