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
  // The key expires when it is not renewed for this long.
  absl::Duration time_to_live = absl::Seconds(10);
  // Without Redis, after this long every notifier becomes active: alerts that are posted twice are better
  // than none.
  absl::Duration alone_after = absl::Minutes(1);
  // The same, while Redis was never reached since the start.
  absl::Duration alone_at_start_after = absl::Seconds(5);
};

// A name like `host1-17-3f9ac201`.
std::string NewLeaseHolder();

// Decides which of several notifiers is active: the one that holds a key in Redis, which expires unless it is
// renewed. The others are standby. The active notifier stays active while Redis is away.
//
// Thread-safe. Only the object's own thread waits for Redis.
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

  // Releases the lease, so that a standby can acquire it at once; after Stop(). Takes at most Redis's
  // timeout.
  void Release();

 private:
  // Returns the present holder; empty if it is this process.
  absl::StatusOr<std::string> AcquireOrRenew();
  void Run(std::stop_token stop);
  void Try();
  void HandleHolder(const std::string& other);
  void HandleError(const absl::Status& why);
  void SetDuty(bool on_duty);

  const LeaseOptions options_;
  const std::function<void(bool)> on_duty_;
  Clock& clock_;
  Metrics& metrics_;

  // The thread's own; after Stop() the caller's.
  RedisClient redis_;
  std::optional<bool> duty_;
  bool held_ = false;
  std::string other_;
  bool vacant_ = false;  // it had no holder when a standby looked
  std::string trouble_;  // the error of Redis, as logged
  MonotonicTime last_contact_;
  bool ever_reached_ = false;

  std::jthread thread_;  // last: uses everything above
};

// To be called once, before the lease is made.
void DeclareLeaseMetrics(Metrics& metrics);

}  // namespace swarmbell
