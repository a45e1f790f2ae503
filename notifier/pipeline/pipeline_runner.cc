#include "notifier/pipeline/pipeline_runner.h"

#include <utility>

namespace swarmbell {

PipelineRunner::PipelineRunner(Pipeline pipeline, Sink sink, Clock& clock, std::size_t inbox_capacity)
    : pipeline_(std::move(pipeline)),
      sink_(std::move(sink)),
      clock_(clock),
      inbox_(inbox_capacity, clock),
      anchor_(clock.Both()),
      thread_([this] { Run(); }) {}

PipelineRunner::~PipelineRunner() { Stop(); }

bool PipelineRunner::Push(FeedBatch batch, std::stop_token stop) {
  return inbox_.Push(std::move(batch), std::move(stop));
}

void PipelineRunner::Configure(const PipelineOptions& options, std::function<void()> then) {
  {
    const std::lock_guard lock(mutex_);
    options_ = options;
    then_ = std::move(then);
  }
  inbox_.Push(FeedBatch(), {});  // wakes the thread
}

void PipelineRunner::TakeOptions() {
  std::optional<PipelineOptions> options;
  std::function<void()> then;
  {
    const std::lock_guard lock(mutex_);
    options = std::exchange(options_, std::nullopt);
    then = std::exchange(then_, nullptr);
  }
  if (!options) return;
  for (OutgoingGroup& message : pipeline_.TakeGrouped()) sink_(std::move(message));
  pipeline_.Configure(*options);
  if (then) then();
}

void PipelineRunner::Stop() {
  inbox_.Close();
  if (thread_.joinable()) thread_.join();
}

// The pipeline's time is the wall clock's while nothing waits in it, and goes on steadily from there while
// something does: setting the clock makes no message wait longer, and ends no crash loop.
absl::Time PipelineRunner::Now() {
  if (!pipeline_.NextDeadline()) anchor_ = clock_.Both();
  return anchor_.wall + (clock_.Steady() - anchor_.steady);
}

void PipelineRunner::Run() {
  while (!inbox_.ClosedAndEmpty()) {
    const std::optional<absl::Time> deadline = pipeline_.NextDeadline();
    const std::optional<FeedBatch> batch =
        inbox_.Pop(deadline ? *deadline - Now() : absl::InfiniteDuration());
    TakeOptions();
    const absl::Time now = Now();
    for (OutgoingGroup& message : batch ? pipeline_.Process(*batch, now) : pipeline_.Tick(now)) {
      sink_(std::move(message));
    }
  }
  for (OutgoingGroup& message : pipeline_.Flush(Now())) sink_(std::move(message));
}

}  // namespace swarmbell
