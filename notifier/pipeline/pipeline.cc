#include "notifier/pipeline/pipeline.h"

#include <algorithm>
#include <utility>

#include "notifier/pipeline/digest.h"

namespace swarmbell {

Pipeline::Pipeline(const PipelineOptions& options, Evaluate evaluate)
    : options_(options),
      evaluate_(std::move(evaluate)),
      recent_ids_(options.remembered_changes),
      crash_loops_(options.crash_loop),
      grouper_(options.grouping) {}

std::vector<OutgoingGroup> Pipeline::Process(const FeedBatch& batch, absl::Time now) {
  const std::uint64_t read = ReadOf(batch);
  for (const v1::ChangeEvent& event : batch.events) {
    if (recent_ids_.Met(event.event_id())) continue;
    for (const v1::ChangeEvent& counted : crash_loops_.Pass(event, now)) {
      Tell(counted, batch.receipt, read, now);
    }
  }
  if (!batch.continued) grouper_.EndRead(read, now);
  return Tick(now);
}

std::vector<OutgoingGroup> Pipeline::Tick(absl::Time now) {
  for (const v1::ChangeEvent& over : crash_loops_.TakeOver(now)) {
    const std::uint64_t read = ++last_read_;
    Tell(over, nullptr, read, now);
    grouper_.EndRead(read, now);
  }
  return MakeDigests(grouper_.TakeDue(now), options_.grouping.digest_over);
}

std::vector<OutgoingGroup> Pipeline::Flush() {
  return MakeDigests(grouper_.TakeAll(), options_.grouping.digest_over);
}

std::optional<absl::Time> Pipeline::NextDeadline() const {
  const std::optional<absl::Time> group = grouper_.NextDeadline();
  const std::optional<absl::Time> loop = crash_loops_.NextDeadline();
  if (group && loop) return std::min(*group, *loop);
  return group ? group : loop;
}

void Pipeline::Tell(const v1::ChangeEvent& event, const std::shared_ptr<Receipt>& receipt, std::uint64_t read,
                    absl::Time now) {
  const std::optional<Alert> alert = evaluate_(event, now);
  if (alert) grouper_.Add(*alert, receipt, read, now);
}

std::uint64_t Pipeline::ReadOf(const FeedBatch& batch) {
  const auto unfinished = unfinished_reads_.find(batch.collector);
  const bool known = unfinished != unfinished_reads_.end();
  const std::uint64_t read = known ? unfinished->second : ++last_read_;
  if (batch.continued) {
    unfinished_reads_[batch.collector] = read;
  } else if (known) {
    unfinished_reads_.erase(unfinished);
  }
  return read;
}

}  // namespace swarmbell
