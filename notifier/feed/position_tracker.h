#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "notifier/feed/feed_batch.h"

namespace swarmbell {

// A position in one collector's log.
struct FeedPosition {
  std::string log_id;
  std::uint64_t sequence = 0;

  friend bool operator==(const FeedPosition&, const FeedPosition&) = default;
};

// Knows how far a feed was received, and how far everything received is settled. The settled position never
// passes one that is not, whatever the order in which receivers finish, nor one that was lost.
//
// Thread-safe. Receipts may outlive the tracker.
class PositionTracker {
 public:
  // `on_settled` is called after the settled position has moved, on the thread that moved it; it must not
  // wait. Not called any more once the tracker is destroyed. May be null.
  explicit PositionTracker(std::function<void()> on_settled = nullptr);
  ~PositionTracker();
  PositionTracker(const PositionTracker&) = delete;
  PositionTracker& operator=(const PositionTracker&) = delete;

  // `on_settled` is called no more; waits for a call in progress.
  void Mute();

  // A response with changes was received; the position is settled when the receipt is let go.
  std::shared_ptr<Receipt> Receive(FeedPosition position);

  // A response without changes moved the position.
  void Advance(FeedPosition position);

  // Unset before the first response.
  std::optional<FeedPosition> Received() const;
  std::optional<FeedPosition> Settled() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace swarmbell
