#include "notifier/pipeline/pipeline_runner.h"

#include <algorithm>
#include <future>
#include <memory>
#include <utility>

namespace swarmbell {
namespace {

// How often the wall clock is looked at while a silence waits for its end.
constexpr absl::Duration kLookAtClock = absl::Minutes(1);

}  // namespace

PipelineRunner::PipelineRunner(Pipeline pipeline, Sink sink, Clock& clock, std::size_t capacity)
    : pipeline_(std::move(pipeline)),
      sink_(std::move(sink)),
      clock_(clock),
      capacity_(capacity),
      anchor_(clock.Both()),
      thread_([this] { Run(); }) {}

PipelineRunner::~PipelineRunner() { Stop(); }

bool PipelineRunner::Push(FeedBatch batch, std::stop_token stop) {
  MutexLock lock(mutex_);
  has_room_.wait(lock, stop, [this] {
    mutex_.AssertHeld();
    return closed_ || batches_.size() < capacity_;
  });
  if (closed_ || batches_.size() >= capacity_) return false;
  batches_.push_back(std::move(batch));
  std::stop_source wake = wake_;
  lock.unlock();
  wake.request_stop();
  return true;
}

void PipelineRunner::Configure(const PipelineOptions& options, std::function<void()> then) {
  MutexLock lock(mutex_);
  options_ = options;
  then_ = std::move(then);
  std::stop_source wake = wake_;
  lock.unlock();
  wake.request_stop();
}

bool PipelineRunner::Do(std::function<void(Pipeline& pipeline)> work) {
  MutexLock lock(mutex_);
  if (closed_ || work_.size() >= capacity_) return false;
  work_.push_back(std::move(work));
  std::stop_source wake = wake_;
  lock.unlock();
  wake.request_stop();
  return true;
}

void PipelineRunner::HandOver(absl::Duration limit) {
  const auto done = std::make_shared<std::promise<void>>();
  const std::future<void> is_done = done->get_future();
  FeedBatch batch;
  batch.hand_over = true;
  batch.receipt = std::make_shared<Receipt>([done](bool) { done->set_value(); });
  if (Push(std::move(batch), {})) is_done.wait_for(absl::ToChronoMilliseconds(limit));
}

void PipelineRunner::Stop() {
  MutexLock lock(mutex_);
  closed_ = true;
  std::stop_source wake = wake_;
  lock.unlock();
  has_room_.notify_all();
  wake.request_stop();
  if (thread_.joinable()) thread_.join();
}

std::optional<FeedBatch> PipelineRunner::Pop(absl::Duration longest) {
  if (const std::optional<std::stop_token> wake = Arm()) clock_.Sleep(longest, *wake);
  const MutexLock lock(mutex_);
  if (batches_.empty()) return std::nullopt;
  FeedBatch batch = std::move(batches_.front());
  batches_.pop_front();
  has_room_.notify_one();
  return batch;
}

std::optional<std::stop_token> PipelineRunner::Arm() {
  const MutexLock lock(mutex_);
  if (closed_ || options_ || !work_.empty() || !batches_.empty()) return std::nullopt;
  wake_ = std::stop_source();
  return wake_.get_token();
}

bool PipelineRunner::IsClosedAndEmpty() const {
  const MutexLock lock(mutex_);
  return closed_ && batches_.empty() && work_.empty() && !options_;
}

void PipelineRunner::ApplyOptions() {
  std::optional<PipelineOptions> options;
  std::function<void()> then;
  {
    const MutexLock lock(mutex_);
    options = std::exchange(options_, std::nullopt);
    then = std::exchange(then_, nullptr);
  }
  if (!options) return;
  for (OutgoingGroup& message : pipeline_.TakeGrouped()) sink_(std::move(message));
  pipeline_.Configure(*options);
  if (then) then();
}

void PipelineRunner::DoWork() {
  std::vector<std::function<void(Pipeline&)>> work;
  {
    const MutexLock lock(mutex_);
    work.swap(work_);
  }
  for (const auto& one : work) one(pipeline_);
}

// Until the pipeline's next deadline, or the end of a silence by the wall clock, which may be set meanwhile.
absl::Duration PipelineRunner::LongestWait() {
  const std::optional<absl::Time> deadline = pipeline_.NextDeadline();
  const absl::Duration wait = deadline ? *deadline - Now() : absl::InfiniteDuration();
  const std::optional<absl::Time> end = pipeline_.SilencesInForce().NextEnd();
  if (!end) return wait;
  return std::min(wait, std::clamp(*end - clock_.Now(), absl::ZeroDuration(), kLookAtClock));
}

// The pipeline's time is the wall clock's while nothing waits in it. While something waits, it advances with
// the steady clock: setting the wall clock neither delays a message nor ends a crash loop.
absl::Time PipelineRunner::Now() {
  if (!pipeline_.Waits()) anchor_ = clock_.Both();
  return anchor_.wall + (clock_.Steady() - anchor_.steady);
}

void PipelineRunner::Run() {
  while (!IsClosedAndEmpty()) {
    const std::optional<FeedBatch> batch = Pop(LongestWait());
    ApplyOptions();
    DoWork();
    const absl::Time now = Now();
    for (OutgoingGroup& message : batch ? pipeline_.Process(*batch, now) : pipeline_.Tick(now)) {
      sink_(std::move(message));
    }
  }
  for (OutgoingGroup& message : pipeline_.Flush(Now())) sink_(std::move(message));
}

}  // namespace swarmbell
