#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "common/grpc/auth.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/async_unary_call.h"
#include "notifier/feed/feed_threads.h"
#include "notifier/feed/handled.h"
#include "notifier/feed/position_tracker.h"
#include "swarmbell/v1/change_feed.grpc.pb.h"

namespace swarmbell {

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
