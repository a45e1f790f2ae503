#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/grpc/auth.h"
#include "common/sync/mutex.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/async_unary_call.h"
#include "notifier/feed/feed_threads.h"
#include "notifier/feed/last_words.h"
#include "notifier/feed/pending_last_words.h"
#include "swarmbell/v1/change_feed.grpc.pb.h"

namespace swarmbell {

struct TaskLogCall {
  std::string task_id;
  // The call ends at its deadline. It is not made, and not answered, if nobody waits for it any more.
  std::weak_ptr<PendingLastWords> wanted;
  // Called at most once, on the thread for calls or by Stop().
  std::function<void(const absl::StatusOr<v1::GetTaskLogResponse>& answer)> on_answer;
};

// Asks one collector for the logs of failed tasks: few at a time, the others wait their turn. Thread-safe.
// Only Stop() and the destructor wait, for moments.
class TaskLogCalls final {
 public:
  static constexpr std::size_t kAtOnce = 5;
  static constexpr std::size_t kMostWaiting = 200;

  // `stub` and `threads` must outlive the object.
  TaskLogCalls(v1::ChangeFeedService::Stub& stub, AuthToken auth_token, FeedThreads& threads)
      : stub_(stub), auth_token_(std::move(auth_token)), threads_(threads) {}
  ~TaskLogCalls() { Stop(); }
  TaskLogCalls(const TaskLogCalls&) = delete;
  TaskLogCalls& operator=(const TaskLogCalls&) = delete;

  // False, without calling, if too many wait or after RequestStop().
  bool Start(TaskLogCall call);

  // Cancels all calls, without waiting; makes no more.
  void RequestStop();
  // The same, and answers those that waited for their turn with CANCELLED. Then no answer comes any more.
  void Stop();

 private:
  class Running final : public FeedThreads::Call {
   public:
    Running(TaskLogCalls& owner, TaskLogCall call) : owner_(owner), call_(std::move(call)) {}
    void Start(absl::Duration limit);
    void Cancel() { context_.TryCancel(); }
    absl::StatusOr<v1::GetTaskLogResponse> Answer() const;
    const TaskLogCall& call() const { return call_; }

   private:
    void OnComplete(bool ok) override;

    TaskLogCalls& owner_;
    const TaskLogCall call_;
    grpc::ClientContext context_;
    v1::GetTaskLogRequest request_;
    v1::GetTaskLogResponse response_;
    grpc::Status status_;
    std::unique_ptr<grpc::ClientAsyncResponseReader<v1::GetTaskLogResponse>> reader_;
  };

  void StartNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void End(const Running& running);

  v1::ChangeFeedService::Stub& stub_;
  const AuthToken auth_token_;
  FeedThreads& threads_;

  Mutex mutex_;
  std::condition_variable_any idle_;
  std::list<Running> running_ ABSL_GUARDED_BY(mutex_);
  std::deque<TaskLogCall> waiting_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

// The last words in a collector's answer. An error becomes the reason why there are none; the answer that the
// collector reads no logs becomes none without a reason.
LastWords LastWordsOf(const absl::StatusOr<v1::GetTaskLogResponse>& answer);

// True if another collector of the swarm may have the log that this one could not give.
bool MayBeElsewhere(const absl::Status& failure);

}  // namespace swarmbell
