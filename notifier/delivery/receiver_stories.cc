// The part of Receiver that tells stories: the next thing to do, posts that may be edits, progress, and
// alarms that last.

#include <spdlog/spdlog.h>

#include <map>
#include <utility>

#include "common/process/logging.h"
#include "notifier/alert/alert_group.h"
#include "notifier/delivery/receiver.h"

namespace swarmbell {
namespace {

// More than updates that run at once; one more is not shown.
constexpr std::size_t kMostProgress = 256;

}  // namespace

// Messages come first: progress is shown while none waits.
std::optional<Waiting> Receiver::Next(std::stop_token stop) {
  while (true) {
    std::optional<Waiting> waiting;
    ProgressBySubject progress;
    std::string repeated;
    {
      MutexLock lock(mutex_);
      changed_.wait(lock, stop, [this] {
        mutex_.AssertHeld();
        return draining_ || queue_.Size() > 0 || !progress_.empty() || !progress_due_.empty() ||
               !repeated_.empty();
      });
      if (stop.stop_requested()) return std::nullopt;
      waiting = queue_.Pop();
      progress.swap(progress_);
      if (!waiting) repeated.swap(repeated_);
      if (!reports_) progress.clear();
      if (waiting || !progress.empty() || !repeated.empty()) handed_over_ = false;
      UpdateQueueLength();
      if (!waiting && draining_) return std::nullopt;
    }
    TakeProgress(std::move(progress));
    if (waiting) return waiting;
    if (!repeated.empty()) PostRepeated(repeated, stop);
    ShowNextProgress(stop);
  }
}

void Receiver::ShowProgress(const v1::ChangeEvent& progress) {
  if (!stories_) return;
  {
    const MutexLock lock(mutex_);
    const std::string subject = SubjectOf(progress);
    if (progress_.size() >= kMostProgress && !progress_.contains(subject)) return;
    progress_.insert_or_assign(subject, progress);
  }
  changed_.notify_all();
}

void Receiver::Repeat(std::string body) {
  {
    const MutexLock lock(mutex_);
    if (!reports_) return;
    repeated_ = std::move(body);
  }
  changed_.notify_all();
}

void Receiver::PostRepeated(const std::string& body, std::stop_token stop) {
  if (!WaitForTurn({}, stop)) return;
  const Verdict verdict = channel_->Post(body, std::move(stop));
  last_try_ = clock_.Steady();
  pacer_.Count(last_try_);
  if (verdict.retry_after) asked_until_ = last_try_ + *verdict.retry_after;
  if (verdict.outcome == Outcome::kAccepted) return;
  spdlog::debug("Open alarms were not repeated. receiver={} reason={}", LogValue(name_),
                LogValue(verdict.Words()));
}

void Receiver::TakeProgress(ProgressBySubject progress) {
  for (auto& [subject, event] : progress) {
    ConfigureStories();
    if (const auto story = stories_->TakeProgress(std::move(event))) progress_due_[subject] = *story;
  }
}

void Receiver::ShowNextProgress(std::stop_token stop) {
  if (progress_due_.empty()) return;
  const auto [subject, story] = *progress_due_.begin();
  progress_due_.erase(progress_due_.begin());
  Waiting edit;
  edit.message.story = story;
  if (!WaitForTurn(edit, stop)) return;
  ConfigureStories();
  const Verdict verdict = stories_->ShowProgress(*channel_, subject, std::move(stop));
  last_try_ = clock_.Steady();
  pacer_.Count(last_try_);
  if (verdict.retry_after) asked_until_ = last_try_ + *verdict.retry_after;
  if (verdict.outcome == Outcome::kAccepted) return;
  // The next numbers, or the end of the update, come soon.
  spdlog::debug("The progress of an update was not shown. receiver={} reason={}", LogValue(name_),
                LogValue(verdict.Words()));
}

Verdict Receiver::Send(const Message& message, std::stop_token stop) {
  if (!stories_) return channel_->Post(message.body, std::move(stop));
  ConfigureStories();
  return stories_->Send(*channel_, message, std::move(stop));
}

MonotonicTime Receiver::NextEdit(const Message& message) const {
  return stories_ ? stories_->NextEdit(message.story) : MonotonicTime::InfinitePast();
}

void Receiver::ConfigureStories() {
  const MutexLock lock(mutex_);
  stories_->Configure(options_.stories);
}

}  // namespace swarmbell
