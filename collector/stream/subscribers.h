#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "collector/changelog/change_log.h"
#include "collector/stream/subscription.h"
#include "common/metrics/metrics.h"

namespace swarmbell {

// As in ChangeFeedOptions.
struct SubscribersOptions {
  absl::Duration progress_interval;
  absl::Duration spacing;
  std::size_t max = 0;
};

// Everyone who follows the log, and the one thread that tells them of new changes and of progress. Appending
// only sets a flag here. Thread-safe.
class Subscribers {
 public:
  // `log` and `metrics` must outlive the object; its thread ends with Shutdown(), and calls `tidy` after each
  // progress.
  Subscribers(ChangeLog& log, Metrics& metrics, const SubscribersOptions& options,
              std::function<void()> tidy);
  ~Subscribers();
  Subscribers(const Subscribers&) = delete;
  Subscribers& operator=(const Subscribers&) = delete;

  // RESOURCE_EXHAUSTED when there are too many, UNAVAILABLE after Shutdown(); neither is then kept.
  absl::Status Add(const std::shared_ptr<Subscription>& subscription);
  void Remove(const Subscription* subscription);
  std::size_t Count() const;

  // Takes part in telling everyone, if that is under way. Call it on the threads that gRPC waits for the
  // network with: while they all tell, none of them is woken for each message that another has written.
  void Help();

  // Ends every subscription with UNAVAILABLE without waiting for them, and joins the thread. Subscribers that
  // were up to date first get the changes that have come since. Only the first call has an effect.
  void Shutdown();

 private:
  using All = std::vector<std::shared_ptr<Subscription>>;
  using SteadyClock = std::chrono::steady_clock;

  // One round of telling everyone, which several threads share.
  struct Round {
    All all;
    bool progress = false;
    std::atomic<std::size_t> next = 0;
    std::atomic<bool> helped = false;
  };

  void Pump(const std::stop_token& stop);
  bool AwaitDue(const std::stop_token& stop, SteadyClock::time_point next_progress,
                SteadyClock::time_point spaced);
  void Tell(All all, bool progress);
  bool TellNext(Round& round);
  void Measure(const All& all);
  All Snapshot() const;  // needs mutex_ held

  ChangeLog& log_;
  Metrics& metrics_;
  const SubscribersOptions options_;
  const std::function<void()> tidy_;

  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  bool log_changed_ = false;  // guarded by mutex_, as is all below
  bool shutting_down_ = false;
  std::map<const Subscription*, std::shared_ptr<Subscription>> subscriptions_;
  std::shared_ptr<Round> round_;  // the latest

  std::atomic<bool> telling_ = false;  // whether the round may not be over

  std::unique_ptr<ChangeLog::Listener> listener_;
  std::jthread pump_;
};

}  // namespace swarmbell
