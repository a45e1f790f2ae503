#include "notifier/alert/alert_group.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "notifier/alert/service_updates.h"

namespace swarmbell {
namespace {

const v1::TaskSummary* TaskOf(const v1::ChangeEvent& event) {
  if (event.has_task_failed()) return &event.task_failed().task();
  if (event.has_task_unschedulable()) return &event.task_unschedulable().task();
  if (event.has_task_evicted()) return &event.task_evicted().task();
  return nullptr;
}

std::string ObjectKey(const v1::ChangeEvent& event, v1::ResourceKind kind, const std::string& id) {
  return absl::StrCat(event.cluster().id(), "/", static_cast<int>(kind), "/", id);
}

int Weight(Color color) {
  switch (color) {
    case Color::kRed:
      return 4;
    case Color::kBlue:
      return 3;
    case Color::kYellow:
      return 2;
    case Color::kBlack:
      return 1;
    case Color::kGreen:
      return 0;
  }
  return 0;
}

// `docker stack deploy` writes labels and the update settings beside the tasks' template; it notes each new
// image in a label of the service. A rule may make that graver.
bool GoesWithDeployment(const Alert& alert) {
  const v1::ChangeEvent& event = alert.event;
  return alert.color == Color::kBlue &&
         (event.has_service_labels_changed() || event.has_service_update_config_changed() ||
          event.has_service_rollback_config_changed());
}

bool IsDeployed(const std::vector<Alert>& alerts, const std::string& service_id) {
  return std::any_of(alerts.begin(), alerts.end(), [&](const Alert& alert) {
    return alert.event.has_service_task_template_changed() && alert.event.resource().id() == service_id;
  });
}

void Append(OutgoingGroup& digest, OutgoingGroup message) {
  for (Alert& alert : message.group.alerts) digest.group.alerts.push_back(std::move(alert));
  for (std::shared_ptr<Receipt>& receipt : message.receipts) {
    const auto known = std::find(digest.receipts.begin(), digest.receipts.end(), receipt);
    if (known == digest.receipts.end()) digest.receipts.push_back(std::move(receipt));
  }
}

}  // namespace

std::string SubjectOf(const v1::ChangeEvent& event) {
  const v1::TaskSummary* task = TaskOf(event);
  if (task != nullptr && !task->service_id().empty()) {
    return ObjectKey(event, v1::RESOURCE_KIND_SERVICE, task->service_id());
  }
  const std::string own = ObjectKey(event, event.resource().kind(), event.resource().id());
  // Its resource is one of the services that it is about.
  const bool of_several = event.has_services_failing() || event.has_services_failing_over();
  return of_several ? absl::StrCat(own, "/failing") : own;
}

std::string ReplacementKeyOf(const v1::ChangeEvent& event) {
  if (!event.has_service_appeared() && !event.has_service_disappeared()) return "";
  return absl::StrCat(event.cluster().id(), "/", event.resource().name());
}

bool IsGraver(Color one, Color two) { return Weight(one) > Weight(two); }

Color Gravest(Color one, Color two) { return IsGraver(one, two) ? one : two; }

Color GroupColor(const std::vector<Alert>& alerts) {
  const auto any = [&alerts](bool (*is)(const v1::ChangeEvent&)) {
    return std::any_of(alerts.begin(), alerts.end(), [is](const Alert& alert) { return is(alert.event); });
  };
  const bool has_cause = any(ChangesServiceSpec);
  const bool has_rollback = any(IsRollback);
  Color color = Color::kGreen;
  for (auto alert = alerts.begin(); alert != alerts.end(); ++alert) {
    const bool overtaken = std::any_of(alert + 1, alerts.end(), [&alert](const Alert& later) {
      return Overtakes(later.event, alert->event);
    });
    if (overtaken || (has_cause && IsUpdateStart(alert->event))) continue;
    if (has_rollback && ChangesServiceSpec(alert->event)) continue;
    if (GoesWithDeployment(*alert) && IsDeployed(alerts, alert->event.resource().id())) continue;
    const bool completed = std::any_of(alerts.begin(), alerts.end(), [&alert](const Alert& other) {
      return Completes(other.event, alert->event);
    });
    if (!completed) color = Gravest(color, alert->color);
  }
  return color;
}

std::vector<OutgoingGroup> MakeDigests(std::vector<OutgoingGroup> messages, int digest_over) {
  if (digest_over <= 0) return messages;
  std::map<std::string, int> counts;
  for (const OutgoingGroup& message : messages) ++counts[message.group.receiver];

  std::vector<OutgoingGroup> result;
  std::map<std::string, std::size_t> digests;  // where each receiver's is in `result`
  for (OutgoingGroup& message : messages) {
    const std::string receiver = message.group.receiver;
    if (counts[receiver] <= digest_over) {
      result.push_back(std::move(message));
      continue;
    }
    const auto [place, first] = digests.emplace(receiver, result.size());
    if (first) {
      message.group.digest = true;
      result.push_back(std::move(message));
    } else {
      OutgoingGroup& digest = result[place->second];
      digest.group.color = Gravest(digest.group.color, message.group.color);
      Append(digest, std::move(message));
    }
  }
  return result;
}

}  // namespace swarmbell
