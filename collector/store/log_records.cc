#include "collector/store/log_records.h"

#include <utility>

#include "collector/store/record.h"
#include "swarmbell/store/v1/collector_state.pb.h"

namespace swarmbell {
namespace {

constexpr char kBatch[] = "batch";

bool GrowsByOne(const LogBatch& batch) {
  for (std::size_t i = 1; i < batch.events.size(); ++i) {
    if (batch.events[i].sequence() != batch.events[i - 1].sequence() + 1) return false;
  }
  return batch.events.front().sequence() != 0;
}

}  // namespace

std::string SealBatch(const LogBatch& batch) {
  store::v1::Batch record;
  record.mutable_events()->Assign(batch.events.begin(), batch.events.end());
  return SealMessage(kBatch, record);
}

absl::StatusOr<std::shared_ptr<const LogBatch>> OpenBatch(std::string_view sealed) {
  store::v1::Batch record;
  if (absl::Status status = OpenMessage(kBatch, sealed, record); !status.ok()) return status;
  if (record.events().empty()) return BadRecord(kBatch, "is empty");
  auto batch = std::make_shared<LogBatch>();
  batch->events.assign(std::make_move_iterator(record.mutable_events()->begin()),
                       std::make_move_iterator(record.mutable_events()->end()));
  if (!GrowsByOne(*batch)) return BadRecord(kBatch, "has sequences that do not grow by one");
  return batch;
}

}  // namespace swarmbell
