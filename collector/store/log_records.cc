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

std::string SealSubscription(const std::string& name, const SubscriptionRecord& subscription) {
  const auto& [position, marks, state] = subscription;
  store::v1::Subscription record;
  record.set_log_id(position.log_id);
  record.set_sequence(position.sequence);
  record.mutable_marks()->Assign(marks.begin(), marks.end());
  record.set_state(state);
  return SealMessage(name, record);
}

absl::StatusOr<SubscriptionRecord> OpenSubscription(const std::string& name, std::string_view sealed) {
  store::v1::Subscription record;
  if (absl::Status status = OpenMessage(name, sealed, record); !status.ok()) return status;
  SubscriptionRecord subscription;
  subscription.position = {record.log_id(), record.sequence()};
  subscription.marks.assign(record.marks().begin(), record.marks().end());
  subscription.state = record.state();
  return subscription;
}

}  // namespace swarmbell
