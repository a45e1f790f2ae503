#include <algorithm>
#include <set>

#include "notifier/cards/task_facts.h"
#include "notifier/cards/words.h"

// The stories of tasks.
namespace swarmbell::cards {
namespace {

void Failed(const v1::TaskFailed& change, Story& story) {
  const v1::TaskSummary& task = change.task();
  const std::string node = NodeOf(task);
  story.rank = StoryRank::kLacking;
  story.name = task.name();
  switch (change.current_state()) {
    case v1::TASK_STATE_REJECTED:
      story.result = "rejected";
      story.sentence = (node.empty() ? "Its node" : "Node " + node) + " cannot run it.";
      break;
    case v1::TASK_STATE_ORPHANED:
      story.result = "orphaned";
      story.sentence = (node.empty() ? "Its node" : "Node " + node) + " has been away for too long.";
      break;
    default:
      story.result = "failed";
      // A task that is told to stop and does not is killed: that is no lack of memory.
      story.sentence = "It ended";
      if (task.has_exit_code()) {
        story.sentence += " with exit code " +
                          ExitCodeWords(task.exit_code(), change.stopping() ? "told to stop" : task.error());
      }
      story.sentence += OnNode(task) + ".";
      break;
  }
  if (change.stopping()) story.sentence += " It had been told to stop before.";
  story.also = "Task " + task.name() + " " + story.result + OnNode(task) + ".";
  AddQuote(story.lead, "Error", task.error());
  AddFacts(story.tail, {{"Service", task.service_name()},
                        {"Image", ShortImage(task.image())},
                        {"Container", ShortId(task.container_id())}});
}

void Unschedulable(const v1::TaskUnschedulable& change, v1::ResourceKind kind, Story& story) {
  const v1::TaskSummary& task = change.task();
  const bool one = change.tasks() <= 1;
  story.rank = StoryRank::kLacking;
  if (kind != v1::RESOURCE_KIND_SERVICE) story.name = task.name();
  story.result = "found no node";
  story.sentence = one ? "A task waits because no node can take it."
                       : Tasks(change.tasks()) + " wait because no node can take them.";
  story.also = story.sentence;
  AddQuote(story.lead, "The scheduler says", task.error());
  AddFacts(story.tail,
           {{"Waiting task", change.tasks() <= 1 ? task.name() : ""}, {"Image", ShortImage(task.image())}});
}

struct Leaving {
  std::size_t tasks = 0;
  std::set<std::string> nodes;
  bool resources = false;  // the engine speaks of resources, not of constraints
};

// `the node no longer meets their constraints`
std::string WhyLeft(v1::EvictionReason reason, const Leaving& leaving) {
  const bool one_node = leaving.nodes.size() <= 1;
  const std::string node = one_node ? "the node " : "the nodes ";
  const std::string its = leaving.tasks == 1 ? "its " : "their ";
  switch (reason) {
    case v1::EVICTION_REASON_CONSTRAINTS:
      if (leaving.resources) {
        return node + (one_node ? "no longer has " : "no longer have ") + "the resources that " +
               (leaving.tasks == 1 ? "it asks for" : "they ask for");
      }
      return node + (one_node ? "no longer meets " : "no longer meet ") + its + "constraints";
    case v1::EVICTION_REASON_DRAINED:
      return node + (one_node ? "was drained" : "were drained");
    case v1::EVICTION_REASON_NODE_GONE:
      return node + (one_node ? "is down or has left the swarm" : "are down or have left the swarm");
    default:
      return "the engine moved " + std::string(leaving.tasks == 1 ? "it" : "them");
  }
}

// `2 tasks of shard left w1: the node no longer meets their constraints.`; for a single task `It left w1: …`.
std::string WhoLeft(const std::string& who, v1::EvictionReason reason, const Leaving& leaving) {
  const std::vector<std::string> nodes(leaving.nodes.begin(), leaving.nodes.end());
  const std::string where = nodes.empty()       ? (leaving.tasks == 1 ? "its node" : "their nodes")
                            : nodes.size() <= 3 ? JoinAnd(nodes)
                                                : std::to_string(nodes.size()) + " nodes";
  return who + " left " + where + ": " + WhyLeft(reason, leaving) + ".";
}

void Note(const v1::TaskSummary& task, Leaving& leaving) {
  ++leaving.tasks;
  if (const std::string node = NodeOf(task); !node.empty()) leaving.nodes.insert(node);
  leaving.resources = leaving.resources || task.error().find("resource") != std::string::npos;
}

void Evicted(const v1::TaskEvicted& change, Story& story) {
  const v1::TaskSummary& task = change.task();
  Leaving leaving;
  Note(task, leaving);
  story.rank = StoryRank::kShaped;
  story.object = "Task";
  story.name = task.name();
  story.result = "had to leave its node";
  story.sentence = WhoLeft("It", change.reason(), leaving);
  story.also = WhoLeft(task.name().empty() ? "A task" : "Task " + task.name(), change.reason(), leaving);
  AddQuote(story.lead, "The engine says", task.error());
  AddFacts(story.tail, {{"Service", task.service_name()}, {"Image", ShortImage(task.image())}});
}

}  // namespace

Story TellEvictions(const std::vector<const v1::TaskEvicted*>& changes) {
  const v1::TaskSummary& last = changes.back()->task();
  std::vector<std::pair<v1::EvictionReason, Leaving>> reasons;  // in the order in which they come
  Leaving all;
  std::vector<std::string> tasks;
  for (const v1::TaskEvicted* change : changes) {
    auto known = std::find_if(reasons.begin(), reasons.end(),
                              [change](const auto& one) { return one.first == change->reason(); });
    if (known == reasons.end()) known = reasons.insert(known, {change->reason(), Leaving{}});
    Note(change->task(), known->second);
    Note(change->task(), all);
    tasks.push_back(TaskAndNode(change->task()));
  }
  Story story;
  story.rank = StoryRank::kShaped;
  story.object = "Service";
  story.name = last.service_name();
  story.result = "had to move " + Tasks(changes.size());
  for (const auto& [reason, leaving] : reasons) {
    story.sentence += (story.sentence.empty() ? "" : " ") +
                      WhoLeft(Tasks(leaving.tasks) + " of " + last.service_name(), reason, leaving);
  }
  story.also = story.sentence;
  AddQuote(story.lead, "The engine says", last.error());
  AddFacts(story.tail, {{"Tasks", JoinSome(tasks, 8)}, {"Image", ShortImage(last.image())}});
  return story;
}

bool TellTask(const v1::ChangeEvent& event, Story& story) {
  switch (event.details_case()) {
    case v1::ChangeEvent::kTaskFailed:
      return Failed(event.task_failed(), story), true;
    case v1::ChangeEvent::kTaskUnschedulable:
      return Unschedulable(event.task_unschedulable(), event.resource().kind(), story), true;
    case v1::ChangeEvent::kTaskEvicted:
      return Evicted(event.task_evicted(), story), true;
    default:
      return false;
  }
}

}  // namespace swarmbell::cards
