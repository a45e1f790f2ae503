#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <thread>

#include "absl/time/time.h"
#include "common/http/http_client.h"
#include "common/time/clock.h"

namespace swarmbell {

struct HeartbeatOptions {
  std::string url;  // a secret: never shown
  absl::Duration interval = absl::Minutes(1);
  absl::Duration timeout = absl::Seconds(10);
  std::string ca_file{};  // certificate authorities for the URL's host; the system's if empty

  friend bool operator==(const HeartbeatOptions&, const HeartbeatOptions&) = default;
};

// A dead man's switch: requests a URL at an interval while the notifier is healthy, so that the service there
// raises an alarm when the requests stop. On a thread of its own.
class Heartbeat {
 public:
  // `healthy` is called on the object's thread before each request; must not block. `clock` must outlive the
  // object.
  Heartbeat(HeartbeatOptions options, std::function<bool()> healthy, Clock& clock);

  const HeartbeatOptions& Options() const { return options_; }

 private:
  void Run(std::stop_token stop);
  void Beat(std::stop_token stop);

  const HeartbeatOptions options_;
  const std::function<bool()> healthy_;
  Clock& clock_;
  HttpClient http_;  // the thread's own, as is all below
  bool failing_ = false;
  std::jthread thread_;  // last: uses everything above
};

}  // namespace swarmbell
