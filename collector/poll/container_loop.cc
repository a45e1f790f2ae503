#include "collector/poll/container_loop.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "collector/diff/diff.h"

namespace swarmbell {
namespace {

// The maximum number of starts and stops remembered between two readings.
constexpr std::size_t kMostEvents = 1000;

// The task that the labels name; empty for none.
std::string TaskOf(const Container& container) {
  const auto label = container.labels.find("com.docker.swarm.task.id");
  return label == container.labels.end() ? std::string() : label->second;
}

bool IsSameList(const Objects<Container>& a, const Objects<Container>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& one, const auto& other) { return one.second == other.second; });
}

}  // namespace

const Objects<Container>& PlainContainers::Get(const Objects<Container>& all, const ListedTasks* tasks,
                                               absl::Time read_at) {
  const auto is_gone = [&all](const auto& entry) { return !all.contains(entry.first); };
  std::erase_if(decided_, is_gone);
  std::erase_if(in_doubt_since_, is_gone);
  Objects<Container>::List plain;
  for (const auto& [id, container] : all) {
    if (KindOf(*container, tasks, read_at) == Kind::kPlain) plain.push_back(container);
  }
  Objects<Container> now = Objects<Container>::OfAscending(std::move(plain));
  if (!IsSameList(now, plain_)) plain_ = std::move(now);
  return plain_;
}

PlainContainers::Kind PlainContainers::KindOf(const Container& container, const ListedTasks* tasks,
                                              absl::Time read_at) {
  const std::string task_id = TaskOf(container);
  if (task_id.empty()) return Kind::kPlain;
  if (const auto decided = decided_.find(container.id); decided != decided_.end()) return decided->second;
  const absl::Time since = in_doubt_since_.try_emplace(container.id, read_at).first->second;
  if (tasks == nullptr) return Kind::kInDoubt;
  const auto found = tasks->tasks.find(task_id);
  const bool listed = found != tasks->tasks.end();
  // A task exists before its container, and names the container a moment later.
  if (!listed && tasks->asked_at <= since) return Kind::kInDoubt;
  if (listed && (*found).second->container_id.empty()) return Kind::kInDoubt;
  in_doubt_since_.erase(container.id);
  const bool is_its = listed && (*found).second->container_id == container.id;
  return decided_[container.id] = is_its ? Kind::kOfTask : Kind::kPlain;
}

ContainerLoop::ContainerLoop(EngineClient& engine, Clock& clock, StatusBoard& board, ChangeSink& sink,
                             SnapshotReader& reader, const PollOptions& options)
    : clock_(clock),
      board_(board),
      sink_(sink),
      options_(options),
      loop_(clock, options.interval, options.debounce),
      containers_(Endpoint::kContainers, engine, clock, board, reader.Containers()) {}

void ContainerLoop::Run(std::stop_token stop) {
  loop_.Run([this](bool, std::stop_token stopped) { return Round(stopped); }, stop);
}

void ContainerLoop::StartSwarm(ContainerStart start) {
  {
    const MutexLock lock(mutex_);
    updates_.start = std::move(start);
  }
  loop_.Wake();
}

void ContainerLoop::SetTasks(ListedTasks tasks) {
  bool needed = false;
  {
    const MutexLock lock(mutex_);
    updates_.tasks = std::move(tasks);
    needed = std::exchange(needs_tasks_, false);
  }
  if (needed) loop_.Wake();
}

void ContainerLoop::OnEvent(const EngineEvent& event) {
  {
    const MutexLock lock(mutex_);
    const bool kept = event.action != ContainerAction::kOther && updates_.events.size() < kMostEvents;
    if (kept) updates_.events.push_back(event);
  }
  loop_.Wake();
}

void ContainerLoop::OnAnythingChanged() {
  {
    const MutexLock lock(mutex_);
    updates_.retry_now = true;
  }
  loop_.Wake();
}

void ContainerLoop::Adopt(const std::vector<v1::ChangeEvent>& alarms) {
  if (alarms_.Add(alarms, clock_.Now())) loop_.Wake();
}

void ContainerLoop::ApplyUpdates() {
  Updates updates;
  {
    const MutexLock lock(mutex_);
    updates = std::exchange(updates_, {});
  }
  if (updates.retry_now) containers_.RetryNow();
  if (updates.start) {
    generation_ = updates.start->generation;
    known_ = std::move(updates.start->known);
    started_at_.reset();
    alarms_.Begin(known_.containers.has_value(), clock_.Now());
  }
  if (updates.tasks) tasks_ = std::move(updates.tasks);
  for (const EngineEvent& event : updates.events) {
    if (event.action == ContainerAction::kStopped) stopped_.insert(event.container_id);
    if (event.action == ContainerAction::kStarted) stopped_.erase(event.container_id);
  }
}

NextRound ContainerLoop::Round(std::stop_token stop) {
  ApplyUpdates();
  // StartSwarm() wakes the loop when the swarm becomes known, and again for another one.
  const std::optional<Identity> identity = board_.GetIdentity();
  if (!identity || generation_ != sink_.Generation()) return {};
  const absl::Time start = clock_.Now();
  ReadOnce(*identity, stop);
  return {.max_wait = containers_.UntilRetry(), .min_wait = (clock_.Now() - start) / options_.EngineShare()};
}

// The steps of one reading of the containers.
void ContainerLoop::ReadOnce(const Identity& identity, std::stop_token stop) {
  // Read.
  const absl::Time start = clock_.Now();
  const Objects<Container>* all = containers_.Read(stop);
  if (all == nullptr) return;

  // Complete: which of them are plain, and which were stopped by somebody.
  std::erase_if(stopped_, [all](const std::string& id) { return !all->contains(id); });
  Snapshot fresh;
  fresh.containers = plain_.Get(*all, tasks_ ? &*tasks_ : nullptr, start);
  {
    const MutexLock lock(mutex_);
    needs_tasks_ = plain_.in_doubt();
  }
  if (!known_.containers && plain_.in_doubt() && !KnowsTasksOfStart(start)) return;
  fresh.stopped_containers = stopped_;
  fresh.read_time = clock_.Now();
  fresh.server = containers_.server();

  // Compare.
  const bool changed = !known_.containers || !known_.containers->IsSame(*fresh.containers);
  const DiffContext context{options_.hold_times, identity.cluster, identity.observer};
  std::vector<v1::ChangeEvent> events;
  if (known_.containers) {
    std::vector<v1::ChangeEvent> alarms = alarms_.Take(start, clock_.Now());
    events = AdoptAlarms(known_, alarms, fresh, context);
    alarms_.Add(alarms, clock_.Now());
  }
  std::vector<v1::ChangeEvent> found = Diff(known_, fresh, context);
  events.insert(events.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));

  // Emit and keep.
  if (events.empty() && !changed) return;
  sink_.EmitAndKeep(*generation_, std::move(events), KnownPart::kContainers, known_);
}

// Until then a container that existed at the start may be in doubt, and would look new later.
bool ContainerLoop::KnowsTasksOfStart(absl::Time now) {
  if (!started_at_) started_at_ = now;
  return tasks_ && tasks_->asked_at > *started_at_;
}

}  // namespace swarmbell
