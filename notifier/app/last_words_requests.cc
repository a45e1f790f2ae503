#include "notifier/app/last_words_requests.h"

#include "notifier/alert/failed_output.h"

namespace swarmbell {
namespace {

// The messages of one emission, to all receivers, come within moments.
constexpr absl::Duration kOneEmission = absl::Seconds(1);

}  // namespace

std::shared_ptr<PendingLastWords> LastWordsRequests::For(const AlertGroup& message) {
  const Alert* alert = message.digest ? nullptr : AlertWithOutput(message.alerts);
  if (alert == nullptr) return nullptr;
  std::erase_if(recent_, [](const auto& entry) { return entry.second.expired(); });
  const std::string& task_id = TaskWithOutput(alert->event)->id();
  const MonotonicTime now = clock_.Steady();
  std::weak_ptr<PendingLastWords>& recent = recent_[task_id];
  if (auto known = recent.lock(); known && now - known->Emitted() < kOneEmission) return known;
  auto wanted = std::make_shared<PendingLastWords>(now);
  recent = wanted;
  read_({alert->event.cluster().id(), alert->event.observer().node_id(), task_id}, wanted);
  return wanted;
}

}  // namespace swarmbell
