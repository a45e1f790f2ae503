#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "collector/docker/engine_client.h"
#include "collector/snapshot/list_reader.h"
#include "common/metrics/metrics.h"
#include "common/sync/mutex.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// The metrics of reading the engine. Those with an endpoint have the label `endpoint`, for example
// `/services`; those of single reads also `extent`: `all`, or `part` for a read of some services only.
inline constexpr char kPollDuration[] = "swarmbell_poll_duration_seconds";
inline constexpr char kPollFailures[] = "swarmbell_poll_failures_total";
inline constexpr char kPollLastSuccess[] = "swarmbell_poll_last_success_timestamp_seconds";
inline constexpr char kPollAge[] = "swarmbell_poll_age_seconds";
inline constexpr char kEngineResponseBytes[] = "swarmbell_engine_response_bytes_total";
inline constexpr char kObjects[] = "swarmbell_objects";
inline constexpr char kSkippedObjects[] = "swarmbell_skipped_objects";
inline constexpr char kChanges[] = "swarmbell_changes_total";  // label `change`: as in ChangeEvent.details
inline constexpr char kEngineEvents[] = "swarmbell_engine_events_total";
inline constexpr char kStale[] = "swarmbell_stale";

void DeclarePollMetrics(Metrics& metrics);

// The state of one endpoint.
struct EndpointStatus {
  std::string path;                               // for example `/services`
  std::uint32_t objects = 0;                      // in the last good read
  std::optional<absl::Time> last_read_time = {};  // the end of the last good read
  std::string error = {};                         // why the last read failed; empty if it was good
  SkippedObjects skipped = {};                    // of the last good read
};

// The engine and swarm that are read.
struct Identity {
  v1::Cluster cluster;
  v1::Observer observer;
};

// The swarm that a collector watches, and the age of the known state.
struct PollStatus {
  std::optional<Identity> identity;  // unset until the engine has been read once
  EngineVersion engine;
  std::vector<EndpointStatus> endpoints;
  // True if a list failed, or was not read, for longer than `stale_after`; and the reason.
  bool stale = false;
  std::string stale_error;
};

// The maximum age of a list.
struct StaleLimits {
  absl::Duration failing;  // while its reads fail
  absl::Duration busy;     // while it is not read at all: the reader hangs, or an answer does not end
};

// Collects the outcome of the reads of every endpoint, from all threads of a collector, and decides when the
// collector is stale: when a list is too old, with or without an error. Optional endpoints do not count.
//
// Thread-safe.
class StatusBoard {
 public:
  // Receives `collector_stale` and `collector_recovered`.
  using Emit = std::function<void(v1::ChangeEvent)>;

  // `collector_name` stands for the hostname until that is known. `containers`: whether they are read, too.
  // `emit` must not call the board's EmitStaleness() or CheckFreshness().
  StatusBoard(absl::Time start, StaleLimits limits, std::string collector_name, bool containers,
              Metrics& metrics, Emit emit);

  void SetIdentity(Identity identity);
  std::optional<Identity> GetIdentity() const;

  // Measures one request, good or bad. `part`: it asked for some services only.
  void Measure(Endpoint endpoint, bool part, absl::Duration took, const absl::StatusOr<EngineAnswer>& answer);

  // Each returns true if that is new: for a failure, that it is the first since the last good read or has
  // another reason than the one before; for a good read, that it is the first after a failure.
  bool Failed(Endpoint endpoint, const absl::Status& status, absl::Time now);
  bool Succeeded(Endpoint endpoint, std::size_t objects, absl::Time now);

  // Records the objects that were skipped in the last good read. Returns true if the reason differs from the
  // last one.
  bool Skipped(Endpoint endpoint, const SkippedObjects& skipped);

  // The endpoint need not be read now: the last read still counts.
  void Postponed(Endpoint endpoint, absl::Time now);

  // The clock was set, or the process did not run: earlier ages mean nothing.
  void ClockStepped(absl::Time now);

  // Returns the change to report if the collector has become stale, or has recovered, since the last call. A
  // thread that reads looks for failures only, because it has not reached some lists yet. A thread that does
  // not read also looks for silence: lists that are not read any longer.
  enum class Look { kFailures, kFailuresAndSilence };
  std::optional<v1::ChangeEvent> CheckStale(absl::Time now, Look look = Look::kFailures);

  // Emits that change, if there is one. Threads emit one after the other, in the order in which the changes
  // came about.
  void EmitStaleness(absl::Time now, Look look = Look::kFailures);

  // The same, also for silence; notices a clock that was set, and measures the age of each list. Call it each
  // second or so.
  void CheckFreshness(absl::Time now);

  // Everything but the engine's version.
  PollStatus Status() const;

 private:
  struct Record {
    std::uint32_t objects = 0;
    std::optional<absl::Time> last_read;
    std::optional<absl::Time> postponed_at;  // when the last read still counted
    absl::Time failing_since;                // while there is an error
    std::string error;
    bool late = false;  // was too old, and has not been read since
    SkippedObjects skipped;
    std::string last_skip_reason;  // stays when nothing is skipped any longer
  };

  absl::Time UnknownSince(Endpoint endpoint, const Record& record, absl::Time now) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsLate(Endpoint endpoint, const Record& record, absl::Time now) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsTrusted(Endpoint endpoint, const Record& record, absl::Time now) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  v1::ChangeEvent MakeEvent(absl::Time now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<Endpoint> FindLate(absl::Time now, Look look) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::optional<v1::ChangeEvent> BecomeStale(absl::Time now, Look look) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  v1::ChangeEvent Recover(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const absl::Time start_;
  const StaleLimits limits_;
  const std::string collector_name_;
  Metrics& metrics_;
  const Emit emit_;

  // Held while a change is looked for and emitted. Taken before mutex_ and before the locks of the sink, the
  // log and the store.
  Mutex emit_mutex_;

  mutable Mutex mutex_;
  std::optional<Identity> identity_ ABSL_GUARDED_BY(mutex_);
  std::map<Endpoint, Record> records_ ABSL_GUARDED_BY(mutex_);
  std::optional<absl::Time> checked_at_ ABSL_GUARDED_BY(mutex_);  // by CheckFreshness()
  std::optional<absl::Time> stepped_at_ ABSL_GUARDED_BY(mutex_);
  bool stale_ ABSL_GUARDED_BY(mutex_) = false;
  std::string stale_error_ ABSL_GUARDED_BY(mutex_);  // why it became stale
  // The last good read before that; the start if there was none.
  absl::Time stale_since_ ABSL_GUARDED_BY(mutex_);
  bool stale_since_read_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace swarmbell
