// Alarms that a subscriber has reported, after the collector has lost what it knew.

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "collector/diff/comparison.h"
#include "collector/diff/update_runs.h"

namespace swarmbell {
namespace {

constexpr std::size_t kLongestId = 64;
constexpr std::size_t kLongestName = 200;
constexpr absl::Duration kOldest = absl::Hours(24 * 30);

// When the alarm's trouble began, as far as the alarm says.
const google::protobuf::Timestamp& SinceOf(const v1::ChangeEvent& alarm) {
  if (alarm.service_degraded().has_start_time()) return alarm.service_degraded().start_time();
  if (alarm.node_state_changed().has_start_time()) return alarm.node_state_changed().start_time();
  return alarm.has_occur_time() ? alarm.occur_time() : alarm.observe_time();
}

// Distinguishes the end of this alarm from that of another one of the object; the same on every collector.
std::string EpisodeOf(const v1::ChangeEvent& alarm) {
  return absl::StrCat("alarm ", alarm.event_id().substr(0, kLongestId));
}

bool IsId(const std::string& id) {
  return !id.empty() && id.size() <= kLongestId && std::all_of(id.begin(), id.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c));
  });
}

// Without control characters; cut between two characters.
std::string Printable(std::string name) {
  std::erase_if(name, [](char c) { return absl::ascii_iscntrl(static_cast<unsigned char>(c)); });
  if (name.size() <= kLongestName) return name;
  std::size_t end = kLongestName;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80) --end;
  return name.substr(0, end);
}

bool HasCompleted(v1::UpdateState state) {
  return state == v1::UPDATE_STATE_COMPLETED || state == v1::UPDATE_STATE_ROLLBACK_COMPLETED;
}

// The container of the alarm; null for an alarm about something else.
const v1::ContainerSummary* ContainerOf(const v1::ChangeEvent& alarm) {
  if (alarm.has_container_restarting()) return &alarm.container_restarting().container();
  if (alarm.has_container_gave_up()) return &alarm.container_gave_up().container();
  if (alarm.has_container_unhealthy()) return &alarm.container_unhealthy().container();
  return alarm.has_container_dead() ? &alarm.container_dead().container() : nullptr;
}

class Adoption {
 public:
  // Adds the services to compare again to `due`.
  Adoption(Comparison& comparison, const v1::ChangeEvent& alarm, std::set<std::string>& due)
      : comparison_(comparison), known_(comparison.known), alarm_(alarm), due_(due) {}

  // True if the alarm must wait for the next reading.
  bool waits() const { return waits_; }

  void OfSwarm() {
    if (alarm_.has_quorum_in_danger()) return OfQuorum();
    const v1::ResourceKind kind = alarm_.resource().kind();
    if (kind == v1::RESOURCE_KIND_NODE) return OfNode();
    if (kind != v1::RESOURCE_KIND_SERVICE && kind != v1::RESOURCE_KIND_TASK) return;
    const bool of_task = alarm_.has_task_unschedulable();
    const std::string& id =
        of_task ? alarm_.task_unschedulable().task().service_id() : alarm_.resource().id();
    const Service* service = FindService(known_, id);
    if (service == nullptr) {
      if (IsId(id) && IsGone(comparison_.fresh.services, id)) EmitServiceGone(id);
      return;
    }
    due_.insert(id);
    if (of_task || alarm_.has_service_degraded()) return OfTasks(*service);
    if (alarm_.has_service_job_failed()) return OfJob(*service);
    if (alarm_.has_service_update_stalled() || alarm_.has_service_update_state_changed()) OfRun(*service);
  }

