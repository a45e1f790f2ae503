#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/metrics/metrics.h"
#include "common/redis/redis_client.h"
#include "common/time/clock.h"

namespace swarmbell {

struct LeaseOptions {
  RedisOptions redis;
  std::string key;
  std::string holder;  // names this process, unlike any other
  // A holder that is not heard of for this long has lost it.
  absl::Duration time_to_live = absl::Seconds(10);
  // Without Redis nobody knows who is on duty; after this long everybody is: better told twice than not at
  // all.
  absl::Duration alone_after = absl::Minutes(1);
  // The same for a start that has not reached Redis yet.
  absl::Duration alone_at_start_after = absl::Seconds(5);
};

// A name like `host1-17-3f9ac201`.
std::string NewLeaseHolder();

// Decides which of several notifiers is on duty: the one that holds a key in Redis, which expires unless it
// is renewed. One that holds it stays on duty while Redis is away.
//
// Thread-safe. Nothing waits for Redis but the object's own thread.
class Lease {
 public:
  // `on_duty` is called on the object's thread when it changes; false before the first call. `clock` and
  // `metrics` must outlive the object.
  Lease(LeaseOptions options, std::function<void(bool on_duty)> on_duty, Clock& clock, Metrics& metrics);

  // As Stop() and Release().
  ~Lease();
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  // Ends the thread, which still holds the lease until it expires.
  void Stop();

  // Gives the lease to whoever wants it; after Stop(). Takes at most Redis's timeout.
  void Release();

 private:
  // The present holder; empty if it is this process.
  absl::StatusOr<std::string> Hold();
  void Run(std::stop_token stop);
  void Try();
  void Held(const std::string& other);
  void NotReached(const absl::Status& why);
  void Become(bool on_duty);

  const LeaseOptions options_;
  const std::function<void(bool)> on_duty_;
  Clock& clock_;
  Metrics& metrics_;

  // The thread's own; after Stop() the caller's.
  RedisClient redis_;
  std::optional<bool> duty_;
  bool held_ = false;
  std::string other_;
  bool vacant_ = false;  // nobody had it when a stand-by looked
  std::string trouble_;  // what is wrong with Redis, as logged
  MonotonicTime last_contact_;
  bool ever_reached_ = false;

  std::jthread thread_;  // last: uses everything above
};

// To be called once, before the lease is made.
void DeclareLeaseMetrics(Metrics& metrics);

}  // namespace swarmbell
