#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "notifier/feed/receipt.h"
#include "notifier/alert/alert_group.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// Holds the receipts of every response that brought one change, by whichever collector, until everything made
// of the change is settled. Thread-safe.
class EventHold {
 public:
  void Add(std::shared_ptr<Receipt> receipt);
  void MarkLost();

 private:
  std::mutex mutex_;
  bool lost_ = false;                               // guarded by mutex_
  std::vector<std::shared_ptr<Receipt>> receipts_;  // guarded by mutex_
};

// Joins receipts: settled, or lost, for all of them together. A single one is returned as it is.
std::shared_ptr<EventHold> JoinHolds(std::vector<std::shared_ptr<EventHold>> holds);

// A change on its way through the stages. The pointers are valid while the call lasts.
struct PassingChange {
  const v1::ChangeEvent* event = nullptr;  // never null
  // Let go when all that is made of the change is settled. Null before Repeats, and for a change of the
  // notifier's own before OwnChanges.
  std::shared_ptr<EventHold> hold = nullptr;
  // Made by the notifier: no collector sends it again.
  bool own = false;
  // From Routing on: the alert, for one receiver.
  const Alert* alert = nullptr;
  // Up to Repeats that of the response that brought the change, from Routing on that of the receiver.
  std::shared_ptr<Receipt> receipt = nullptr;
};

// When a stage is asked.
struct Moment {
  absl::Time now;
  std::uint64_t read = 0;  // identifies the read of the engine that found the change
};

// The outcome of a stage for a change.
struct StageResult {
  enum class Kind { kPassed, kWaits, kDropped };
  Kind kind = Kind::kPassed;
  // Why, for `--explain`: a literal. Empty when the stage has no say in changes of this kind.
  std::string_view why;
  bool told = false;  // as HandOn returns
};

// Hands a change on to the next stage; returns whether a rule wants it told. The change may be another than
// the one that came in, or one more.
using HandOn = absl::FunctionRef<bool(const PassingChange& change)>;

// One step of the pipeline. Whatever it needs of the world is passed in: nothing waits. Not thread-safe.
class Stage {
 public:
  virtual ~Stage() = default;

  // As `--explain` calls it.
  virtual std::string_view Name() const = 0;

  // Takes a change and hands on what is told in its place, if anything is, now or in a later Tick.
  virtual StageResult Pass(const PassingChange& change, const Moment& at, HandOn next) = 0;

  // Hands on what has become due.
  virtual void Tick(const Moment&, HandOn) {}

  // Hands on all that waits: the program ends.
  virtual void Flush(const Moment&, HandOn) {}

  // When Tick has something to do next; unset if never.
  virtual std::optional<absl::Time> NextDeadline() const { return std::nullopt; }

  // Another notifier takes over: what waits is not settled here.
  virtual void MarkLost() {}
};

// Hands on what came in; the result says why.
StageResult PassOn(const PassingChange& change, HandOn next, std::string_view why = "");

}  // namespace swarmbell
