#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "collector/changelog/change_log.h"
#include "common/redis/redis_client.h"

namespace swarmbell {

// The log as a Redis Stream, which other programs may read too (docs/redis.md): an entry for each change.
// Its identifier is `EPOCH-SEQUENCE`, where the epoch says when the log began, so that identifiers grow also
// when a new log replaces one. Its fields are `json` and `proto`: the ChangeEvent; `batch`: the sequence of
// the first change of the same read; `check`: the version and checksum of the entry.

// The command that appends a change.
RedisCommand AddChangeCommand(const std::string& key, std::uint64_t epoch, std::uint64_t batch,
                              const v1::ChangeEvent& event);

// Reads the whole stream, oldest first, as batches. DATA_LOSS if an entry cannot be used; otherwise Redis's
// errors. Each page takes at most the client's timeout.
absl::Status ReadChanges(RedisClient& client, const std::string& key,
                         std::vector<std::shared_ptr<const LogBatch>>& batches);

}  // namespace swarmbell
