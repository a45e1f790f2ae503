// Nodes that appear, differ and disappear, and who leads.

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/diff/comparison.h"
#include "collector/diff/fields.h"
#include "collector/diff/summaries.h"
#include "collector/snapshot/masking.h"

namespace swarmbell {
namespace {

// A node joins without a hostname and gets one within a tenth of a second. It is reported without one after
// more readings than this, and after this time.
constexpr int kMostHeldReadings = 2;
constexpr absl::Duration kShortestHold = absl::Seconds(2);

class NodeComparison {
 public:
  NodeComparison(Comparison& comparison, const Node* before, const Node& now)
      : comparison_(comparison), before_(before), now_(now), note_(comparison.known.node_notes[now.id]) {}

  void Run() {
    if (before_ == nullptr || note_.held_since) {
      Appear();
      return;
    }
    CompareAvailability();
    CompareRole();
    CompareLabels();
    CompareState();
    CompareReachability();
  }

 private:
  void Appear() {
    if (now_.hostname.empty() && Hold()) return;
    note_.held_since.reset();
    AdoptState();
    EventHead head;
    head.action = v1::ACTION_CREATED;
    head.resource = NodeResource(now_, comparison_.known);
    head.current_version = now_.version;
    head.occur_time = now_.created_at;
    v1::ChangeEvent event;
    *event.mutable_node_appeared()->mutable_node() = Summary();
    EmitEvent(comparison_, head, std::move(event));
  }

  bool Hold() {
    if (!note_.held_since) note_.held_since = comparison_.fresh.read_time;
    ++note_.held_readings;
    return note_.held_readings <= kMostHeldReadings ||
           comparison_.fresh.read_time - *note_.held_since < kShortestHold;
  }

  void AdoptState() {
    if (now_.state != v1::NODE_STATE_UNKNOWN) note_.state = now_.state;
    if (now_.reachability == v1::NODE_REACHABILITY_REACHABLE) note_.reachability = now_.reachability;
  }

  void CompareAvailability() {
    if (before_->availability == now_.availability) return;
    v1::ChangeEvent event;
    auto& changed = *event.mutable_node_availability_changed();
    changed.set_previous_availability(before_->availability);
    changed.set_current_availability(now_.availability);
    *changed.mutable_node() = Summary();
    EmitVersioned(absl::StrCat(before_->availability, " ", now_.availability), std::move(event));
  }

  void CompareRole() {
    if (before_->role == now_.role) return;
    v1::ChangeEvent event;
    auto& changed = *event.mutable_node_role_changed();
    changed.set_previous_role(before_->role);
    changed.set_current_role(now_.role);
    *changed.mutable_node() = Summary();
    EmitVersioned(absl::StrCat(before_->role, " ", now_.role), std::move(event));
  }

  void CompareLabels() {
    if (before_->labels == now_.labels) return;
    const auto fields = DiffFields(before_->labels, now_.labels, "Labels", {});
    v1::ChangeEvent event;
    auto& changed = *event.mutable_node_labels_changed();
    changed.mutable_fields()->Assign(fields.begin(), fields.end());
    *changed.mutable_node() = Summary();
    EmitVersioned("labels", std::move(event));
  }

  void CompareState() {
    if (now_.state == v1::NODE_STATE_UNKNOWN || now_.state == v1::NODE_STATE_UNSPECIFIED) return;
    if (IsStillHeld()) return;
    v1::NodeState previous = std::exchange(note_.state, now_.state);
    const bool from_before = std::exchange(note_.state_before_baseline, false);
    const bool back = now_.state == v1::NODE_STATE_READY;
    const auto carried = back ? std::exchange(note_.carried_services, {}) : std::vector<std::string>();
    const auto since = back ? std::exchange(note_.away_since, std::nullopt) : note_.away_since;
    if (previous == now_.state) return;
    // A node that becomes ready for the first time has appeared, and that was reported.
    const bool first = previous == v1::NODE_STATE_UNSPECIFIED;
    if (first && now_.state == v1::NODE_STATE_READY) return;
    // At the baseline another manager had just become the leader, and had not heard from the node.
    if (first && from_before) previous = v1::NODE_STATE_READY;
    v1::ChangeEvent event;
    auto& changed = *event.mutable_node_state_changed();
    changed.set_previous_state(previous);
    changed.set_current_state(now_.state);
    changed.set_message(ShowMasked(now_.state_message).text);
    *changed.mutable_node() = Summary();
    if (since) *changed.mutable_start_time() = ToProto(*since);
    changed.mutable_carried_services()->Assign(carried.begin(), carried.end());
    EmitVersioned(absl::StrCat(previous, " ", now_.state), std::move(event));
  }

  // True while the node has not been away for long and may come back.
  bool IsStillHeld() {
    if (now_.state == v1::NODE_STATE_READY || note_.state == now_.state) return false;
    if (note_.state == v1::NODE_STATE_UNSPECIFIED && !note_.state_before_baseline) return false;
    if (!note_.away_since) {
      note_.away_since = comparison_.fresh.read_time;
      const v1::NodeSummary summary = Summary();
      note_.carried_services.assign(summary.services().begin(), summary.services().end());
    }
    return comparison_.fresh.read_time - *note_.away_since < comparison_.context.node_down_after;
  }

  bool HasLasted(std::optional<absl::Time>& since) const {
    if (!since) since = comparison_.fresh.read_time;
    return comparison_.fresh.read_time - *since >= comparison_.context.node_down_after;
  }

