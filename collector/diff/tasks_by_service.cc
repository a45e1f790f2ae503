#include "collector/diff/tasks_by_service.h"

#include <utility>

namespace swarmbell {

const TaskList& TasksByService::Of(const std::string& service_id) {
  static const auto* const none = new TaskList();
  if (!known_.tasks) return *none;
  const bool due = !known_.due.all && known_.due.ids.contains(service_id);
  if (due && !has_all_ && !std::exchange(has_due_, true)) FillDue();
  if (!due && !std::exchange(has_all_, true)) FillAll();
  const auto found = tasks_.find(service_id);
  return found == tasks_.end() ? *none : found->second;
}

void TasksByService::FillDue() {
  for (const std::string& id : known_.due.ids) tasks_[id];
  for (const auto& [id, task] : *known_.tasks) {
    const auto found = tasks_.find(task->service_id.str());
    if (found != tasks_.end()) found->second.push_back(task.get());
  }
}

void TasksByService::FillAll() {
  tasks_.clear();
  for (const auto& [id, task] : *known_.tasks) tasks_[task->service_id.str()].push_back(task.get());
}

}  // namespace swarmbell
