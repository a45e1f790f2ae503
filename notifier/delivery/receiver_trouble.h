#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "common/time/clock.h"
#include "notifier/chat/webhook.h"

namespace swarmbell {

// The news of a receiver for all others.
struct ReceiverNews {
  std::string receiver{};
  bool failing = false;  // else: it accepts posts
  std::string error{};
  std::string advice{};  // may be empty
  absl::Time since{};    // when the first post failed; of one that never failed: now
  std::size_t waiting_alerts = 0;
  std::size_t lost_alerts = 0;  // given up since then
};

// Decides when a receiver that takes no posts is worth telling: once, when none was accepted for long enough
// although some were tried, and once when one is accepted again. Pure: times are passed in. Not thread-safe.
class ReceiverTrouble {
 public:
  explicit ReceiverTrouble(std::string receiver) : receiver_(std::move(receiver)) {}

  // A post failed or was refused.
  void Failed(const Verdict& verdict, Instant now);

  // Alerts were given up.
  void Lost(std::size_t alerts);

  // A post was accepted. Returns what to tell: the end of a trouble that was told, and once after the start
  // that the receiver works, for the process before may have told one.
  std::optional<ReceiverNews> Accepted(absl::Time now);

  // Returns what to tell if it is time. `after` is how long no post has to be accepted.
  std::optional<ReceiverNews> Check(MonotonicTime now, absl::Duration after, std::size_t waiting_alerts);

  // When Check may have something to tell; in the infinite future if never.
  MonotonicTime Deadline(absl::Duration after) const;

  bool told() const { return told_; }

  // Another process tells it from now on.
  void Forget() { *this = ReceiverTrouble(receiver_); }

 private:
  std::string receiver_;
  std::optional<Instant> since_;  // unset while posts are accepted
  std::string error_;
  std::string advice_;
  std::size_t lost_ = 0;
  bool told_ = false;
  bool works_told_ = false;
};

}  // namespace swarmbell