  // A manager is unreachable for a moment while it is promoted or demoted.
  void CompareReachability() {
    const bool steady = now_.role == v1::NODE_ROLE_MANAGER && before_->role == now_.role;
    if (now_.reachability == v1::NODE_REACHABILITY_UNSPECIFIED) note_.reachability = now_.reachability;
    const bool reachable = now_.reachability == v1::NODE_REACHABILITY_REACHABLE;
    const bool lost = now_.reachability == v1::NODE_REACHABILITY_UNREACHABLE && steady &&
                      note_.reachability == v1::NODE_REACHABILITY_REACHABLE;
    if (!lost) note_.unreachable_since.reset();
    if (!reachable && !lost) return;
    if (lost && !HasLasted(note_.unreachable_since)) return;
    const v1::NodeReachability previous = std::exchange(note_.reachability, now_.reachability);
    if (previous == now_.reachability || previous == v1::NODE_REACHABILITY_UNSPECIFIED) return;
    v1::ChangeEvent event;
    auto& changed = *event.mutable_node_reachability_changed();
    changed.set_previous_reachability(previous);
    changed.set_current_reachability(now_.reachability);
    *changed.mutable_node() = Summary();
    EventHead head = Head();
    head.occur_time.reset();
    head.identity_version = 0;
    head.discriminator = absl::StrCat(previous, " ", now_.reachability, " ", UnversionedKey(comparison_));
    EmitEvent(comparison_, head, std::move(event));
  }

  EventHead Head() const {
    EventHead head;
    head.resource = NodeResource(now_, comparison_.known);
    head.previous_version = before_->version;
    head.current_version = now_.version;
    head.occur_time = now_.updated_at;
    return head;
  }

  void EmitVersioned(std::string discriminator, v1::ChangeEvent event) {
    EventHead head = Head();
    head.discriminator = std::move(discriminator);
    head.identity_version = now_.version;
    EmitEvent(comparison_, head, std::move(event));
  }

  v1::NodeSummary Summary() const { return SummarizeNode(now_, comparison_.known, comparison_.known.tasks); }

  Comparison& comparison_;
  const Node* before_;
  const Node& now_;
  KnownNode& note_;
};

void EmitDisappeared(Comparison& comparison, const Node& node) {
  EventHead head;
  head.action = v1::ACTION_REMOVED;
  head.resource = NodeResource(node, comparison.known);
  head.previous_version = node.version;
  const auto& tasks = comparison.before.tasks ? comparison.before.tasks : comparison.known.tasks;
  v1::ChangeEvent event;
  *event.mutable_node_disappeared()->mutable_node() = SummarizeNode(node, comparison.known, tasks);
  EmitEvent(comparison, head, std::move(event));
}

const Node* FindLeader(const Objects<Node>& nodes) {
  for (const auto& [id, node] : nodes) {
    if (node->leader) return node.get();
  }
  return nullptr;
}

void CompareLeader(Comparison& comparison) {
  const Node* leader = FindLeader(*comparison.fresh.nodes);
  if (leader == nullptr) return;
  const std::string previous_id = std::exchange(comparison.known.leader_id, leader->id);
  if (previous_id.empty() || previous_id == leader->id) return;
  v1::ChangeEvent event;
  auto& changed = *event.mutable_leader_changed();
  changed.mutable_previous_leader()->set_id(previous_id);
  const Node* previous = Find(comparison.known.nodes, previous_id);
  if (previous == nullptr) previous = Find(comparison.before.nodes, previous_id);
  if (previous != nullptr) {
    *changed.mutable_previous_leader() = SummarizeNode(*previous, comparison.known, comparison.known.tasks);
  }
  *changed.mutable_current_leader() = SummarizeNode(*leader, comparison.known, comparison.known.tasks);
  EventHead head;
  head.resource = NodeResource(*leader, comparison.known);
  head.current_version = leader->version;
  head.discriminator = absl::StrCat(previous_id, " ", UnversionedKey(comparison));
  EmitEvent(comparison, head, std::move(event));
}

void RememberNode(Known& known, const Node& node) {
  KnownNode& note = known.node_notes[node.id];
  if (node.state == v1::NODE_STATE_UNKNOWN) {
    note.state_before_baseline = true;
  } else {
    note.state = node.state;
  }
  note.reachability = node.reachability;
}

}  // namespace

void CompareNodes(Comparison& comparison) {
  const Objects<Node>& now = *comparison.fresh.nodes;
  if (!comparison.before.nodes) {
    for (const auto& [id, node] : now) RememberNode(comparison.known, *node);
    CompareLeader(comparison);
    return;
  }
  const bool was_in_danger = IsQuorumInDanger(CountManagers(comparison.known));
  const Objects<Node>& before = *comparison.before.nodes;
  for (const auto& [id, node] : before) {
    if (now.contains(id)) continue;
    const bool reported = !comparison.known.node_notes[id].held_since;
    if (reported) EmitDisappeared(comparison, *node);
    comparison.known.node_notes.erase(id);
  }
  for (const auto& [id, node] : now) {
    const Node* previous = before.Find(id);
    const KnownNode& note = comparison.known.node_notes[id];
    const bool same =
        previous == node.get() && !note.held_since && !note.away_since && !note.unreachable_since;
    if (!same) NodeComparison(comparison, previous, *node).Run();
  }
  CompareQuorum(comparison, was_in_danger);
  CompareLeader(comparison);
}

}  // namespace swarmbell
