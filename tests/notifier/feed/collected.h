#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "notifier/feed/feed_client.h"
#include "tests/fakes/fake_clock.h"

namespace swarmbell {

// Keeps what feeds hand on. Thread-safe; the waits give up after 30 real seconds.
class Collected {
 public:
  FeedSink Sink() {
    return [this](const FeedBatch& batch, std::stop_token) {
      std::lock_guard lock(mutex_);
      for (const v1::ChangeEvent& event : batch.events) events_.push_back(event);
      for (const v1::ChangeEvent& event : batch.history) history_.push_back(event.event_id());
      if (!batch.state.empty()) state_ = batch.state;
      receipts_.push_back(batch.receipt);
      changed_.notify_all();
      return true;
    };
  }

  bool WaitForEvents(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(30), [&] { return events_.size() >= count; });
  }

  // Identifiers of the events that came through the feed, and the names of those that it made.
  std::vector<std::string> Ids() {
    std::lock_guard lock(mutex_);
    std::vector<std::string> ids;
    for (const v1::ChangeEvent& event : events_) {
      if (event.has_feed_gap()) {
        ids.push_back("gap");
      } else if (event.has_feed_disconnected()) {
        ids.push_back("disconnected");
      } else if (event.has_feed_connected()) {
        ids.push_back("connected");
      } else if (event.collector_recovered().restarted()) {
        ids.push_back("restarted");
      } else {
        ids.push_back(event.event_id());
      }
    }
    return ids;
  }

  // Identifiers of the changes that are history.
  std::vector<std::string> History() {
    std::lock_guard lock(mutex_);
    return history_;
  }

  std::vector<v1::ChangeEvent> Events() {
    std::lock_guard lock(mutex_);
    return events_;
  }

  std::string State() {
    std::lock_guard lock(mutex_);
    return state_;
  }

  void LetGo() {
    std::lock_guard lock(mutex_);
    receipts_.clear();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<v1::ChangeEvent> events_;             // guarded by mutex_
  std::vector<std::string> history_;                // guarded by mutex_
  std::string state_;                               // the last; guarded by mutex_
  std::vector<std::shared_ptr<Receipt>> receipts_;  // guarded by mutex_
};

// Waits for what happens by itself, in real time.
template <typename Condition>
bool Eventually(Condition condition) {
  for (int i = 0; i < 15000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return false;
}

// Lets a fake clock run, quickly, until something has happened.
template <typename Condition>
bool RunClockUntil(FakeClock& clock, Condition condition) {
  return Eventually([&] {
    if (condition()) return true;
    clock.Advance(absl::Milliseconds(500));
    return false;
  });
}

}  // namespace swarmbell
