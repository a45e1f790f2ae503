#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "common/sync/mutex.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// When is a change settled? A change is settled when every receiver has accepted it, when it is finally
// undeliverable, or when no rule wants it. Receipts find that out: a feed makes one for each response of a
// collector, and everything that is made from the response holds it, directly or through other receipts,
// until its part is settled. Collectors store how far that went: as a position in their log (PositionTracker)
// and, for what a position cannot express, as marks (HandledChanges). The Acknowledger of collector_calls.h
// sends both.

// A shared receipt is settled when its last holder releases it, or lost when a holder said so first, as when
// the process ends. Thread-safe.
class Receipt {
 public:
  // `on_settled` is called once, on the thread that releases the receipt last. May be null.
  explicit Receipt(std::function<void(bool lost)> on_settled = nullptr)
      : on_settled_(std::move(on_settled)) {}
  ~Receipt();
  Receipt(const Receipt&) = delete;
  Receipt& operator=(const Receipt&) = delete;

  // One receipt for all of them: settled, or lost, together.
  static std::shared_ptr<Receipt> Join(std::vector<std::shared_ptr<Receipt>> receipts);

  // Keeps `other` from being settled before this one; it is lost if this one is. Null: nothing.
  void Hold(std::shared_ptr<Receipt> other);

  // The holder releases the receipt although its part is not settled.
  void MarkLost() { lost_ = true; }

 private:
  const std::function<void(bool)> on_settled_;
  std::atomic<bool> lost_ = false;
  Mutex mutex_;
  std::vector<std::shared_ptr<Receipt>> held_ ABSL_GUARDED_BY(mutex_);
};

// Changes that came from one collector, or that a feed made itself.
struct FeedBatch {
  std::string collector;  // the feed's name
  std::vector<v1::ChangeEvent> events;
  // Changes that were reported before: they make no alert, but may explain later ones.
  std::vector<v1::ChangeEvent> history{};
  // True if the next batch of this collector continues the same read of the engine.
  bool continued = false;
  // The pipeline's state that was stored with the subscription before a restart; empty if this batch brings
  // none.
  std::string state{};
  // The name of a feed that follows its collector from now on; empty if this batch does not say so.
  std::string followed{};
  v1::Cluster swarm{};  // of that collector, as far as known
  // The names of all feeds that exist or may still come, if that has changed.
  std::optional<std::set<std::string>> feeds{};
  // Another notifier takes over: it posts the changes that are not settled.
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

// Knows how far a feed was received, and up to which position all changes are settled. The settled position
// never passes a change that is not settled, whatever the order in which receivers finish, nor one that was
// lost.
//
// Thread-safe. Receipts may outlive the tracker.
class PositionTracker {
 public:
  // `on_settled` is called after the settled position has moved, on the thread that moved it; it must not
  // wait. It is not called after the tracker is destroyed. May be null.
  explicit PositionTracker(std::function<void()> on_settled = nullptr);
  ~PositionTracker();
  PositionTracker(const PositionTracker&) = delete;
  PositionTracker& operator=(const PositionTracker&) = delete;

  // Never calls `on_settled` again; waits for a call in progress.
  void RemoveListener();

  // A response with changes was received; the position is settled when the receipt is.
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

// The changes that this notifier and the ones before it have handled, as far as a position cannot say so:
// which receiver has handled which change (one mark for each), and the state that the pipeline needs after a
// restart. Collectors store it with the subscription. Bounded: the oldest marks are evicted first.
//
// Thread-safe.
class HandledChanges {
 public:
  explicit HandledChanges(std::size_t max_marks = 10'000) : max_marks_(max_marks) {}

  // `listener` is called after each change that this process makes, on the thread that makes it; it must not
  // wait and must not change anything here. Null removes it. Waits for a call in progress.
  void SetListener(std::function<void()> listener);

  bool Has(const std::string& mark) const;
  void Add(const std::string& mark);
  void SetState(std::string state);
  // The messages that live, as a serialised NotifierState that holds nothing else: stored behind the
  // pipeline's state, which parses as one with it. (Protobuf merges what is concatenated.)
  void SetMessages(std::string messages);

  // The same as collectors stored them, without calling the listener: they are sent together with a change.
  void RestoreMessages(std::string messages);

  // The state that was set last, without the messages; empty if none.
  std::string State() const;

  // Forgets this process's own state without calling the listener: another notifier stores its state now.
  void ForgetState();

  // Adds marks that a collector stored. The listener is not called.
  void Merge(const std::vector<std::string>& marks);

  // The additions since an earlier call.
  struct Additions {
    std::vector<std::string> marks;  // oldest first
    std::string state;
    bool has_state = false;
    std::uint64_t version = 0;  // to ask with the next time
  };
  // `version` 0: everything.
  Additions Since(std::uint64_t version) const;
  std::uint64_t Version() const;

 private:
  void Insert(const std::string& mark) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CallListener();

  const std::size_t max_marks_;
  Mutex listener_mutex_;  // held during a call
  std::function<void()> listener_ ABSL_GUARDED_BY(listener_mutex_);

  mutable Mutex mutex_;
  std::unordered_set<std::string_view> known_ ABSL_GUARDED_BY(mutex_);  // views of in_order_
  // With the version that brought it.
  std::deque<std::pair<std::uint64_t, std::string>> in_order_ ABSL_GUARDED_BY(mutex_);
  std::string state_ ABSL_GUARDED_BY(mutex_);
  std::string messages_ ABSL_GUARDED_BY(mutex_);
  std::uint64_t state_version_ ABSL_GUARDED_BY(mutex_) = 0;
  std::uint64_t version_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace swarmbell
