#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "collector/changelog/change_log.h"
#include "collector/changelog/subscription_book.h"
#include "collector/store/record.h"
#include "collector/store/store_reader.h"
#include "common/redis/redis_client.h"

namespace swarmbell {

// The writer, and the swarm it writes for.
struct StoreIdentity {
  std::string writer;
  std::string cluster_id;
  std::string node_id;
  std::string salt;
  std::string reader;
};

// The content to store. Take the parts of the known state first and then read the log, so that the stored
// state is never newer than the stored log.
struct StoreContent {
  std::shared_ptr<const Known> swarm;  // never null
  std::shared_ptr<const Known> containers;
  const ChangeLog& log;
  const SubscriptionBook& book;
};

struct StoreWritten {
  std::size_t transactions = 0;
  std::size_t bytes = 0;  // of records
};

// Writes what has changed. Each transaction watches the head and has an effect only while that is as this
// writer left it: a transaction that comes too late, or from a process that was superseded, has none. One
// thread at a time.
class StoreWriter {
 public:
  // Once the whole state is stored under `keys`, the keys `older` of an older version are removed.
  StoreWriter(RedisClient& client, StoreKeys keys, StoreKeys older, StoreIdentity identity,
              absl::Duration expire_after);

  // Continues from the state that was taken over; takes its fields. Without it, everything is written again.
  void ContinueFrom(StoredState& state);

  // Stores the differences between `content` and what is stored. ALREADY_EXISTS when another process has
  // taken over: do not write again. After any other error, call it again: it first finds out what has been
  // stored. With `refresh` the keys' expiry is put off even if nothing has changed.
  absl::Status Write(const StoreContent& content, absl::Time now, bool refresh, StoreWritten& written);

  // The newest event of the present log that is stored.
  LogPosition Newest() const { return {log_id_, newest_}; }

 private:
  // One transaction: its changes, and the state after it.
  struct Step {
    std::vector<std::uint64_t> changes;  // the sequences of those added
    std::vector<RedisCommand> additions;
    std::uint64_t oldest_kept = 0;  // changes up to it are dropped
    std::uint64_t newest = 0;
    std::uint64_t run = 0;
    FieldChanges known;
    FieldChanges subscriptions;
    bool all = false;       // nothing is left to store after it
    bool complete = false;  // the stored state can be used after it
    std::size_t bytes = 0;  // of its records
    std::string head_record;

    bool empty() const { return changes.empty() && known.empty() && subscriptions.empty(); }
  };

  absl::Status CheckHead();
  void StartAnew(const ChangeLog& log, absl::Time now);
  absl::StatusOr<Step> NextStep(const StoreContent& content);
  absl::StatusOr<bool> AddBatches(const ChangeLog& log, Step& step) const;
  void AddBatch(const LogBatch& batch, Step& step) const;
  bool AddFields(const StoreContent& content, Step& step);
  std::string SealStepHead(const Step& step, absl::Time now) const;
  std::vector<RedisCommand> Commands(const Step& step) const;
  absl::Status Commit(Step step);
  void Apply(const Step& step);
  std::deque<std::uint64_t> ChangesAfter(const Step& step) const;
  void RemoveOlderKeys();

  RedisClient& client_;
  const StoreKeys keys_;
  const StoreKeys older_keys_;
  const StoreIdentity identity_;
  const std::string expire_ms_;

  // The stored state, as far as it is known.
  std::string previous_writer_;  // of the state that was taken over: Redis may come back with its head
  std::string head_record_;      // empty if nothing is stored that can be continued
  bool anew_ = true;             // the next transaction first removes all
  std::uint64_t revision_ = 0;
  std::string log_id_;
  std::uint64_t newest_ = 0;
  std::uint64_t log_epoch_ = 0;
  std::deque<std::uint64_t> changes_;  // their sequences
  StoredFields known_;
  StoredFields subscriptions_;
  bool complete_ = false;
  bool older_keys_removed_ = false;
  // A transaction that was sent without an answer.
  std::optional<Step> in_doubt_;
};

}  // namespace swarmbell
