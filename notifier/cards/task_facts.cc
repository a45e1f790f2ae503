#include "notifier/cards/task_facts.h"

#include "notifier/cards/words.h"

namespace swarmbell::cards {
namespace {

// True if the task is still starting.
bool Waits(const v1::TaskSummary& task) {
  return task.state() != v1::TASK_STATE_UNSPECIFIED && task.state() <= v1::TASK_STATE_STARTING;
}

// Before a node is found the scheduler speaks of a task, then the node's engine.
bool IsUnassigned(const v1::TaskSummary& task) {
  return Waits(task) && task.state() < v1::TASK_STATE_ASSIGNED;
}

}  // namespace

std::string NodeOf(const v1::TaskSummary& task) {
  return task.node_hostname().empty() ? ShortId(task.node_id()) : task.node_hostname();
}

std::string OnNode(const v1::TaskSummary& task) {
  const std::string node = NodeOf(task);
  return node.empty() ? "" : " on " + node;
}

std::string TaskAndNode(const v1::TaskSummary& task) {
  const std::string name = task.name().empty() ? ShortId(task.id()) : task.name();
  return name.empty() ? "" : name + OnNode(task);
}

std::string ExitCodeOf(const v1::TaskSummary& task) {
  return task.has_exit_code() ? ExitCodeWords(task.exit_code(), task.error()) : "";
}

std::string StateCounts(const google::protobuf::RepeatedPtrField<v1::TaskStateCount>& counts) {
  std::string words;
  for (const v1::TaskStateCount& count : counts) {
    words += (words.empty() ? "" : ", ") + std::to_string(count.tasks()) + " in state " +
             TaskStateWord(count.state());
  }
  return words;
}

void AddTask(const v1::TaskSummary& task, const std::string& label, Story& story) {
  AddQuote(story.lead, IsUnassigned(task) ? "The scheduler says" : "Error of the task", task.error());
  AddFacts(story.tail,
           {{Waits(task) ? "Waiting task" : label, TaskAndNode(task)}, {"Exit code", ExitCodeOf(task)}});
}

}  // namespace swarmbell::cards
