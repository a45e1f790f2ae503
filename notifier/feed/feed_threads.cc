#include "notifier/feed/feed_threads.h"

#include <algorithm>
#include <system_error>

namespace swarmbell {
namespace {

// A call that is handled for this long blocks the others.
constexpr absl::Duration kBlocked = absl::Seconds(1);

std::size_t MostTurns(FeedThreads::Line line) {
  switch (line) {
    case FeedThreads::Line::kConnect:
      return 1;
    case FeedThreads::Line::kAcknowledge:
      return 16;
    case FeedThreads::Line::kList:
      return 4;
  }
  return 1;
}

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
  MutexLock lock(mutex_);
  ending_ = true;
  std::stop_source wake = wake_;
  lock.unlock();
  wake.request_stop();
}

void FeedThreads::Schedule(Timed& timed, MonotonicTime when) {
  MutexLock lock(mutex_);
  std::stop_source wake = SetTimer(timed, when);
  lock.unlock();
  wake.request_stop();
}

bool FeedThreads::Cancel(Timed& timed) {
  MutexLock lock(mutex_);
  const bool scheduled = timed.due_ != MonotonicTime::InfiniteFuture();
  std::stop_source wake = SetTimer(timed, MonotonicTime::InfiniteFuture());
  lock.unlock();
  wake.request_stop();
  return scheduled;
}

void FeedThreads::Drain(Timed& timed) {
  Cancel(timed);
  if (std::this_thread::get_id() == times_.get_id()) return;
  MutexLock lock(mutex_);
  returned_.wait(lock, [&] {
    mutex_.AssertHeld();
    return running_ != &timed;
  });
  // OnTime may have set the timer once more.
  SetTimer(timed, MonotonicTime::InfiniteFuture());
}

std::stop_source FeedThreads::SetTimer(Timed& timed, MonotonicTime when) {
  const auto first = [this] {
    mutex_.AssertHeld();
    return due_.empty() ? MonotonicTime::InfiniteFuture() : due_.begin()->first;
  };
  const MonotonicTime before = first();
  due_.erase({timed.due_, &timed});
  timed.due_ = when;
  if (when != MonotonicTime::InfiniteFuture()) due_.emplace(when, &timed);
  return first() == before ? std::stop_source(std::nostopstate) : wake_;
}

void FeedThreads::RequestTurn(Line line, Timed& timed) {
  MutexLock lock(mutex_);
  std::deque<Timed*>& all = lines_[static_cast<std::size_t>(line)];
  all.push_back(&timed);
  if (all.size() > MostTurns(line)) return;
  std::stop_source wake = SetTimer(timed, MonotonicTime::InfinitePast());
  lock.unlock();
  wake.request_stop();
}

void FeedThreads::EndTurn(Line line, Timed& timed) {
  MutexLock lock(mutex_);
  std::deque<Timed*>& all = lines_[static_cast<std::size_t>(line)];
  const auto found = std::find(all.begin(), all.end(), &timed);
  if (found == all.end()) return;
  const std::size_t most = MostTurns(line);
  const bool had_turn = static_cast<std::size_t>(found - all.begin()) < most;
  all.erase(found);
  if (!had_turn || all.size() < most) return;
  std::stop_source wake = SetTimer(*all[most - 1], MonotonicTime::InfinitePast());
  lock.unlock();
  wake.request_stop();
}

bool FeedThreads::StartHelper(std::function<void()> work, std::size_t most) {
  const MutexLock lock(mutex_);
  helpers_.remove_if([](const Helper& helper) { return helper.done; });
  if (helpers_.size() >= most) return false;
  Helper& helper = helpers_.emplace_back();
  try {
    helper.thread = std::jthread([this, &helper, work = std::move(work)] {
      work();
      const MutexLock end(mutex_);
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
  const MutexLock lock(mutex_);
  helpers.swap(helpers_);
}

MonotonicTime FeedThreads::BlockedUntil() {
  const MutexLock lock(mutex_);
  const MonotonicTime now = clock_.Steady();
  return handling_since_ && now - *handling_since_ >= kBlocked ? now : blocked_until_;
}

void FeedThreads::RunCalls() {
  void* tag = nullptr;
  for (bool ok = false; queue_.Next(&tag, &ok);) {
    // The lock also orders this after the start of the operation for ThreadSanitizer, which does not see gRPC
    // do so.
    const MonotonicTime start = StartHandling();
    static_cast<Call*>(tag)->OnComplete(ok);
    EndHandling(start);
  }
}

MonotonicTime FeedThreads::StartHandling() {
  const MutexLock lock(mutex_);
  handling_since_ = clock_.Steady();
  return *handling_since_;
}

void FeedThreads::EndHandling(MonotonicTime start) {
  const MutexLock lock(mutex_);
  handling_since_.reset();
  const MonotonicTime now = clock_.Steady();
  if (now - start >= kBlocked) blocked_until_ = now;
}

void FeedThreads::RunTimes() {
  MutexLock lock(mutex_);
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
    Timed& timed = *due_.begin()->second;
    running_ = &timed;
    timed.due_ = MonotonicTime::InfiniteFuture();
    due_.erase(due_.begin());
    lock.unlock();
    timed.OnTime();
    lock.lock();
    running_ = nullptr;
    returned_.notify_all();
  }
}

}  // namespace swarmbell
