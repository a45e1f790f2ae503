#include "collector/logs/task_logs.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "collector/logs/task_output.h"

namespace swarmbell {
namespace {

constexpr int kAtOnce = 5;
constexpr std::size_t kMostWaiting = 200;
constexpr std::size_t kMostBytes = std::size_t{8} << 20;
constexpr std::size_t kLongestReason = 200;

std::string ReasonOf(const absl::Status& failure) {
  if (absl::IsNotFound(failure)) return "the engine has already removed this task";
  if (absl::IsDeadlineExceeded(failure)) return "the task's node did not send the log within 2 s";
  if (absl::IsCancelled(failure)) return "the collector shuts down";
  if (absl::IsPermissionDenied(failure)) {
    return "the engine, or a proxy in front of it, forbids logs: allow GET of /tasks/ID/logs";
  }
  return std::string(failure.message());
}

std::string ReasonOf(const std::string& engine_error) {
  if (absl::StrContains(engine_error, "does not support reading")) {
    return "the service's log driver does not support reading";
  }
  return engine_error;
}

}  // namespace

TaskLogs::TaskLogs(std::size_t lines, EngineClient& engine, Masker masker)
    : lines_(lines), engine_(engine), masker_(std::move(masker)) {
  for (int i = 0; i < kAtOnce; ++i) {
    threads_.emplace_back([this](std::stop_token stop) { Work(std::move(stop)); });
  }
}

TaskLogs::~TaskLogs() { Stop(); }

void TaskLogs::Read(TaskLogRequest request) {
  {
    const MutexLock lock(mutex_);
    if (!stopped_ && waiting_.size() < kMostWaiting) {
      waiting_.push_back(std::move(request));
      arrived_.notify_one();
      return;
    }
  }
  request.done({.lines = {}, .missing = "the collector is busy with other logs, or shuts down"});
}

void TaskLogs::Stop() {
  std::deque<TaskLogRequest> unanswered;
  {
    const MutexLock lock(mutex_);
    stopped_ = true;
    unanswered.swap(waiting_);
  }
  for (std::jthread& thread : threads_) thread.request_stop();
  for (const TaskLogRequest& request : unanswered) {
    request.done({.lines = {}, .missing = "the collector shuts down"});
  }
}

void TaskLogs::Work(std::stop_token stop) {
  while (true) {
    TaskLogRequest request;
    {
      MutexLock lock(mutex_);
      arrived_.wait(lock, stop, [this] {
        mutex_.AssertHeld();
        return !waiting_.empty();
      });
      if (stop.stop_requested()) return;
      request = std::move(waiting_.front());
      waiting_.pop_front();
    }
    request.done(request.is_abandoned() ? TaskLog() : ReadNow(request.task_id, stop));
  }
}

TaskLog TaskLogs::ReadNow(const std::string& task_id, std::stop_token stop) const {
  TaskOutput output;
  std::size_t bytes = 0;
  const auto on_body = [&](std::string_view piece) {
    bytes += piece.size();
    if (bytes > kMostBytes) return absl::ResourceExhaustedError("the log is too long");
    output.Add(piece);
    return absl::OkStatus();
  };
  const auto answer = engine_.Get({Endpoint::kTaskLog, {task_id}}, on_body, std::move(stop));
  const auto hide = [this](std::string_view text) { return masker_.HideInOutput(text); };
  TaskLog log{.lines = output.LastLines({.lines = lines_}, hide), .missing = {}};
  if (!log.lines.empty()) return log;
  if (!answer.ok()) {
    log.missing = ReasonOf(answer.status());
  } else if (!output.EngineError().empty()) {
    log.missing = ReasonOf(output.EngineError());
  } else {
    log.missing = "the task wrote nothing, or its log driver cannot be read";
  }
  log.missing = masker_.HideInMessage(log.missing.substr(0, kLongestReason));
  return log;
}

}  // namespace swarmbell
