#include "notifier/cards/task_facts.h"
#include "notifier/cards/words.h"

// What changes of tasks say.
namespace swarmbell::cards {
namespace {

std::string Node(const v1::TaskSummary& task) {
  return task.node_hostname().empty() ? ShortId(task.node_id()) : task.node_hostname();
}

void Failed(const v1::TaskFailed& change, Story& story) {
  const v1::TaskSummary& task = change.task();
  const std::string node = Node(task);
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
      story.sentence =
          task.has_exit_code() ? "It ended with exit code " + ExitCodeWords(task.exit_code()) : "It ended";
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

}  // namespace

std::string OnNode(const v1::TaskSummary& task) {
  const std::string node = Node(task);
  return node.empty() ? "" : " on " + node;
}

std::string TaskAndNode(const v1::TaskSummary& task) {
  const std::string name = task.name().empty() ? ShortId(task.id()) : task.name();
  return name.empty() ? "" : name + OnNode(task);
}

void AddTask(const v1::TaskSummary& task, const std::string& label, Story& story) {
  AddQuote(story.lead, "Error of the task", task.error());
  AddFacts(story.tail, {{label, TaskAndNode(task)},
                        {"Exit code", task.has_exit_code() ? ExitCodeWords(task.exit_code()) : ""}});
}

bool TellTask(const v1::ChangeEvent& event, Story& story) {
  switch (event.details_case()) {
    case v1::ChangeEvent::kTaskFailed:
      return Failed(event.task_failed(), story), true;
    case v1::ChangeEvent::kTaskUnschedulable:
      return Unschedulable(event.task_unschedulable(), event.resource().kind(), story), true;
    default:
      return false;
  }
}

}  // namespace swarmbell::cards
