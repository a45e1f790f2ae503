#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "swarmbell/store/v1/collector_state.pb.h"

namespace swarmbell {

// The keys of one collector. Nothing else in Redis is read or written.
struct StoreKeys {
  StoreKeys(const std::string& prefix, const std::string& node_id);

  std::string head;           // a text: what the others are, and who writes them
  std::string log;            // a sorted set: batches by the sequence of their first event
  std::string known;          // a hash: what is known, by KnownRecord::name
  std::string subscriptions;  // a hash: by name
};

// Each run of a collector numbers its events from here: however many events of the last run were sent and not
// stored, none of their sequences is given to another event.
constexpr std::uint64_t kSequencesPerRun = 1'000'000'000;

std::string SealHead(const store::v1::Head& head);

// DATA_LOSS when it cannot be used.
absl::StatusOr<store::v1::Head> OpenHead(const std::string& record);

}  // namespace swarmbell
