#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "collector/changelog/change_log.h"
#include "collector/stream/feed_reader.h"
#include "common/metrics/metrics.h"
#include "common/sync/mutex.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "swarmbell/v1/change_feed.pb.h"

namespace swarmbell {

// As in ChangeFeedOptions.
struct SubscribersOptions {
  absl::Duration progress_interval;
  absl::Duration spacing;
  std::size_t max = 0;
  // Makes each progress message. Called from many threads; must not block.
  std::function<v1::Progress()> progress;
};

// The Subscribe calls, and the thread that notifies them of new changes and of progress. Appending to the log
// only sets a flag here. A subscriber costs a position in the log and a share in at most two messages.
//
// Thread-safe. Declares its metrics.
class Subscribers {
 public:
  // A Subscribe call; owns itself until gRPC is done with it.
  using Call = grpc::ServerWriteReactor<grpc::ByteBuffer>;

  // `log` and `metrics` must outlive the object, and the object must outlive the server of its calls.
  Subscribers(ChangeLog& log, Metrics& metrics, SubscribersOptions options);
  ~Subscribers();
  Subscribers(const Subscribers&) = delete;
  Subscribers& operator=(const Subscribers&) = delete;

  // Starts a call: writes `opened`, then the changes after `start`. `label` names the subscriber in logs.
  // RESOURCE_EXHAUSTED when there are too many subscribers, UNAVAILABLE after Shutdown().
  absl::StatusOr<Call*> Start(FeedRequest request, LogPosition start, v1::Opened opened, std::string label);

  std::size_t Count() const;

  // Ends every call with UNAVAILABLE without waiting for them, and joins the thread. Subscribers that were up
  // to date first get the changes that have come since. Only the first call has an effect.
  void Shutdown();

 private:
  class Subscription;
  using All = std::vector<std::shared_ptr<Subscription>>;
  using SteadyClock = std::chrono::steady_clock;

  // One notification of all subscriptions, which several threads share.
  struct Round {
    All all;
    bool progress = false;
    std::atomic<std::size_t> next = 0;
    std::atomic<bool> helped = false;
  };

  absl::Status Add(const std::shared_ptr<Subscription>& subscription);
  void Remove(const Subscription* subscription);
  void Run(const std::stop_token& stop);
  bool WaitUntilDue(const std::stop_token& stop, SteadyClock::time_point next_progress,
                    SteadyClock::time_point spaced);
  void Measure(const All& all);
  void Notify(All all, bool progress);
  void HelpNotify();
  static bool NotifyNext(Round& round);
  All Snapshot() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  ChangeLog& log_;
  Metrics& metrics_;
  const SubscribersOptions options_;
  FeedCache cache_;

  mutable Mutex mutex_;
  std::condition_variable_any wake_;
  bool log_changed_ ABSL_GUARDED_BY(mutex_) = false;
  bool shutting_down_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<const Subscription*, std::shared_ptr<Subscription>> subscriptions_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<Round> round_ ABSL_GUARDED_BY(mutex_);  // the latest

  std::atomic<bool> notifying_ = false;  // false once the latest round is over

  std::unique_ptr<ChangeLog::Listener> listener_;
  std::jthread thread_;
};

}  // namespace swarmbell
