#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "common/sync/mutex.h"
#include "notifier/timeline/timeline.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// The newest rows of the timeline. Changes may come in any order and repeated, from the stream and from the
// logs of several collectors. Bounded in rows and bytes: the oldest rows are evicted. Thread-safe.
class RowRing {
 public:
  struct Limits {
    std::size_t rows = 10'000;
    std::size_t bytes = std::size_t{15} << 20;  // of changes and texts
    std::size_t changes = 50;                   // of one row; more begin another
  };

  // Makes a row of the changes of one object. Called by Add(); must not wait and must not call the ring.
  using MakeRow = std::function<TimelineRow(std::vector<v1::ChangeEvent> changes)>;

  // `window` is the time within which changes of one object are a row.
  RowRing(Limits limits, absl::Duration window, MakeRow make_row)
      : limits_(limits), window_(window), make_row_(std::move(make_row)) {}

  void Add(const v1::ChangeEvent& event);

  // Rows as JSON: the summary (see SummaryOf) with `id`, the identifier of the row's first change. A row that
  // gets further changes keeps its identifier.
  struct Rows {
    std::vector<std::string> rows;
    std::uint64_t version = 0;  // to ask After() with
    std::size_t total = 0;      // in the ring
  };

  // The newest rows first, without the first `skip`. The version is that of the whole ring.
  Rows Newest(std::size_t skip, std::size_t most) const;

  // The rows that have changed after a version, in that order. Waits until there are some, for at most
  // `wait`, or until the stop.
  Rows After(std::uint64_t version, std::size_t most, absl::Duration wait, std::stop_token stop) const;

  // The changes of the row that has the change of this identifier; none if there is no such row.
  std::vector<v1::ChangeEvent> ChangesOf(const std::string& change_id) const;

  // The changes of one swarm in the rows of that time, oldest first.
  std::vector<v1::ChangeEvent> Between(const std::string& cluster_id, absl::Time since,
                                       absl::Time until) const;

 private:
  using Key = std::pair<absl::Time, std::uint64_t>;  // time, and a number that differs
  struct Row {
    std::string id;
    std::string subject;
    std::string cluster_id;
    std::vector<std::string> changes;  // serialised: a quarter of their size in memory
    std::vector<std::string> change_ids;
    std::string text;
    std::uint64_t version = 0;

    std::size_t Bytes() const;
  };

  Key PlaceFor(const std::string& subject, absl::Time time) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Update(const Key& key, Row& row, const v1::ChangeEvent& event) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EvictOldest() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Limits limits_;
  const absl::Duration window_;
  const MakeRow make_row_;
  mutable Mutex mutex_;
  mutable std::condition_variable_any changed_;
  std::map<Key, Row> rows_ ABSL_GUARDED_BY(mutex_);
  std::unordered_map<std::string, Key> by_change_ ABSL_GUARDED_BY(mutex_);
  std::unordered_map<std::string, Key> open_ ABSL_GUARDED_BY(mutex_);  // by subject, the row used last
  std::map<std::uint64_t, Key> by_version_ ABSL_GUARDED_BY(mutex_);
  std::uint64_t version_ ABSL_GUARDED_BY(mutex_) = 0;
  std::size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace swarmbell
