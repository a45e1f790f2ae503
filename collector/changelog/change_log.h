#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "collector/changelog/encoded_events.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// A position: after the event with this sequence, in the log of this identity.
struct LogPosition {
  std::string log_id;
  std::uint64_t sequence = 0;

  friend bool operator==(const LogPosition&, const LogPosition&) = default;
};

// The events of one read of the engine, kept together.
struct LogBatch {
  std::vector<v1::ChangeEvent> events;  // never empty; sequences grow by 1

  // The events in the same order. Made when it is first wanted, and kept; the events must not change after.
  const EncodedEvents& Encoded() const { return encoded.Of(events); }
  EncodedOnce encoded{};
};

// Why a position cannot be read from.
enum class LogGap { kNone, kCompacted, kOtherLog };

struct LogRead {
  LogGap gap = LogGap::kNone;
  // Whole batches after the position (after the gap, if there is one), oldest first; fewer than asked for
  // only at the end. The first may start inside a batch when the position did.
  std::vector<std::shared_ptr<const LogBatch>> batches;
  // The position after the last of them, or the newest position if there are none.
  LogPosition next;
};

// A bounded log of changes, read by position. Appending never waits for a reader.
//
// Thread-safe. Readers hold shared ownership of the batches they read.
class ChangeLog {
 public:
  // Removes its listener when destroyed; waits for a call in progress.
  class Listener {
   public:
    virtual ~Listener() = default;
  };

  virtual ~ChangeLog() = default;

  // Gives the events their sequences and keeps them as one batch. No effect for no events.
  virtual void Append(std::vector<v1::ChangeEvent> events) = 0;

  // Reads at most `max_events` (but at least one batch if there is one). A gap is not an error.
  virtual LogRead ReadAfter(const LogPosition& position, std::size_t max_events) const = 0;

  // As ReadAfter, but a batch that the position is inside of comes as it is, with the events before the
  // position, and is the same object for every reader.
  virtual LogRead ReadWholeAfter(const LogPosition& position, std::size_t max_events) const {
    return ReadAfter(position, max_events);
  }

  virtual LogPosition Oldest() const = 0;  // before the oldest event held
  virtual LogPosition Newest() const = 0;

  // Starts an empty log with a new identity: what follows has nothing to do with what was.
  virtual void Reset() = 0;

  // Calls `on_change` after each Append and Reset, on the appending thread; it must not block and must not
  // call back into Listen or Append.
  virtual std::unique_ptr<Listener> Listen(std::function<void()> on_change) = 0;
};

}  // namespace swarmbell
