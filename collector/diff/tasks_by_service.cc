#include "collector/diff/tasks_by_service.h"

#include <utility>

namespace swarmbell {

const TaskList& TasksByService::Of(const std::string& service_id) {
  static const auto* const none = new TaskList();
  if (!std::exchange(filled_, true) && known_.tasks) {
    for (const auto& [id, task] : *known_.tasks) tasks_[task->service_id.str()].push_back(task.get());
  }
  const auto found = tasks_.find(service_id);
  return found == tasks_.end() ? *none : found->second;
}

}  // namespace swarmbell
