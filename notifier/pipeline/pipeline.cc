#include "notifier/pipeline/pipeline.h"

#include <algorithm>
#include <utility>

#include "notifier/pipeline/digest.h"
#include "swarmbell/v1/notifier_state.pb.h"

namespace swarmbell {

Pipeline::Pipeline(const PipelineOptions& options, Evaluate evaluate, Handled& handled)
    : options_(options),
      evaluate_(std::move(evaluate)),
      handled_(&handled),
      repeats_(options.remembered_changes),
      crash_loops_(options.crash_loop),
      grouper_(options.grouping) {}

std::vector<OutgoingGroup> Pipeline::Process(const FeedBatch& batch, absl::Time now) {
  if (!batch.state.empty()) Restore(batch.state, now);
  const std::uint64_t read = ReadOf(batch);
  for (const v1::ChangeEvent& event : batch.events) Take(event, batch, read, now);
  if (!batch.continued) grouper_.EndRead(read, now);
  return Tick(now);
}

void Pipeline::Take(const v1::ChangeEvent& event, const FeedBatch& batch, std::uint64_t read,
                    absl::Time now) {
  const std::shared_ptr<EventHold> hold = repeats_.Take(event.event_id(), batch.receipt);
  if (!hold) return;
  const std::optional<v1::ChangeEvent> news = overlaps_.News(event);
  if (!news) return;
  for (const v1::ChangeEvent& counted : crash_loops_.Pass(*news, now)) Tell(counted, hold, read, now);
}

std::vector<OutgoingGroup> Pipeline::Tick(absl::Time now) {
  for (const v1::ChangeEvent& over : crash_loops_.TakeOver(now)) {
    const std::uint64_t read = ++last_read_;
    Tell(over, std::make_shared<EventHold>(), read, now);
    grouper_.EndRead(read, now);
  }
  KeepState();
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

void Pipeline::Tell(const v1::ChangeEvent& event, const std::shared_ptr<EventHold>& hold, std::uint64_t read,
                    absl::Time now) {
  std::optional<Alert> alert = evaluate_(event, now);
  if (!alert) return;
  const std::vector<std::string> receivers = std::move(alert->receivers);
  for (const std::string& receiver : receivers) {
    if (handled_->Has(HandledMark(event.event_id(), receiver))) continue;
    alert->receivers = {receiver};
    grouper_.Add(*alert, ReceiptFor(hold, event.event_id(), receiver, *handled_), read, now);
  }
}

void Pipeline::Restore(const std::string& state, absl::Time now) {
  v1::NotifierState kept;
  if (!kept.ParseFromString(state)) return;
  for (const v1::ChangeEvent& loop : kept.open_crash_loops()) crash_loops_.Restore(loop, now);
}

void Pipeline::KeepState() {
  v1::NotifierState state;
  for (v1::ChangeEvent& loop : crash_loops_.OpenLoops()) *state.add_open_crash_loops() = std::move(loop);
  handled_->SetState(state.SerializeAsString());
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
