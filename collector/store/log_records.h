#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "collector/changelog/change_log.h"

namespace swarmbell {

// Batches of the log as records, and back. DATA_LOSS, naming the record, for what cannot be
// used.

std::string SealBatch(const LogBatch& batch);
absl::StatusOr<std::shared_ptr<const LogBatch>> OpenBatch(std::string_view record);

}  // namespace swarmbell
