#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "notifier/alert/alert_group.h"
#include "notifier/feed/receipt.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// A change on its way through the stages. The pointers are valid during the call.
struct PassingChange {
  const v1::ChangeEvent* event = nullptr;  // never null
  // Settled when everything that is made of the change is: it holds the receipts of every response that
  // brought the change. Null before Repeats, and for a change of the notifier's own before OwnChanges.
  std::shared_ptr<Receipt> hold = nullptr;
  // Made by the notifier: no collector sends it again.
  bool own = false;
  // See Alert.
  std::string_view story{};
  // After Routing: the alert, for one receiver.
  const Alert* alert = nullptr;
  // Before Repeats that of the response that brought the change, after Routing that of the receiver.
  std::shared_ptr<Receipt> receipt = nullptr;
};

// When a stage is called.
struct Moment {
  absl::Time now;
  std::uint64_t read = 0;  // identifies the read of the engine that found the change
};

// The outcome of a stage for a change.
struct StageResult {
  enum class Kind { kPassed, kWaits, kDropped };
  Kind kind = Kind::kPassed;
  // Why, for `--explain`: valid until the stage's next call. Empty when the stage does nothing with changes
  // of this kind.
  std::string_view why;
  bool wanted = false;  // see HandOn
};

// Passes a change to the next stage; true if a rule wants an alert for it. A stage may pass another change
// than the one that came in, or more than one.
using HandOn = absl::FunctionRef<bool(const PassingChange& change)>;

// One step of the pipeline. Everything it needs from outside is passed in: nothing waits. Not thread-safe.
class Stage {
 public:
  virtual ~Stage() = default;

  // As `--explain` shows it.
  virtual std::string_view Name() const = 0;

  // Processes a change: passes on what replaces it, if anything, now or in a later Tick.
  virtual StageResult Pass(const PassingChange& change, const Moment& at, HandOn next) = 0;

  // Passes on what has become due.
  virtual void Tick(const Moment&, HandOn) {}

  // Passes on everything that waits: the program ends.
  virtual void Flush(const Moment&, HandOn) {}

  // When Tick has something to do next; unset if never.
  virtual std::optional<absl::Time> NextDeadline() const { return std::nullopt; }

  // Another notifier takes over: marks what waits as lost.
  virtual void MarkLost() {}
};

// The change as a part of a story, which must outlive the call.
inline PassingChange OfStory(PassingChange change, std::string_view story) {
  change.story = story;
  return change;
}

// Passes on what came in; the result says why.
inline StageResult PassOn(const PassingChange& change, HandOn next, std::string_view why = "") {
  return {StageResult::Kind::kPassed, why, next(change)};
}

}  // namespace swarmbell
