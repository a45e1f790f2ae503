#include "collector/poll/container_loop.h"

#include <utility>
#include <vector>

namespace swarmbell {
namespace {

// The maximum number of stops and starts kept between two readings.
constexpr std::size_t kMostTurns = 1000;

}  // namespace

ContainerLoop::ContainerLoop(PollParts parts, SnapshotReader& reader, const PollOptions& options)
    : parts_(parts),
      options_(options),
      loop_(parts.clock, options.interval, options.debounce),
      containers_(Endpoint::kContainers, parts, reader.Containers()) {}

void ContainerLoop::Run(std::stop_token stop) {
  loop_.Run([this](bool, std::stop_token stopped) { return Round(stopped); }, stop);
}

void ContainerLoop::WakeAndRetry() {
  {
    const std::lock_guard lock(mutex_);
    retry_now_ = true;
  }
  loop_.Wake();
}

void ContainerLoop::Begin(ContainerStart start) {
  {
    const std::lock_guard lock(mutex_);
    start_ = std::move(start);
  }
  loop_.Wake();
}

void ContainerLoop::KnowTasks(ListedTasks tasks) {
  bool wanted = false;
  {
    const std::lock_guard lock(mutex_);
    listed_ = std::move(tasks);
    wanted = std::exchange(in_doubt_, false);
  }
  if (wanted) loop_.Wake();
}

void ContainerLoop::OnEvent(const EngineEvent& event) {
  {
    const std::lock_guard lock(mutex_);
    if (event.turn != ContainerTurn::kOther && turns_.size() < kMostTurns) turns_.push_back(event);
  }
  loop_.Wake();
}

// Takes what other threads have told since the last round.
void ContainerLoop::TakeNews() {
  const std::lock_guard lock(mutex_);
  if (std::exchange(retry_now_, false)) containers_.source().RetryNow();
  if (start_) {
    generation_ = start_->generation;
    known_ = std::move(start_->known);
    began_at_.reset();
    start_.reset();
  }
  if (listed_) tasks_ = *std::exchange(listed_, std::nullopt);
  for (const EngineEvent& event : std::exchange(turns_, {})) {
    if (event.turn == ContainerTurn::kStopped) stopped_.insert(event.container_id);
    if (event.turn == ContainerTurn::kStarted) stopped_.erase(event.container_id);
  }
}

// Until then some containers that were there at the beginning may be in doubt, and would look new later.
bool ContainerLoop::KnowsTasksOfBeginning(absl::Time now) {
  if (!began_at_) began_at_ = now;
  return tasks_ && tasks_->asked_at > *began_at_;
}

RoundEnd ContainerLoop::Round(std::stop_token stop) {
  TakeNews();
  // Woken when the swarm is known, and again when it is another one.
  const std::optional<Identity> identity = parts_.board.GetIdentity();
  if (!identity || generation_ != parts_.sink.Generation()) return {};
  const absl::Time start = parts_.clock.Now();
  ReadAndCompare(*identity, stop);
  return {.patience = containers_.source().UntilRetry(),
          .rest = (parts_.clock.Now() - start) / options_.engine_share};
}

void ContainerLoop::ReadAndCompare(const Identity& identity, std::stop_token stop) {
  const absl::Time start = parts_.clock.Now();
  const Objects<Container>* all = containers_.Read(stop);
  if (all == nullptr) return;
  std::erase_if(stopped_, [all](const std::string& id) { return !all->contains(id); });
  Snapshot fresh;
  fresh.containers = plain_.Get(*all, tasks_ ? &*tasks_ : nullptr, start);
  {
    const std::lock_guard lock(mutex_);
    in_doubt_ = plain_.in_doubt();
  }
  if (!known_.containers && plain_.in_doubt() && !KnowsTasksOfBeginning(start)) return;
  fresh.stopped_containers = stopped_;
  fresh.read_time = parts_.clock.Now();
  fresh.server = containers_.server();
  const bool changed = !known_.containers || !known_.containers->IsSame(*fresh.containers);
  std::vector<v1::ChangeEvent> events = Diff(known_, fresh, MakeDiffContext(options_, identity));
  if (events.empty() && !changed) return;
  parts_.sink.AppendAndKeep(*generation_, std::move(events), KnownPart::kContainers, known_);
}

}  // namespace swarmbell
