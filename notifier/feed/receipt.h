#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// Travels, shared, with everything that is made from one response of a feed. When the last holder lets go,
// the response is settled: accepted by every receiver, or finally undeliverable, or of interest to none.
//
// Thread-safe.
class Receipt {
 public:
  // `settled` is called once, on the thread that lets go last, with whether something was lost on the way.
  explicit Receipt(std::function<void(bool lost)> settled) : settled_(std::move(settled)) {}
  ~Receipt() {
    if (settled_) settled_(lost_);
  }
  Receipt(const Receipt&) = delete;
  Receipt& operator=(const Receipt&) = delete;

  // Says that a holder lets go although its part is not settled, as when the process ends.
  void MarkLost() { lost_ = true; }

 private:
  std::function<void(bool)> settled_;
  std::atomic<bool> lost_ = false;
};

// Changes that came from one collector, or that its feed has to tell about itself.
struct FeedBatch {
  std::string collector;  // the feed's name
  std::vector<v1::ChangeEvent> events;
  // True if the next batch of this collector continues the same read of the engine.
  bool continued = false;
  // The pipeline's state that was stored with the subscription before a restart; empty if this batch brings
  // none.
  std::string state{};
  // Another notifier takes over: what is on its way is its.
  bool hand_over = false;
  // To hold until the events are settled; may be null.
  std::shared_ptr<Receipt> receipt;
};

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

// The work of this notifier and the ones before it that a position in a log cannot express: which receiver
// has handled which change (a mark for each), and the state that the pipeline needs after a restart.
// Collectors store it with the subscription. Bounded: the oldest marks are evicted first.
//
// Thread-safe.
class Handled {
 public:
  explicit Handled(std::size_t max_marks = 10'000);

  // `on_news` is called after each change of this process's own, on the thread that makes it; it must not
  // wait and must not change anything here. Null: nobody. Waits for a call in progress.
  void OnNews(std::function<void()> on_news);

  bool Has(const std::string& mark) const;
  void Add(const std::string& mark);
  void SetState(std::string state);

  // Forgets this process's own state without telling anybody: what collectors keep is another's now.
  void ForgetState();

  // Takes in what a collector kept. No news.
  void Learn(const std::vector<std::string>& marks);

  // The additions since an earlier call.
  struct News {
    std::vector<std::string> marks;  // oldest first
    std::string state;
    bool has_state = false;
    std::uint64_t version = 0;  // to ask with the next time
  };
  // `version` 0: everything.
  News Since(std::uint64_t version) const;
  std::uint64_t Version() const;

 private:
  void Keep(const std::string& mark);  // mutex_ held
  void Tell();

  const std::size_t max_marks_;
  std::mutex listener_mutex_;      // held while it is called
  std::function<void()> on_news_;  // guarded by listener_mutex_

  mutable std::mutex mutex_;
  std::unordered_set<std::string_view> known_;  // of in_order_; guarded by mutex_, as is all below
  std::deque<std::pair<std::uint64_t, std::string>> in_order_;  // with the version that brought it
  std::string state_;
  std::uint64_t state_version_ = 0;
  std::uint64_t version_ = 0;
};

}  // namespace swarmbell
