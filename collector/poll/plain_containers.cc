#include "collector/poll/plain_containers.h"

#include <algorithm>
#include <utility>

namespace swarmbell {
namespace {

// The task that the labels name; empty for none.
std::string TaskOf(const Container& container) {
  const auto label = container.labels.find("com.docker.swarm.task.id");
  return label == container.labels.end() ? std::string() : label->second;
}

bool IsSameList(const Objects<Container>& a, const Objects<Container>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& one, const auto& other) { return one.second == other.second; });
}

}  // namespace

const Objects<Container>& PlainContainers::Get(const Objects<Container>& all, const ListedTasks* tasks,
                                               absl::Time read_at) {
  const auto is_gone = [&all](const auto& entry) { return !all.contains(entry.first); };
  std::erase_if(settled_, is_gone);
  std::erase_if(doubtful_since_, is_gone);
  Objects<Container>::List plain;
  for (const auto& [id, container] : all) {
    if (KindOf(*container, tasks, read_at) == Kind::kPlain) plain.push_back(container);
  }
  Objects<Container> now = Objects<Container>::OfAscending(std::move(plain));
  if (!IsSameList(now, plain_)) plain_ = std::move(now);
  return plain_;
}

PlainContainers::Kind PlainContainers::KindOf(const Container& container, const ListedTasks* tasks,
                                              absl::Time read_at) {
  const std::string task_id = TaskOf(container);
  if (task_id.empty()) return Kind::kPlain;
  if (const auto settled = settled_.find(container.id); settled != settled_.end()) return settled->second;
  const absl::Time since = doubtful_since_.try_emplace(container.id, read_at).first->second;
  if (tasks == nullptr) return Kind::kInDoubt;
  const auto found = tasks->tasks.find(task_id);
  const bool listed = found != tasks->tasks.end();
  // A task is there before its container; that it has one is known a moment later.
  if (!listed && tasks->asked_at <= since) return Kind::kInDoubt;
  if (listed && (*found).second->container_id.empty()) return Kind::kInDoubt;
  doubtful_since_.erase(container.id);
  const bool is_its = listed && (*found).second->container_id == container.id;
  return settled_[container.id] = is_its ? Kind::kOfTask : Kind::kPlain;
}

}  // namespace swarmbell
