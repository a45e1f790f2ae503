#include "notifier/feed/feed_threads.h"

#include <algorithm>
#include <system_error>

namespace swarmbell {
namespace {

// A call that is handled for longer keeps the others from being handled.
constexpr absl::Duration kStandstill = absl::Seconds(1);

std::size_t MostTurns(FeedThreads::Line line) { return line == FeedThreads::Line::kConnect ? 1 : 16; }

}  // namespace

FeedThreads::FeedThreads(Clock& clock) : clock_(clock), calls_([this] { RunCalls(); }) {
  try {
    times_ = std::jthread([this] { RunTimes(); });
  } catch (const std::system_error&) {
    queue_.Shutdown();  // ends the other
    throw;
  }
}

FeedThreads::~FeedThreads() {
  queue_.Shutdown();
  std::unique_lock lock(mutex_);
  ending_ = true;
  std::stop_source wake = wake_;
  lock.unlock();
  wake.request_stop();
}

void FeedThreads::Schedule(Timed& who, MonotonicTime when) { Move(std::unique_lock(mutex_), who, when); }

bool FeedThreads::Cancel(Timed& who) {
  std::unique_lock lock(mutex_);
  const bool scheduled = who.due_ != MonotonicTime::InfiniteFuture();
  Move(std::move(lock), who, MonotonicTime::InfiniteFuture());
  return scheduled;
}

void FeedThreads::Drain(Timed& who) {
  Cancel(who);
  if (std::this_thread::get_id() == times_.get_id()) return;
  std::unique_lock lock(mutex_);
  returned_.wait(lock, [&] { return running_ != &who; });
  // OnTime may have scheduled it once more.
  due_.erase({who.due_, &who});
  who.due_ = MonotonicTime::InfiniteFuture();
}

void FeedThreads::Move(std::unique_lock<std::mutex> lock, Timed& who, MonotonicTime when) {
  const auto first = [this] { return due_.empty() ? MonotonicTime::InfiniteFuture() : due_.begin()->first; };
  const MonotonicTime before = first();
  due_.erase({who.due_, &who});
  who.due_ = when;
  if (when != MonotonicTime::InfiniteFuture()) due_.emplace(when, &who);
  if (first() == before) return;
  std::stop_source wake = wake_;
  lock.unlock();
  wake.request_stop();
}

void FeedThreads::AskTurn(Line line, Timed& who) {
  std::unique_lock lock(mutex_);
  std::deque<Timed*>& all = lines_[static_cast<std::size_t>(line)];
  all.push_back(&who);
  if (all.size() <= MostTurns(line)) Move(std::move(lock), who, MonotonicTime::InfinitePast());
}

void FeedThreads::EndTurn(Line line, Timed& who) {
  std::unique_lock lock(mutex_);
  std::deque<Timed*>& all = lines_[static_cast<std::size_t>(line)];
  const auto found = std::find(all.begin(), all.end(), &who);
  if (found == all.end()) return;
  const std::size_t most = MostTurns(line);
  const bool had_it = static_cast<std::size_t>(found - all.begin()) < most;
  all.erase(found);
  if (had_it && all.size() >= most) Move(std::move(lock), *all[most - 1], MonotonicTime::InfinitePast());
}

bool FeedThreads::Help(std::function<void()> work, std::size_t most) {
  const std::lock_guard lock(mutex_);
  helpers_.remove_if([](const Helper& helper) { return helper.done; });
  if (helpers_.size() >= most) return false;
  Helper& helper = helpers_.emplace_back();
  try {
    helper.thread = std::jthread([this, &helper, work = std::move(work)] {
      work();
      const std::lock_guard done(mutex_);
      helper.done = true;
    });
  } catch (const std::system_error&) {
    helpers_.pop_back();
    return false;
  }
  return true;
}

void FeedThreads::JoinHelpers() {
  std::list<Helper> helpers;
  const std::lock_guard lock(mutex_);
  helpers.swap(helpers_);
}

MonotonicTime FeedThreads::StoodStillUntil() {
  const std::lock_guard lock(mutex_);
  const MonotonicTime now = clock_.Steady();
  return handling_since_ && now - *handling_since_ >= kStandstill ? now : stood_still_until_;
}

void FeedThreads::RunCalls() {
  void* tag = nullptr;
  for (bool ok = false; queue_.Next(&tag, &ok);) {
    // The lock also orders this after the start of the operation for ThreadSanitizer, which does not see gRPC
    // do so.
    const MonotonicTime began = BeginHandling();
    static_cast<Call*>(tag)->OnComplete(ok);
    EndHandling(began);
  }
}

MonotonicTime FeedThreads::BeginHandling() {
  const std::lock_guard lock(mutex_);
  handling_since_ = clock_.Steady();
  return *handling_since_;
}

void FeedThreads::EndHandling(MonotonicTime began) {
  const std::lock_guard lock(mutex_);
  handling_since_.reset();
  const MonotonicTime now = clock_.Steady();
  if (now - began >= kStandstill) stood_still_until_ = now;
}

void FeedThreads::RunTimes() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    const absl::Duration wait =
        due_.empty() ? absl::InfiniteDuration() : due_.begin()->first - clock_.Steady();
    if (wait > absl::ZeroDuration()) {
      wake_ = std::stop_source();
      const std::stop_token wake = wake_.get_token();
      lock.unlock();
      clock_.Sleep(wait, wake);
      lock.lock();
      continue;
    }
    running_ = due_.begin()->second;
    running_->due_ = MonotonicTime::InfiniteFuture();
    due_.erase(due_.begin());
    lock.unlock();
    running_->OnTime();
    lock.lock();
    running_ = nullptr;
    returned_.notify_all();
  }
}

}  // namespace swarmbell
