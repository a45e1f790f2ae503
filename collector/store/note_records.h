#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "collector/diff/diff.h"
#include "swarmbell/store/v1/collector_state.pb.h"

namespace swarmbell {

// The state beyond the objects as messages, and back: as in object_records.h.

store::v1::ServiceNote ToRecord(const KnownService& note);
store::v1::NodeNote ToRecord(const KnownNode& note);
store::v1::FailedTask ToRecord(v1::TaskState failed);
store::v1::Shortage ToRecord(const KnownShortage& shortage);
store::v1::FailedJob ToRecord(const KnownFailedJob& job);
store::v1::Trouble ToRecord(const KnownTrouble& trouble);

absl::Status FromRecord(std::string_view name, const store::v1::ServiceNote& record, KnownService& note);
absl::Status FromRecord(std::string_view name, const store::v1::NodeNote& record, KnownNode& note);
absl::Status FromRecord(std::string_view name, const store::v1::FailedTask& record, v1::TaskState& failed);
absl::Status FromRecord(std::string_view name, const store::v1::Shortage& record, KnownShortage& shortage);
absl::Status FromRecord(std::string_view name, const store::v1::FailedJob& record, KnownFailedJob& job);
absl::Status FromRecord(std::string_view name, const store::v1::Trouble& record, KnownTrouble& trouble);

}  // namespace swarmbell
