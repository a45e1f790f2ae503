// The stories of nodes, and of the managers together.
// The stories of containers that no service owns.

#include "notifier/cards/story.h"
#include "notifier/cards/words.h"

namespace swarmbell::cards {
namespace {

std::vector<std::string> Services(const v1::NodeSummary& node) {
  return {node.services().begin(), node.services().end()};
}

// Services as a fact, and the minor facts in one line.
void AddNode(const v1::NodeSummary& node, const std::string& services_label, Story& story) {
  AddFacts(story.tail, {{services_label, JoinSome(Services(node), 6)}});
  const std::string engine = node.engine_version().empty() ? "" : "Engine " + node.engine_version();
  const bool role = node.role() != v1::NODE_ROLE_UNSPECIFIED;
  // `unknown` is what all nodes are for a while after another manager leads.
  const bool state = node.state() != v1::NODE_STATE_UNSPECIFIED && node.state() != v1::NODE_STATE_UNKNOWN;
  AddMeta(story.tail, {role ? RoleWord(node.role()) : "", state ? NodeStateWord(node.state()) : "",
                       node.address(), engine});
}

// `its 6 running tasks`, `its running task`; empty for none.
std::string ItsTasks(std::uint32_t count) {
  if (count == 0) return "";
  return count == 1 ? "its running task" : "its " + std::to_string(count) + " running tasks";
}

std::uint32_t AllTasks(const v1::NodeSummary& node) { return node.running_tasks() + node.global_tasks(); }

// Where the tasks of a drained node go: those of global services go nowhere.
std::string LeavingTasks(const v1::NodeSummary& node) {
  const std::uint32_t global = node.global_tasks();
  const std::string of_global = global == 1 ? "a global service stops" : "global services stop";
  if (node.running_tasks() == 0) {
    return global == 0 ? "It ran no tasks and takes no new ones."
                       : "Its " + Counted(global, "task of ", "tasks of ") + of_global + ".";
  }
  return UpperFirst(ItsTasks(node.running_tasks())) + (node.running_tasks() == 1 ? " is" : " are") +
         " moving to other nodes" +
         (global == 0 ? "." : "; " + std::to_string(global) + " of " + of_global + ".");
}

void Appeared(const v1::NodeSummary& node, Story& story) {
  const bool manager = node.role() == v1::NODE_ROLE_MANAGER;
  story.rank = StoryRank::kAppeared;
  story.result = "joined";
  story.sentence = manager ? "New manager in the swarm." : "New worker in the swarm.";
  if (node.role() == v1::NODE_ROLE_UNSPECIFIED) story.sentence = "New node in the swarm.";
  if (node.availability() == v1::NODE_AVAILABILITY_DRAIN)
    story.sentence += " It is drained: it takes no tasks.";
  if (node.availability() == v1::NODE_AVAILABILITY_PAUSE)
    story.sentence += " It is paused: it takes no new tasks.";
  story.also = manager ? "Joined as a manager." : "Joined as a worker.";
  AddNode(node, "Services", story);
}

void Disappeared(const v1::NodeSummary& node, Story& story) {
  const bool manager = node.role() == v1::NODE_ROLE_MANAGER;
  story.rank = StoryRank::kGone;
  story.result = "removed";
  story.sentence = std::string(manager ? "This manager" : "It") + " is no longer part of the swarm.";
  if (AllTasks(node) > 0) story.sentence += " It last ran " + Tasks(AllTasks(node)) + ".";
  story.also = "It was removed from the swarm.";
  AddNode(node, "Last services", story);
}

void AvailabilityChanged(const v1::NodeAvailabilityChanged& change, Story& story) {
  const v1::NodeSummary& node = change.node();
  const std::string tasks = ItsTasks(AllTasks(node));
  story.rank = StoryRank::kShaped;
  switch (change.current_availability()) {
    case v1::NODE_AVAILABILITY_DRAIN:
      story.result = "drained";
      story.sentence = LeavingTasks(node);
      break;
    case v1::NODE_AVAILABILITY_PAUSE:
      story.result = "paused";
      story.sentence = "It takes no new tasks" + (tasks.empty() ? "." : " and keeps " + tasks + ".");
      break;
    case v1::NODE_AVAILABILITY_ACTIVE:
      story.result = "activated";
      story.sentence = "It takes new tasks again.";
      break;
    default:
      story.result = "availability changed";
      break;
  }
  story.also = story.sentence;
  AddChange(story.lead, "Availability", AvailabilityWord(change.previous_availability()),
            AvailabilityWord(change.current_availability()));
  AddNode(node, "Services", story);
}

void RoleChanged(const v1::NodeRoleChanged& change, Story& story) {
  story.rank = StoryRank::kShaped;
  if (change.current_role() == v1::NODE_ROLE_MANAGER) {
    story.result = "promoted to manager";
    story.sentence = "It takes part in running the swarm now.";
    story.also = "Promoted to manager.";
  } else if (change.current_role() == v1::NODE_ROLE_WORKER) {
    story.result = "demoted to worker";
    story.sentence = "It no longer takes part in running the swarm.";
    story.also = "Demoted to worker.";
  } else {
    story.result = "role changed";
  }
  AddChange(story.lead, "Role", RoleWord(change.previous_role()), RoleWord(change.current_role()));
  AddNode(change.node(), "Services", story);
}

// `, after 3 minutes`, or nothing.
std::string Away(const v1::ChangeEvent& event) {
  const v1::NodeStateChanged& change = event.node_state_changed();
  const auto& end = event.has_occur_time() ? event.occur_time() : event.observe_time();
  const std::string duration = Between(change.has_start_time(), change.start_time(), end);
  return duration.empty() ? "" : ", after " + duration;
}

void StateChanged(const v1::ChangeEvent& event, Story& story) {
  const v1::NodeStateChanged& change = event.node_state_changed();
  const std::string tasks = ItsTasks(change.node().running_tasks());
  story.rank = StoryRank::kFailed;
  switch (change.current_state()) {
    case v1::NODE_STATE_DOWN:
      story.result = "went down";
      story.sentence = tasks.empty()
                           ? "The managers no longer hear from it."
                           : "The managers no longer hear from it; they start " + tasks + " elsewhere.";
      story.also = "It went down.";
      break;
    case v1::NODE_STATE_READY:
      story.rank = StoryRank::kDone;
      story.result = "came back";
      story.sentence = "It is ready again" + Away(event) + ".";
      story.also = "It is ready.";
      break;
    case v1::NODE_STATE_DISCONNECTED:
      story.result = "disconnected";
      story.sentence = "It lost its connection to the managers.";
      story.also = story.sentence;
      break;
    default:
      story.result = "state changed";
      break;
  }
  AddQuote(story.lead, "Reason", change.message());
  AddChange(story.lead, "State", NodeStateWord(change.previous_state()),
            NodeStateWord(change.current_state()));
  v1::NodeSummary node = change.node();
  // A node that comes back first reports tasks that have moved elsewhere long ago.
  if (!change.carried_services().empty()) *node.mutable_services() = change.carried_services();
  AddNode(node, change.carried_services().empty() ? "Services" : "Ran before", story);
}

void ReachabilityChanged(const v1::NodeReachabilityChanged& change, Story& story) {
  story.rank = StoryRank::kFailed;
  if (change.current_reachability() == v1::NODE_REACHABILITY_REACHABLE) {
    story.rank = StoryRank::kDone;
    story.result = "reachable again";
    story.sentence = "The other managers reach this manager again.";
    story.also = story.sentence;
  } else if (change.current_reachability() == v1::NODE_REACHABILITY_UNREACHABLE) {
    story.result = "became unreachable";
    story.sentence =
        "The other managers do not reach this manager; with too few of them the swarm stands still.";
    story.also = "The other managers do not reach it.";
  } else {
    story.result = "reachability changed";
  }
  AddChange(story.lead, "Reachability", ReachabilityWord(change.previous_reachability()),
            ReachabilityWord(change.current_reachability()));
  AddNode(change.node(), "Services", story);
}

std::string Hostname(const v1::NodeSummary& node) {
  return node.hostname().empty() ? ShortId(node.id()) : node.hostname();
}

void LeaderChanged(const v1::LeaderChanged& change, Story& story) {
  const std::string before = Hostname(change.previous_leader());
  const std::string after = Hostname(change.current_leader());
  story.rank = StoryRank::kShaped;
  story.result = "became leader";
  story.sentence =
      before.empty() ? "It leads the swarm now." : "It leads the swarm now, after " + before + ".";
  story.also = "It leads the swarm now.";
  story.lead.push_back(ChangeSection{"",
                                     {{"Leader", before.empty() ? std::nullopt : std::optional(before),
                                       after.empty() ? "this node" : after}},
                                     0});
  AddNode(change.current_leader(), "Services", story);
}

// `2 of 3 managers are reachable`
std::string Reachable(const v1::ManagerCount& count) {
  return std::to_string(count.reachable()) + " of " + Counted(count.managers(), "manager", "managers") +
         " are reachable";
}

void QuorumInDanger(const v1::ManagerCount& count, Story& story) {
  story.rank = StoryRank::kFailed;
  story.result = "quorum in danger";
  story.sentence = Reachable(count) + ": if one more is lost, the swarm stands still.";
  story.also = story.sentence;
}

// Without an unreachable manager, two managers still cannot lose one.
void QuorumSafe(const v1::ManagerCount& count, Story& story) {
  const std::uint32_t quorum = count.managers() / 2 + 1;
  story.rank = StoryRank::kDone;
  story.result = "quorum safe again";
  story.sentence =
      Reachable(count) + (count.reachable() > quorum ? ": the swarm can lose one more."
                                                     : ", but the swarm cannot lose one: add a manager.");
  story.also = story.sentence;
}

void LabelsChanged(const v1::NodeLabelsChanged& change, Story& story) {
  story.rank = StoryRank::kChanged;
  story.result = "labels changed";
  story.fields = {change.fields().begin(), change.fields().end()};
  const std::string summary = FieldSummary(story.fields);
  story.sentence = summary.empty() ? "Its labels changed." : "Changed: " + summary + ".";
  story.also = story.sentence;
  AddNode(change.node(), "Services", story);
}

std::string Node(const v1::ContainerSummary& container) {
  return container.node_hostname().empty() ? ShortId(container.node_id()) : container.node_hostname();
}

std::string OnNode(const v1::ContainerSummary& container) {
  const std::string node = Node(container);
  return node.empty() ? "" : " on " + node;
}

void AddContainer(const v1::ContainerSummary& container, Story& story) {
  AddFacts(story.tail, {{"Image", ShortImage(container.image())}, {"Node", Node(container)}});
}

void Restarting(const v1::ContainerRestarting& change, Story& story) {
  const v1::ContainerSummary& container = change.container();
  story.rank = StoryRank::kFailed;
  story.result = "went into a restart loop";
  story.sentence = "It ends again and again" + OnNode(container);
  if (change.has_exit_code()) story.sentence += ", with exit code " + ExitCodeWords(change.exit_code());
  story.sentence += ".";
  story.also = "It is in a restart loop.";
  AddChange(story.lead, "State", change.previous_state().empty() ? "new" : change.previous_state(),
            "restarting");
  AddContainer(container, story);
}

void Unhealthy(const v1::ContainerUnhealthy& change, Story& story) {
  story.rank = StoryRank::kFailed;
  story.result = "became unhealthy";
  story.sentence = "It runs" + OnNode(change.container()) + ", but its health check fails.";
  story.also = "Its health check fails.";
  AddQuote(story.lead, "The engine says", change.container().status());
  AddContainer(change.container(), story);
}

void GaveUp(const v1::ChangeEvent& event, Story& story) {
  const v1::ContainerGaveUp& change = event.container_gave_up();
  const v1::ContainerSummary& container = change.container();
  const std::string lasted = Between(change.has_start_time(), change.start_time(), event.observe_time());
  story.rank = StoryRank::kFailed;
  story.result = "gave up restarting";
  story.sentence = "The engine does not start it again: it ended";
  if (change.has_exit_code()) story.sentence += " with exit code " + ExitCodeWords(change.exit_code());
  story.sentence += OnNode(container) + (lasted.empty() ? "." : ", after " + lasted + " of restarts.");
  story.also = "It is not started again.";
  AddChange(story.lead, "State", change.previous_state(), change.current_state());
  AddContainer(container, story);
}

void Dead(const v1::ContainerDead& change, Story& story) {
  const v1::ContainerSummary& container = change.container();
  const std::string state = change.current_state().empty() ? "dead" : change.current_state();
  story.rank = StoryRank::kFailed;
  story.result = state == "removing" ? "stuck while being removed" : "died";
  story.sentence = "The engine could not remove it" + OnNode(container) + ".";
  story.also = story.sentence;
  AddChange(story.lead, "State", change.previous_state().empty() ? "unknown" : change.previous_state(),
            state);
  if (LowerFirst(container.status()) != state) AddQuote(story.lead, "The engine says", container.status());
  AddContainer(container, story);
}

void Recovered(const v1::ChangeEvent& event, Story& story) {
  const v1::ContainerRecovered& change = event.container_recovered();
  const std::string lasted = Between(change.has_start_time(), change.start_time(), event.observe_time());
  const std::string after = lasted.empty() ? "." : ", after " + lasted + ".";
  story.rank = StoryRank::kDone;
  const bool gone = change.current_state().empty();
  const bool ended = change.current_state() == "exited";
  const bool healthy = change.previous_state() == "unhealthy" && change.current_state() == "running";
  story.result = gone ? "gone" : ended ? "ended" : healthy ? "healthy again" : "recovered";
  story.sentence = gone      ? "It no longer exists"
                   : healthy ? "Its health check passes again"
                   : ended   ? "It ended without an error and needs no restart any more"
                             : "It is " + change.current_state() + " again";
  story.sentence += OnNode(change.container()) + after;
  story.also = story.sentence;
  const std::string now = gone ? "gone" : healthy ? "healthy" : change.current_state();
  AddChange(story.lead, "State", change.previous_state(), now);
  AddContainer(change.container(), story);
}

}  // namespace

bool DescribeNode(const v1::ChangeEvent& event, Story& story) {
  switch (event.details_case()) {
    case v1::ChangeEvent::kNodeAppeared:
      return Appeared(event.node_appeared().node(), story), true;
    case v1::ChangeEvent::kNodeDisappeared:
      return Disappeared(event.node_disappeared().node(), story), true;
    case v1::ChangeEvent::kNodeAvailabilityChanged:
      return AvailabilityChanged(event.node_availability_changed(), story), true;
    case v1::ChangeEvent::kNodeRoleChanged:
      return RoleChanged(event.node_role_changed(), story), true;
    case v1::ChangeEvent::kNodeStateChanged:
      return StateChanged(event, story), true;
    case v1::ChangeEvent::kNodeReachabilityChanged:
      return ReachabilityChanged(event.node_reachability_changed(), story), true;
    case v1::ChangeEvent::kLeaderChanged:
      return LeaderChanged(event.leader_changed(), story), true;
    case v1::ChangeEvent::kQuorumInDanger:
      return QuorumInDanger(event.quorum_in_danger().managers(), story), true;
    case v1::ChangeEvent::kQuorumSafe:
      return QuorumSafe(event.quorum_safe().managers(), story), true;
    case v1::ChangeEvent::kNodeLabelsChanged:
      return LabelsChanged(event.node_labels_changed(), story), true;
    default:
      return false;
  }
}

bool DescribeContainer(const v1::ChangeEvent& event, Story& story) {
  switch (event.details_case()) {
    case v1::ChangeEvent::kContainerRestarting:
      return Restarting(event.container_restarting(), story), true;
    case v1::ChangeEvent::kContainerUnhealthy:
      return Unhealthy(event.container_unhealthy(), story), true;
    case v1::ChangeEvent::kContainerGaveUp:
      return GaveUp(event, story), true;
    case v1::ChangeEvent::kContainerDead:
      return Dead(event.container_dead(), story), true;
    case v1::ChangeEvent::kContainerRecovered:
      return Recovered(event, story), true;
    default:
      return false;
  }
}

}  // namespace swarmbell::cards
