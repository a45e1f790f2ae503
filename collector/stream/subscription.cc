#include "collector/stream/subscription.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "common/grpc/status.h"

namespace swarmbell {
namespace {

const char* ReasonLabel(v1::GapReason reason) {
  return reason == v1::GAP_REASON_COMPACTED ? "compacted" : "log_reset";
}

}  // namespace

Subscription::Subscription(FeedReader reader, std::string label, SubscriptionHooks hooks)
    : hooks_(std::move(hooks)),
      label_(std::move(label)),
      written_(reader.Position().sequence()),
      reader_(std::move(reader)) {}

void Subscription::Open() {
  self_ = shared_from_this();
  spdlog::info("A subscriber follows the changes. {} after_sequence={}", label_,
               reader_.Position().sequence());
  *response_.mutable_opened() = hooks_.opened();
  *response_.mutable_cursor() = reader_.Position();
  Write();
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
    if (due.shutdown)
      return End(absl::UnavailableError("the collector shuts down; subscribe again in a while"));
    if (Prepare(due)) return Write();
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

// Makes the next message, if there is one.
bool Subscription::Prepare(const Due& due) {
  if (reader_.Next(response_)) {
    if (response_.has_gap()) {
      const char* reason = ReasonLabel(response_.gap().reason());
      hooks_.metrics.Add("swarmbell_gaps_total", {{"reason", reason}});
      spdlog::warn("A subscriber asked for changes that the log no longer has. {} reason={}", label_, reason);
    }
    return true;
  }
  if (!due.progress) return false;
  *response_.mutable_progress() = hooks_.progress();
  *response_.mutable_cursor() = reader_.Position();
  return true;
}

void Subscription::Become(State state) {
  const std::lock_guard lock(mutex_);
  state_ = state;
}

void Subscription::Write() {
  Become(State::kWriting);
  StartWrite(&response_);
}

void Subscription::OnWriteDone(bool ok) {
  Become(State::kRunning);
  if (!ok) return End(absl::CancelledError("the subscriber is gone"));
  written_ = reader_.Position().sequence();
  const auto events = static_cast<std::uint64_t>(response_.changes().events_size());
  events_sent_ += events;
  if (events != 0) hooks_.metrics.Add("swarmbell_events_sent_total", {}, static_cast<double>(events));
  Run();
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
