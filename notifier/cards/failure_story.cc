// The stories of tasks.
// The stories of services whose tasks fail: repeatedly, once together, or with the same error as those of
// other services.

#include <algorithm>
#include <set>
#include <utility>

#include "common/time/proto_time.h"
#include "notifier/cards/story.h"
#include "notifier/cards/words.h"

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
      // A task that does not stop in time is killed: that is not out of memory.
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

using google::protobuf::RepeatedPtrField;

std::string Failures(std::uint64_t count) { return Counted(count, "failure", "failures"); }

// ` in 4 minutes`; nothing for what one reading found: how long it took is not known.
std::string Within(bool has_start, const google::protobuf::Timestamp& start,
                   const google::protobuf::Timestamp& last) {
  if (has_start && FromProto(start) == FromProto(last)) return "";
  const std::string lasted = Between(has_start, start, last);
  return lasted.empty() ? "" : " in " + lasted;
}

// ` on w1 and w2`; ` on 5 nodes`, which AllNodes() names.
std::string OnNodes(const RepeatedPtrField<std::string>& nodes) {
  if (nodes.empty()) return "";
  if (nodes.size() > 3) return " on " + std::to_string(nodes.size()) + " nodes";
  return " on " + JoinAnd({nodes.begin(), nodes.end()});
}

Fact AllNodes(const RepeatedPtrField<std::string>& nodes) {
  return {"Nodes", nodes.size() > 3 ? JoinSome({nodes.begin(), nodes.end()}, 8) : ""};
}

void AddLastTask(const v1::TaskSummary& task, const Fact& nodes, Story& story) {
  AddFacts(
      story.tail,
      {{"Last task", TaskAndNode(task)}, ExitCodeFact(task), {"Image", ShortImage(task.image())}, nodes});
}

// The time since the last failure: `No failure for 2 minutes.`
std::string Calm(bool has_last, const google::protobuf::Timestamp& last, const v1::ChangeEvent& event) {
  const std::string calm = Between(has_last, last, event.observe_time());
  return calm.empty() ? "No failure any more." : "No failure for " + calm + ".";
}

void CrashLoop(const v1::ServiceCrashLoop& change, Story& story) {
  story.rank = StoryRank::kFailed;
  story.result = "went into a crash loop";
  story.sentence = Failures(change.failures()) +
                   Within(change.has_start_time(), change.start_time(), change.last_time()) +
                   OnNodes(change.nodes()) + ".";
  story.also = "Its tasks fail again and again: " + story.sentence;
  AddQuote(story.lead, "Last error", change.last_task().error());
  AddLastTask(change.last_task(), AllNodes(change.nodes()), story);
}

void CrashLoopOver(const v1::ChangeEvent& event, Story& story) {
  const v1::ServiceCrashLoopOver& change = event.service_crash_loop_over();
  story.rank = StoryRank::kDone;
  story.result = "left its crash loop";
  story.sentence = Calm(change.has_last_time(), change.last_time(), event);
  story.also = "Its tasks stopped failing.";
  AddFacts(story.tail,
           {{"In all", Failures(change.failures()) +
                           Within(change.has_start_time(), change.start_time(), change.last_time())}});
}

void TasksFailed(const v1::ServiceTasksFailed& change, Story& story) {
  story.rank = StoryRank::kLacking;
  story.result =
      "replaced " + (change.failures() == 0 ? std::string("failed tasks")
                                            : Counted(change.failures(), "failed task", "failed tasks"));
  const std::string within = Within(change.has_start_time(), change.start_time(), change.last_time());
  story.sentence = (change.failures() == 1 ? "It failed once" : "Each failed once") +
                   OnNodes(change.nodes()) + (within.empty() ? "." : "," + within + ".");
  story.also = Counted(change.failures(), "task", "tasks") + " failed once" + OnNodes(change.nodes()) +
               " and " + (change.failures() == 1 ? "was" : "were") + " replaced.";
  AddQuote(story.lead, "Last error", change.last_task().error());
  AddLastTask(change.last_task(), AllNodes(change.nodes()), story);
}

std::string Services(int count) {
  return count == 0 ? "Several services" : Counted(static_cast<std::uint64_t>(count), "service", "services");
}

// A row for each service: `mon_grafana   4 failures`.
void AddServices(const RepeatedPtrField<v1::FailingService>& services, Fact nodes, Story& story) {
  std::vector<Fact> facts = {std::move(nodes)};
  for (const v1::FailingService& service : services) {
    const bool named = !service.service_name().empty();
    facts.push_back(
        {named ? service.service_name() : ShortId(service.service_id()), Failures(service.failures())});
  }
  AddFacts(story.tail, std::move(facts));
}

std::uint64_t AllFailures(const RepeatedPtrField<v1::FailingService>& services) {
  std::uint64_t all = 0;
  for (const v1::FailingService& service : services) all += service.failures();
  return all;
}

void SameError(const v1::ServicesFailing& change, Story& story) {
  story.rank = StoryRank::kFailed;
  story.title = Services(change.services_size()) + " failed with the same error";
  story.sentence = Failures(AllFailures(change.services())) +
                   Within(change.has_start_time(), change.start_time(), change.last_time()) +
                   OnNodes(change.nodes()) + ".";
  story.also = story.title + ": " + LowerFirst(story.sentence);
  AddQuote(story.lead, "Their error", change.error());
  AddServices(change.services(), AllNodes(change.nodes()), story);
}

void SameErrorOver(const v1::ChangeEvent& event, Story& story) {
  const v1::ServicesFailingOver& change = event.services_failing_over();
  story.rank = StoryRank::kDone;
  story.title = Services(change.services_size()) + " stopped failing";
  story.sentence = Calm(change.has_last_time(), change.last_time(), event);
  story.also = story.title + ".";
  AddQuote(story.lead, "Their error was", change.error());
  AddServices(change.services(), {}, story);
}

}  // namespace

Story DescribeEvictions(const std::vector<const v1::TaskEvicted*>& changes) {
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

bool DescribeTask(const v1::ChangeEvent& event, Story& story) {
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

bool DescribeServiceFailures(const v1::ChangeEvent& event, Story& story) {
  switch (event.details_case()) {
    case v1::ChangeEvent::kServiceCrashLoop:
      return CrashLoop(event.service_crash_loop(), story), true;
    case v1::ChangeEvent::kServiceCrashLoopOver:
      return CrashLoopOver(event, story), true;
    case v1::ChangeEvent::kServiceTasksFailed:
      return TasksFailed(event.service_tasks_failed(), story), true;
    case v1::ChangeEvent::kServicesFailing:
      return SameError(event.services_failing(), story), true;
    case v1::ChangeEvent::kServicesFailingOver:
      return SameErrorOver(event, story), true;
    default:
      return false;
  }
}

}  // namespace swarmbell::cards
