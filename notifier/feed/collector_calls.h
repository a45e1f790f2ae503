#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/grpc/auth_token.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/async_stream.h"
#include "grpcpp/support/async_unary_call.h"
#include "notifier/feed/feed_threads.h"
#include "notifier/feed/receipt.h"
#include "swarmbell/v1/change_feed.grpc.pb.h"

namespace swarmbell {

struct SubscriptionOptions {
  AuthToken auth_token{};
  // How long the collector may take to accept the subscription.
  absl::Duration open_timeout = absl::Seconds(20);
  // After this many missed progress intervals the connection is lost.
  int missed_intervals = 3;
};

// Subscribes to one collector, one call after the other, without a thread of its own. The next response is
// read only after the last one was handled, so that a collector can fill no memory.
//
// Thread-safe.
class FeedStream final : private FeedThreads::Call, private FeedThreads::Timed {
 public:
  // Gets each response, in order, on the thread for calls; may wait, which does not count as silence.
  using Handle = std::function<void(v1::SubscribeResponse& response)>;
  // Gets the reason why the call ended, never OK: UNAVAILABLE when the collector ended it or fell silent,
  // CANCELLED after Cancel(), otherwise the collector's own status. Called once for each Start(), on the
  // thread for calls; the stream is then ready for another Start().
  using Ended = std::function<void(absl::Status why)>;

  // `stub` and `threads` must outlive the stream.
  FeedStream(v1::ChangeFeedService::Stub& stub, SubscriptionOptions options, FeedThreads& threads,
             Handle handle, Ended ended);
  // No call may be under way.
  ~FeedStream() override { threads_.Drain(*this); }

  void Start(const v1::SubscribeRequest& request);

  // Ends the call within moments, and each that is started later.
  void Cancel();

 private:
  enum class Step { kAwaitTurn, kStart, kRead, kFinish };
  struct Subscription {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientAsyncReader<v1::SubscribeResponse>> reader;
    std::unique_ptr<v1::SubscribeResponse>
        response;  // a new one each time: a large one leaves nothing behind
    grpc::Status status;
    Step step = Step::kAwaitTurn;
    bool opened = false;
    bool silent = false;
  };

  void OnComplete(bool ok) override;
  void OnTime() override;
  void Begin();  // mutex_ held
  void Take(v1::SubscribeResponse& response);
  void Expect(absl::Duration limit);  // mutex_ held
  absl::Status WhyEnded() const;      // mutex_ held
  void* Tag() { return static_cast<FeedThreads::Call*>(this); }

  v1::ChangeFeedService::Stub& stub_;
  const SubscriptionOptions options_;
  FeedThreads& threads_;
  const Handle handle_;
  const Ended ended_;

  std::mutex mutex_;
  std::unique_ptr<Subscription> call_;  // null when none is under way; guarded by mutex_, as is all below
  bool cancelled_ = false;
  absl::Duration limit_;  // of silence
  MonotonicTime deadline_ = MonotonicTime::InfiniteFuture();
  MonotonicTime scheduled_ = MonotonicTime::InfiniteFuture();  // at the deadline or before it
};

struct AcknowledgerOptions {
  std::string subscription;
  AuthToken auth_token{};
  absl::Duration timeout = absl::Seconds(5);
};

// Tells one collector how far its changes are settled and what else is handled. At most one call is under
// way, and few of all feeds; whatever is new meanwhile goes with the next. A call that fails is made again
// when there is news or the collector is heard of.
//
// Thread-safe; nothing waits but Flush and the destructor, which takes moments.
class Acknowledger final : private FeedThreads::Call, private FeedThreads::Timed {
 public:
  // All must outlive the object.
  Acknowledger(v1::ChangeFeedService::Stub& stub, AcknowledgerOptions options, FeedThreads& threads,
               const PositionTracker& positions, const Handled& handled);
  ~Acknowledger() override;
  Acknowledger(const Acknowledger&) = delete;
  Acknowledger& operator=(const Acknowledger&) = delete;

  // The collector has opened the stream, for this log: from now on it can be told, and is told everything.
  void Open(const std::string& log_id);
  // The connection is lost.
  void Close();

  // Tells what is new, if something is.
  void Poke();

  // Waits until everything is told, or the collector cannot be, or `limit` (real time).
  void Flush(absl::Duration limit);

 private:
  struct Acknowledgement {
    grpc::ClientContext context;
    v1::AcknowledgeRequest request;
    v1::AcknowledgeResponse response;
    grpc::Status status;
    std::unique_ptr<grpc::ClientAsyncResponseReader<v1::AcknowledgeResponse>> reader;
    std::uint64_t version = 0;
    std::uint64_t opening = 0;
  };

  bool HasNews() const;                        // mutex_ held
  std::unique_ptr<Acknowledgement> Prepare();  // mutex_ held; null if nothing is new
  void AskTurn();                              // mutex_ held
  void OnTime() override;
  void OnComplete(bool ok) override;

  v1::ChangeFeedService::Stub& stub_;
  const AcknowledgerOptions options_;
  FeedThreads& threads_;
  const PositionTracker& positions_;
  const Handled& handled_;

  std::mutex mutex_;
  std::condition_variable idle_;
  std::string log_id_;         // of the open stream; empty when there is none. Guarded by mutex_,
  std::uint64_t opening_ = 0;  // as is all below: which opening it is
  std::uint64_t told_version_ = 0;
  std::optional<FeedPosition> told_position_;
  std::unique_ptr<Acknowledgement> call_;  // under way
  bool waits_ = false;                     // for its turn
  bool again_ = false;
  bool ending_ = false;
};

}  // namespace swarmbell
