#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "collector/changelog/change_log.h"
#include "collector/changelog/subscription_book.h"
#include "collector/diff/diff.h"
#include "collector/store/known_records.h"
#include "collector/store/record.h"
#include "common/redis/redis_client.h"

namespace swarmbell {

// The changes that turn the fields of a hash in Redis into the wanted ones.
struct FieldChanges {
  struct Set {
    std::string name;
    std::string record;
    std::shared_ptr<const void> object;
  };
  std::vector<Set> set;
  std::vector<std::string> removed;

  bool empty() const { return set.empty() && removed.empty(); }
};

// The records that a hash in Redis holds, by fingerprint, so that only differences are written. An object
// that is the same as when it was stored is skipped without making its record.
class StoredFields {
 public:
  // Nothing is stored, or nothing is known of it.
  void Clear() { fields_.clear(); }
  // Adds a record that was found in Redis.
  void Found(const std::string& name, std::string_view record);

  // The differences to the records that `visit_all` visits. If two records have the same name, the first
  // counts.
  FieldChanges Compare(absl::FunctionRef<void(absl::FunctionRef<void(const KnownRecord&)>)> visit_all);

  // Notes that the changes have been made in Redis.
  void Apply(const FieldChanges& changes);
  // The number of records after the changes.
  std::size_t SizeAfter(const FieldChanges& changes) const;
  std::size_t Size() const { return fields_.size(); }

 private:
  struct Field {
    std::uint64_t fingerprint = 0;
    std::shared_ptr<const void> object;
    std::uint64_t seen = 0;  // in which comparison
  };

  std::map<std::string, Field> fields_;
  std::uint64_t comparison_ = 0;
};

// Everything that was stored.
struct StoredState {
  store::v1::Head head;  // already with its new writer and run
  std::string head_record;
  std::string previous_writer;
  std::vector<std::shared_ptr<const LogBatch>> batches;  // oldest first
  std::map<std::string, SubscriptionRecord> subscriptions;
  Known swarm;
  Known containers;
  // The content of the hashes.
  StoredFields known_fields;
  StoredFields subscription_fields;
};

// Takes over the state of a cluster as `writer`: from then on no earlier writer can write. Then reads all of
// it.
//
// If `keys` hold no state that can be used, the keys `older` of an older version are read; the head record is
// then empty: everything must be written again, under `keys`.
//
// NOT_FOUND when nothing is stored. DATA_LOSS, with the reason, when the state cannot be used and must be
// written again. All other errors are Redis's: a retry may help. Each page takes at most the client's
// timeout.
absl::StatusOr<StoredState> TakeOverState(RedisClient& client, const StoreKeys& keys, const StoreKeys& older,
                                          const std::string& cluster_id, const std::string& writer,
                                          absl::Duration expire_after);

}  // namespace swarmbell
