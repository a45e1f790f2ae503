#include "notifier/pipeline/story.h"

#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

const v1::TaskSummary* TaskOf(const v1::ChangeEvent& event) {
  if (event.has_task_failed()) return &event.task_failed().task();
  if (event.has_task_unschedulable()) return &event.task_unschedulable().task();
  if (event.has_task_evicted()) return &event.task_evicted().task();
  return nullptr;
}

std::string StoryKey(const v1::ChangeEvent& event, v1::ResourceKind kind, const std::string& id) {
  return absl::StrCat(event.cluster().id(), "/", static_cast<int>(kind), "/", id);
}

}  // namespace

std::string StoryOf(const v1::ChangeEvent& event) {
  const v1::TaskSummary* task = TaskOf(event);
  if (task != nullptr && !task->service_id().empty()) {
    return StoryKey(event, v1::RESOURCE_KIND_SERVICE, task->service_id());
  }
  return StoryKey(event, event.resource().kind(), event.resource().id());
}

std::string RebirthOf(const v1::ChangeEvent& event) {
  if (!event.has_service_appeared() && !event.has_service_disappeared()) return "";
  return absl::StrCat(event.cluster().id(), "/", event.resource().name());
}

}  // namespace swarmbell
