#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "collector/changelog/change_log.h"
#include "collector/changelog/subscription_book.h"
#include "collector/diff/diff.h"
#include "collector/store/head_record.h"
#include "collector/store/stored_fields.h"
#include "common/redis/redis_client.h"

namespace swarmbell {

// Everything that was stored.
struct StoredState {
  store::v1::Head head;  // already with its new writer and run
  std::string head_record;
  std::vector<std::shared_ptr<const LogBatch>> batches;  // oldest first
  std::map<std::string, SubscriptionRecord> subscriptions;
  Known swarm;
  Known containers;
  // The content of the hashes.
  StoredFields known_fields;
  StoredFields subscription_fields;
};

// Takes over what is stored for a cluster, as `writer`: from then on no earlier writer writes any more. Then
// reads all of it.
//
// NOT_FOUND when nothing is stored; DATA_LOSS when what is there cannot be used, with the reason: it is then
// to be written anew. Everything else is Redis's trouble. Each page takes at most the client's timeout.
absl::StatusOr<StoredState> TakeStoredState(RedisClient& client, const StoreKeys& keys,
                                            const std::string& cluster_id, const std::string& writer,
                                            absl::Duration expire_after);

}  // namespace swarmbell
