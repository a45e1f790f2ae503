#include "notifier/feed/task_log_calls.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/grpc/status.h"

namespace swarmbell {
namespace {

constexpr int kMostLines = 8;  // whatever a collector sends

std::string ReasonOf(const absl::Status& failure) {
  switch (failure.code()) {
    case absl::StatusCode::kUnimplemented:
      return "the collector is older than this notifier and cannot read logs; update it";
    case absl::StatusCode::kNotFound:
      return "the collector no longer has this failure in its log";
    case absl::StatusCode::kDeadlineExceeded:
      return "the collector did not answer within 3 s";
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kUnavailable:
      return "the connection to the collector was lost";
    default:
      return absl::StrCat("the collector refused to send it: ",
                          absl::string_view(failure.message().data(), failure.message().size()));
  }
}

}  // namespace

bool TaskLogCalls::Start(TaskLogCall call) {
  const MutexLock lock(mutex_);
  if (stopped_ || waiting_.size() >= kMostWaiting) return false;
  waiting_.push_back(std::move(call));
  StartNext();
  return true;
}

void TaskLogCalls::StartNext() {
  while (!stopped_ && !waiting_.empty() && running_.size() < kAtOnce) {
    TaskLogCall call = std::move(waiting_.front());
    waiting_.pop_front();
    const std::shared_ptr<PendingLastWords> wanted = call.wanted.lock();
    if (!wanted) continue;
    const absl::Duration left = wanted->Deadline() - threads_.clock().Steady();
    if (left > absl::ZeroDuration()) running_.emplace_back(*this, std::move(call)).Start(left);
  }
}

void TaskLogCalls::RequestStop() {
  const MutexLock lock(mutex_);
  stopped_ = true;
  for (Running& running : running_) running.Cancel();
}

void TaskLogCalls::Stop() {
  RequestStop();
  std::deque<TaskLogCall> unanswered;
  {
    MutexLock lock(mutex_);
    idle_.wait(lock, [this] {
      mutex_.AssertHeld();
      return running_.empty();
    });
    unanswered.swap(waiting_);
  }
  for (const TaskLogCall& call : unanswered) call.on_answer(absl::CancelledError("stopped"));
}

void TaskLogCalls::End(const Running& running) {
  MutexLock lock(mutex_);
  const absl::StatusOr<v1::GetTaskLogResponse> answer = running.Answer();
  lock.unlock();
  running.call().on_answer(answer);
  lock.lock();
  running_.remove_if([&](const Running& one) { return &one == &running; });
  StartNext();
  idle_.notify_all();
}

void TaskLogCalls::Running::Start(absl::Duration limit) {
  request_.set_task_id(call_.task_id);
  AddAuthToken(context_, owner_.auth_token_);
  context_.set_deadline(absl::ToChronoTime(absl::Now() + limit));
  reader_ = owner_.stub_.AsyncGetTaskLog(&context_, request_, &owner_.threads_.Queue());
  reader_->Finish(&response_, &status_, static_cast<FeedThreads::Call*>(this));
}

void TaskLogCalls::Running::OnComplete(bool /*ok*/) { owner_.End(*this); }

absl::StatusOr<v1::GetTaskLogResponse> TaskLogCalls::Running::Answer() const {
  if (!status_.ok()) return ToAbslStatus(status_);
  return response_;
}

LastWords LastWordsOf(const absl::StatusOr<v1::GetTaskLogResponse>& answer) {
  LastWords words;
  if (absl::IsFailedPrecondition(answer.status())) return words;
  if (!answer.ok()) {
    words.missing = ReasonOf(answer.status());
    return words;
  }
  const auto& lines = answer->lines();
  words.lines.assign(lines.end() - std::min(lines.size(), kMostLines), lines.end());
  if (words.lines.empty()) words.missing = answer->missing();
  return words;
}

bool MayBeElsewhere(const absl::Status& failure) {
  return !failure.ok() && !absl::IsFailedPrecondition(failure) && !absl::IsDeadlineExceeded(failure);
}

}  // namespace swarmbell
