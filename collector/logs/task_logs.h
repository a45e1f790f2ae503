#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "collector/docker/engine_client.h"
#include "collector/snapshot/masking.h"
#include "common/sync/mutex.h"

namespace swarmbell {

// The last lines of a task's output, or the reason why there are none.
struct TaskLog {
  std::vector<std::string> lines;  // oldest first, at most 8 lines and 1,500 characters, secrets hidden
  std::string missing;             // one sentence if there are no lines, otherwise empty
};

struct TaskLogRequest {
  std::string task_id;
  // Asked before the engine is: the engine is spared a request whose caller is gone.
  std::function<bool()> is_abandoned;
  // Called exactly once, on one of the threads of TaskLogs, or by Read() or Stop().
  std::function<void(TaskLog log)> done;
};

// Reads logs of tasks from the engine, on threads of its own, at most five at a time, two seconds each. An
// engine that cannot be read is no error: the answer says why there are no lines. Thread-safe.
class TaskLogs {
 public:
  // `lines`: the most lines of an answer, 1 to 8. `engine` must outlive this.
  TaskLogs(std::size_t lines, EngineClient& engine, Masker masker);
  ~TaskLogs();
  TaskLogs(const TaskLogs&) = delete;
  TaskLogs& operator=(const TaskLogs&) = delete;

  void Read(TaskLogRequest request);

  // Ends all reads, and answers all requests, without lines. Later requests are answered so at once.
  void Stop();

 private:
  void Work(std::stop_token stop);
  TaskLog ReadNow(const std::string& task_id, std::stop_token stop) const;

  const std::size_t lines_;
  EngineClient& engine_;
  const Masker masker_;
  Mutex mutex_;
  std::condition_variable_any arrived_;
  std::deque<TaskLogRequest> waiting_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::jthread> threads_;
};

}  // namespace swarmbell
