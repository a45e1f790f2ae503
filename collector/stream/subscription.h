#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "collector/stream/feed_message.h"
#include "collector/stream/feed_reader.h"
#include "common/metrics/metrics.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "swarmbell/v1/change_feed.pb.h"

namespace swarmbell {

class Subscription;

// The dependencies of subscriptions; must outlive them.
struct SubscriptionHooks {
  Metrics& metrics;
  std::function<v1::Progress()> progress;
  // Something was written; called on a gRPC thread, which may be used for a while.
  std::function<void()> wrote;
  // The call is over; called once, on a gRPC thread.
  std::function<void(const Subscription*)> done;
};

// One Subscribe call. It owns itself from Open() until gRPC is done with it; others hold it shared.
//
// At most one write is under way. Whoever finds the subscription idle takes the turn (state kRunning): only
// the turn's holder touches the reader and the messages, starts the next write or finishes the call, and it
// does so without the lock. Thread-safe.
class Subscription final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                           public std::enable_shared_from_this<Subscription> {
 public:
  // `label` names the subscriber in logs.
  Subscription(FeedReader reader, std::string label, const SubscriptionHooks& hooks);

  // Sends `opened`. Call once, before the call's handler returns; the others have no effect before.
  void Open(v1::Opened opened);

  void LogChanged() { Post(&Due::changes); }
  void ProgressDue() { Post(&Due::progress); }
  void ShuttingDown() { Post(&Due::shutdown); }

  // The sequence of the last event that is written, or that the subscriber needs none up to.
  std::uint64_t Written() const { return written_; }

 private:
  enum class State { kIdle, kRunning, kWriting, kFinished };
  using Message = std::shared_ptr<const FeedMessage>;

  // Events since the last turn.
  struct Due {
    bool changes = false;
    bool progress = false;
    bool cancelled = false;
    bool shutdown = false;
  };

  void OnWriteDone(bool ok) override;
  void OnCancel() override { Post(&Due::cancelled); }
  void OnDone() override;

  void Post(bool Due::*what);
  void Run();
  Due TakeDue();
  bool Rest();
  Message Read();
  Message Prepare(const Due& due);
  void TellOfGap(LogGap gap) const;
  void Write(Message message);
  void End(const absl::Status& status);
  void Become(State state);

  const SubscriptionHooks& hooks_;
  const std::string label_;

  std::atomic<std::uint64_t> written_ = 0;

  std::mutex mutex_;
  State state_ = State::kRunning;  // guarded by mutex_
  Due due_;                        // guarded by mutex_

  // These belong to the turn's holder, and while a write is under way to gRPC.
  FeedReader reader_;
  Message writing_;
  Message following_;     // what is written next, when it is known already
  bool at_end_ = false;   // of the log, as far as has been told
  bool leaving_ = false;  // at the end of the log
  std::uint64_t events_sent_ = 0;
  std::string end_reason_;
  std::shared_ptr<Subscription> self_;
};

}  // namespace swarmbell
