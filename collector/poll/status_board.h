#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "collector/docker/engine_client.h"
#include "collector/poll/poll_status.h"
#include "collector/snapshot/list_reader.h"
#include "common/metrics/metrics.h"

namespace swarmbell {

// The engine and swarm that are read; known after the engine's first answer.
struct Identity {
  v1::Cluster cluster;
  v1::Observer observer;
};

// How old what is known of a list may be.
struct StaleLimits {
  absl::Duration failing;  // while reading it fails
  absl::Duration busy;     // while it is not read at all: the reader hangs, or an answer does not end
};

// Collects the outcome of the reads of every endpoint from all threads of a collector. Thread-safe.
//
// Decides when the collector is stale: by the age of its knowledge, with or without an error. The names of
// networks do not count, because only cards would miss them.
class StatusBoard {
 public:
  // `collector_name` stands for the hostname until that is known. `containers`: whether they are read, too.
  StatusBoard(absl::Time start, StaleLimits limits, std::string collector_name, bool containers,
              Metrics& metrics);

  void SetIdentity(const Identity& identity);
  std::optional<Identity> GetIdentity() const;

  // Each returns whether that is new: the first failure after a good read or the start, or for another
  // reason than the one before, and the first good read after a failure.
  bool Failed(Endpoint endpoint, const absl::Status& status, absl::Time now);
  bool Succeeded(Endpoint endpoint, std::size_t objects, absl::Time now);

  // Records the objects that were skipped in the last good read. Returns true if the reason differs from the
  // last one.
  bool Skipped(Endpoint endpoint, const SkippedObjects& skipped);

  // The endpoint is not asked now because it need not be: what was read last still counts.
  void Rests(Endpoint endpoint, absl::Time now);

  // The clock was set, or the process stood still: ages from before say nothing.
  void ClockStepped(absl::Time now);

  // Returns the change to report if the collector has become stale, or has recovered, since the last call. A
  // thread that reads looks for failures only, because it knows best which reads it has not reached yet. A
  // thread that does not read also looks for silence: that nothing is read any longer.
  enum class Look { kForFailures, kForSilenceToo };
  std::optional<v1::ChangeEvent> CheckStale(absl::Time now, Look look = Look::kForFailures);

  // Gives that change to `tell`, if there is one. Threads do so one after the other: what they tell is told
  // in the order in which it came about. `tell` must not call TellStale().
  void TellStale(absl::Time now, Look look, absl::FunctionRef<void(v1::ChangeEvent)> tell);

  // Everything but the versions.
  PollStatus Status() const;

 private:
  struct Record {
    std::uint32_t objects = 0;
    std::optional<absl::Time> last_read;
    std::optional<absl::Time> rested_at;  // when what was read last still counted
    absl::Time failing_since;             // while there is an error
    std::string error;
    bool late = false;  // what is known was too old, and has not been read since
    SkippedObjects skipped;
    std::string last_skip_reason;  // stays when nothing is passed over any longer
  };

  absl::Time UnknownSince(Endpoint endpoint, const Record& record, absl::Time now) const;
  bool IsLate(Endpoint endpoint, const Record& record, absl::Time now) const;
  bool IsTrusted(Endpoint endpoint, const Record& record, absl::Time now) const;
  v1::ChangeEvent MakeEvent(absl::Time now) const;
  std::optional<v1::ChangeEvent> BecomeStale(absl::Time now, Look look);
  v1::ChangeEvent Recover(absl::Time now);

  const absl::Time start_;
  const StaleLimits limits_;
  const std::string collector_name_;
  Metrics& metrics_;

  // Held while a change is looked for and told; taken before mutex_ and before those of the sink, the log and
  // the store, which are never held by who takes it.
  std::mutex telling_;

  mutable std::mutex mutex_;
  // All guarded by mutex_.
  std::optional<Identity> identity_;
  std::map<Endpoint, Record> records_;
  std::optional<absl::Time> stepped_at_;
  bool stale_ = false;
  std::string stale_error_;  // why it became so
  absl::Time stale_since_;   // the last good read, or the start, before the trouble
  bool stale_since_read_ = false;
};

}  // namespace swarmbell