  // Only the collector of the container's node can say more.
  void OfContainer() {
    const v1::ContainerSummary* container = ContainerOf(alarm_);
    if (container == nullptr || container->node_id() != comparison_.context.observer.node_id()) return;
    const std::string& id = alarm_.resource().id();
    const std::string state = alarm_.has_container_restarting()  ? "restarting"
                              : alarm_.has_container_dead()      ? "dead"
                              : alarm_.has_container_unhealthy() ? "unhealthy"
                                                                 : "exited";
    if (Find(known_.containers, id) == nullptr) {
      if (IsGone(comparison_.fresh.containers, id)) EmitContainerGone(state);
      return;
    }
    const auto [trouble, is_new] = known_.troubles.try_emplace(id);
    if (!is_new && trouble->second.reported) return;
    if (is_new) trouble->second.state = state;
    trouble->second.since = Since();
    trouble->second.reported = trouble->second.state == state;
    trouble->second.at_baseline = false;
  }

 private:
  // Returns true if the fresh list lacks the object, too; otherwise the alarm waits.
  template <typename T>
  bool IsGone(const std::optional<Objects<T>>& fresh, const std::string& id) {
    waits_ = !fresh || fresh->contains(id);
    return !waits_;
  }

  // A time that cannot be true would be stored, and could not be read again.
  absl::Time Clamped(const google::protobuf::Timestamp& time) const {
    const absl::Time now = comparison_.fresh.read_time;
    return std::clamp(FromProto(time), now - kOldest, now);
  }
  absl::Time Since() const { return Clamped(SinceOf(alarm_)); }

  v1::ResourceRef Resource() const {
    v1::ResourceRef resource;
    resource.set_kind(alarm_.resource().kind());
    resource.set_id(alarm_.resource().id());
    resource.set_name(Printable(alarm_.resource().name()));
    return resource;
  }

  void OfTasks(const Service& service) {
    const auto [shortage, is_new] = known_.shortages.try_emplace(service.id);
    if (shortage->second.reported || shortage->second.unschedulable) return;
    shortage->second = {.since = Since(), .episode = EpisodeOf(alarm_)};
    shortage->second.reported = alarm_.has_service_degraded();
    shortage->second.unschedulable = !shortage->second.reported;
  }

  void OfJob(const Service& service) {
    known_.failed_jobs.try_emplace(service.id,
                                   KnownFailedJob{.run = EpisodeOf(alarm_), .failed_at = Since()});
  }

  // Recollect() has reported the end of a run that the engine still shows.
  void OfRun(const Service& service) {
    KnownService& note = known_.service_notes[service.id];
    if (!note.run) note.run.emplace();
    const bool completed = service.update_status && HasCompleted(service.update_status->state);
    if (alarm_.has_service_update_state_changed()) note.run->failed |= !completed;
    if (!alarm_.has_service_update_stalled() || completed) return;
    const bool same_run = note.run->started_at &&
                          *note.run->started_at == FromProto(alarm_.service_update_stalled().start_time());
    if (!service.update_status) {
      note.run->failed = true;
    } else if (same_run && note.run->progress && !note.run->progress->stalled) {
      note.run->progress->stalled = true;
      note.run->progress->stalls = 1;
      note.run->progress->since = Clamped(alarm_.service_update_stalled().last_progress_time());
      // Progress since then is still to be found.
      const RunTasks tasks(service, comparison_.tasks_by_service.Of(service.id), note.run->fields);
      const bool moved = tasks.CountUpdated() > alarm_.service_update_stalled().updated_tasks();
      if (moved) note.run->progress->reached.clear();
    }
  }

  // A quorum that is still in danger is compared by the next reading.
  void OfQuorum() {
    const bool of_swarm = alarm_.resource().id() == comparison_.context.cluster.id();
    if (of_swarm && !IsQuorumInDanger(CountManagers(known_))) EmitQuorumSafe(comparison_, EpisodeOf(alarm_));
  }

  void EmitServiceGone(const std::string& id) {
    v1::ChangeEvent event;
    event.mutable_service_disappeared();
    EmitGone(id, v1::RESOURCE_KIND_SERVICE, std::move(event));
  }

  void EmitGone(const std::string& id, v1::ResourceKind kind, v1::ChangeEvent event) {
    EventHead head;
    head.action = v1::ACTION_REMOVED;
    head.resource = Resource();
    head.resource.set_kind(kind);
    if (head.resource.id() != id) {
      head.resource.set_name(Printable(alarm_.task_unschedulable().task().service_name()));
    }
    head.resource.set_id(id);
    EmitEvent(comparison_, head, std::move(event));
  }

