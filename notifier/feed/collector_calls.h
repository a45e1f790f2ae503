#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/grpc/auth.h"
#include "common/sync/mutex.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/async_stream.h"
#include "grpcpp/support/async_unary_call.h"
#include "notifier/feed/feed_threads.h"
#include "notifier/feed/receipt.h"
#include "swarmbell/v1/change_feed.grpc.pb.h"

namespace swarmbell {

// The two calls that a feed makes to its collector: it subscribes, and it acknowledges.

struct SubscriptionOptions {
  AuthToken auth_token{};
  // How long the collector may take to accept the subscription.
  absl::Duration open_timeout = absl::Seconds(20);
  // After this many missed progress intervals the connection is lost.
  int missed_intervals = 3;
};

// Subscribes to one collector, one call after the other, without a thread of its own. The next response is
// read only after the last one was handled, so the memory that a collector can fill is bounded.
//
// Thread-safe.
class FeedStream final : private FeedThreads::Call, private FeedThreads::Timed {
 public:
  // Called with each response, in order, on the thread for calls. May wait; the wait is not counted as
  // silence of the collector.
  using OnResponse = std::function<void(v1::SubscribeResponse& response)>;
  // Called once for each Start(), on the thread for calls, with the reason why the call ended, never OK:
  // UNAVAILABLE when the collector ended it or fell silent, CANCELLED after Cancel(), otherwise the
  // collector's own status. The stream is then ready for another Start().
  using OnEnd = std::function<void(absl::Status why)>;

  // `stub` and `threads` must outlive the stream.
  FeedStream(v1::ChangeFeedService::Stub& stub, SubscriptionOptions options, FeedThreads& threads,
             OnResponse on_response, OnEnd on_end);
  // No call may be in progress.
  ~FeedStream() override { threads_.Drain(*this); }

  void Start(const v1::SubscribeRequest& request);

  // Ends the call within moments, and each call that is started later.
  void Cancel();

 private:
  enum class Step { kAwaitTurn, kStart, kRead, kFinish };
  struct Subscription {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientAsyncReader<v1::SubscribeResponse>> reader;
    // A new one for each read, so that a large response does not keep its memory.
    std::unique_ptr<v1::SubscribeResponse> response;
    grpc::Status status;
    Step step = Step::kAwaitTurn;
    bool opened = false;
    bool silent = false;
  };

  void OnComplete(bool ok) override;
  void OnTime() override;
  void StartCall() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Handle(v1::SubscribeResponse& response);
  void SetDeadline(absl::Duration limit) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status WhyEnded() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void* Tag() { return static_cast<FeedThreads::Call*>(this); }

  v1::ChangeFeedService::Stub& stub_;
  const SubscriptionOptions options_;
  FeedThreads& threads_;
  const OnResponse on_response_;
  const OnEnd on_end_;

  Mutex mutex_;
  std::unique_ptr<Subscription> call_ ABSL_GUARDED_BY(mutex_);  // null when none is in progress
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Duration limit_ ABSL_GUARDED_BY(mutex_);  // of silence
  MonotonicTime deadline_ ABSL_GUARDED_BY(mutex_) = MonotonicTime::InfiniteFuture();
  // At the deadline or before it.
  MonotonicTime scheduled_ ABSL_GUARDED_BY(mutex_) = MonotonicTime::InfiniteFuture();
};

struct AcknowledgerOptions {
  std::string subscription;
  AuthToken auth_token{};
  absl::Duration timeout = absl::Seconds(5);
};

// Acknowledges to one collector: sends how far its changes are settled and what else is handled. At most one
// call is in progress, and few of all feeds; additions meanwhile go with the next call. A call that fails is
// repeated at the next Send(): when there is an addition, or a response of the collector.
//
// Thread-safe. Only Flush and the destructor wait; the destructor takes moments.
class Acknowledger final : private FeedThreads::Call, private FeedThreads::Timed {
 public:
  // All must outlive the object.
  Acknowledger(v1::ChangeFeedService::Stub& stub, AcknowledgerOptions options, FeedThreads& threads,
               const PositionTracker& positions, const HandledChanges& handled);
  ~Acknowledger() override;
  Acknowledger(const Acknowledger&) = delete;
  Acknowledger& operator=(const Acknowledger&) = delete;

  // The collector has opened the stream, for this log. Sends everything, because the collector may have lost
  // what it had.
  void Open(const std::string& log_id);
  // The connection is lost: sends nothing until Open().
  void Close();

  // Sends what was added since the last call, if anything.
  void Send();

  // Sends, then waits until the collector has everything or cannot be reached, at most `limit` (real time).
  void Flush(absl::Duration limit);

 private:
  struct Acknowledgement {
    grpc::ClientContext context;
    v1::AcknowledgeRequest request;
    v1::AcknowledgeResponse response;
    grpc::Status status;
    std::unique_ptr<grpc::ClientAsyncResponseReader<v1::AcknowledgeResponse>> reader;
    std::uint64_t version = 0;  // of the handled changes
    std::uint64_t opening = 0;
  };

  bool HasAdditions() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Null if there is nothing to send.
  std::unique_ptr<Acknowledgement> Prepare() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RequestTurn() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnTime() override;
  void OnComplete(bool ok) override;

  v1::ChangeFeedService::Stub& stub_;
  const AcknowledgerOptions options_;
  FeedThreads& threads_;
  const PositionTracker& positions_;
  const HandledChanges& handled_;

  Mutex mutex_;
  std::condition_variable_any idle_;
  std::string log_id_ ABSL_GUARDED_BY(mutex_);         // of the open stream; empty when there is none
  std::uint64_t opening_ ABSL_GUARDED_BY(mutex_) = 0;  // counts the openings
  // The state that the collector has confirmed since this opening.
  std::uint64_t sent_version_ ABSL_GUARDED_BY(mutex_) = 0;
  std::optional<FeedPosition> sent_position_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<Acknowledgement> call_ ABSL_GUARDED_BY(mutex_);  // in progress
  bool awaits_turn_ ABSL_GUARDED_BY(mutex_) = false;
  bool again_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace swarmbell
