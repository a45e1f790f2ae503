#pragma once

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "notifier/feed/receipt.h"
#include "swarmbell/v1/notifier_state.pb.h"

namespace swarmbell {

// The state that the stages need after a restart, as bytes that collectors store with the subscription. Not
// thread-safe.
class StoredState {
 public:
  // `handled` must outlive the object: it sends the bytes to the collectors.
  explicit StoredState(HandledChanges& handled) : handled_(handled) {}

  // A collector has answered. The state that it stored comes first and must not be replaced before.
  void SetHeard() { heard_ = true; }
  bool IsHeard() const { return heard_; }

  // The state that a collector stored; unset if it cannot be parsed, is not newer than the one restored
  // before, or was stored by this process.
  std::optional<v1::NotifierState> ParseNews(const std::string& bytes);

  // Stores `state` if it has changed. Call only once a collector was heard.
  void Store(v1::NotifierState state, absl::Time now);

 private:
  HandledChanges& handled_;
  std::string bytes_;                       // as last stored, without its time
  absl::Time time_ = absl::InfinitePast();  // of the last change
  absl::Time restored_time_ = absl::InfinitePast();
  absl::Time first_own_time_ = absl::InfiniteFuture();  // of what this process stored
  bool heard_ = false;
};

}  // namespace swarmbell