  void EmitContainerGone(const std::string& state) {
    v1::ChangeEvent event;
    auto& recovered = *event.mutable_container_recovered();
    recovered.mutable_container()->set_node_id(comparison_.context.observer.node_id());
    recovered.mutable_container()->set_node_hostname(comparison_.context.observer.hostname());
    recovered.set_previous_state(state);
    *recovered.mutable_start_time() = ToProto(Since());
    EventHead head;
    head.action = v1::ACTION_REMOVED;
    head.resource = Resource();
    head.discriminator = EpisodeOf(alarm_);
    EmitEvent(comparison_, head, std::move(event));
  }

  void OfNode() {
    const std::string& id = alarm_.resource().id();
    const Node* node = Find(known_.nodes, id);
    if (node == nullptr) {
      if (!IsGone(comparison_.fresh.nodes, id)) return;
      v1::ChangeEvent event;
      event.mutable_node_disappeared()->mutable_node()->set_id(id);
      event.mutable_node_disappeared()->mutable_node()->set_hostname(Resource().name());
      return EmitGone(id, v1::RESOURCE_KIND_NODE, std::move(event));
    }
    // The next reading compares the node with how it was when the alarm was reported.
    KnownNode& note = known_.node_notes[id];
    const v1::NodeState state = alarm_.node_state_changed().current_state();
    if (state == v1::NODE_STATE_DOWN || state == v1::NODE_STATE_DISCONNECTED) {
      if (node->state == v1::NODE_STATE_READY) note.state = state;
      note.away_since = Since();
    }
    if (alarm_.has_node_reachability_changed() && node->reachability == v1::NODE_REACHABILITY_REACHABLE) {
      note.reachability = v1::NODE_REACHABILITY_UNREACHABLE;
      note.unreachable_since = Since();
    }
    if (alarm_.has_node_availability_changed()) EmitAvailability(*node);
  }

  void EmitAvailability(const Node& node) {
    const v1::NodeAvailability before = alarm_.node_availability_changed().current_availability();
    const bool alarming = before == v1::NODE_AVAILABILITY_PAUSE || before == v1::NODE_AVAILABILITY_DRAIN;
    if (!alarming || node.availability == before) return;
    EventHead head;
    head.resource = NodeResource(node, known_);
    head.current_version = node.version;
    head.occur_time = node.updated_at;
    head.identity_version = node.version;
    head.discriminator = absl::StrCat(before, " ", node.availability);
    v1::ChangeEvent event;
    auto& changed = *event.mutable_node_availability_changed();
    changed.set_previous_availability(before);
    changed.set_current_availability(node.availability);
    *changed.mutable_node() = SummarizeNode(node, known_, known_.tasks);
    EmitEvent(comparison_, head, std::move(event));
  }

  Comparison& comparison_;
  Known& known_;
  const v1::ChangeEvent& alarm_;
  std::set<std::string>& due_;
  bool waits_ = false;
};

}  // namespace

std::vector<v1::ChangeEvent> AdoptAlarms(Known& known, std::vector<v1::ChangeEvent>& alarms,
                                         const Snapshot& fresh, const DiffContext& context) {
  std::vector<v1::ChangeEvent> events;
  const PreviousListings before;
  Comparison comparison{known, before, fresh, context, events};
  std::set<std::string> due;
  std::vector<v1::ChangeEvent> waiting;
  for (const v1::ChangeEvent& alarm : alarms) {
    if (alarm.cluster().id() != context.cluster.id() || !IsId(alarm.resource().id())) continue;
    Adoption adoption(comparison, alarm, due);
    if (known.services && known.nodes && known.tasks) adoption.OfSwarm();
    if (known.containers) adoption.OfContainer();
    if (adoption.waits()) waiting.push_back(alarm);
  }
  alarms = std::move(waiting);
  known.due.ids.merge(due);
  return events;
}

}  // namespace swarmbell
