#include "notifier/alert/alert_group.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "notifier/alert/change_facts.h"

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

// `docker stack deploy` writes labels and the update settings beside the task template: it records each new
// image in a label of the service. A rule may give such a change a graver colour; then it counts.
bool GoesWithDeployment(const Alert& alert) {
  const v1::ChangeEvent& event = alert.event;
  return alert.color == Color::kBlue &&
         (GoesWithTemplate(event) || event.has_service_labels_changed() ||
          event.has_service_update_config_changed() || event.has_service_rollback_config_changed());
}

// See GroupColor.
Color ColorOfObject(const std::vector<const Alert*>& alerts) {
  const auto any = [&alerts](const auto& is) {
    return std::any_of(alerts.begin(), alerts.end(), [&](const Alert* alert) { return is(alert->event); });
  };
  const bool has_cause = any(ChangesServiceSpec);
  const bool has_rollback = any(IsRollback);
  const bool deployed =
      any([](const v1::ChangeEvent& event) { return event.has_service_task_template_changed(); });
  Color color = Color::kGreen;
  for (auto place = alerts.begin(); place != alerts.end(); ++place) {
    const Alert& alert = **place;
    const bool overtaken = std::any_of(place + 1, alerts.end(), [&alert](const Alert* later) {
      return Overtakes(later->event, alert.event);
    });
    if (overtaken || (has_cause && IsUpdateStart(alert.event))) continue;
    if (has_rollback && ChangesServiceSpec(alert.event)) continue;
    if (GoesWithDeployment(alert) && deployed) continue;
    if (!any([&alert](const v1::ChangeEvent& other) { return Completes(other, alert.event); }))
      color = Gravest(color, alert.color);
  }
  return color;
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

StackStep StackStepOf(const v1::ChangeEvent& event) {
  const v1::ResourceRef& resource = event.resource();
  if (resource.stack().empty()) return StackStep::kNone;
  if (SharedObjectOf(event) != nullptr) {
    return event.action() == v1::ACTION_REMOVED ? StackStep::kRemoves : StackStep::kBegins;
  }
  if (resource.kind() != v1::RESOURCE_KIND_SERVICE) return StackStep::kNone;
  if (event.has_service_disappeared()) return StackStep::kRemoves;
  if (event.has_service_appeared() || ChangesServiceSpec(event) || GoesWithTemplate(event))
    return StackStep::kBegins;
  if (!event.has_service_update_state_changed()) return StackStep::kNone;
  const v1::ServiceUpdateStateChanged& step = event.service_update_state_changed();
  switch (step.current_state()) {
    case v1::UPDATE_STATE_UPDATING:
      return StackStep::kBegins;
    case v1::UPDATE_STATE_ROLLBACK_STARTED:
      return step.automatic() ? StackStep::kNone : StackStep::kBegins;
    case v1::UPDATE_STATE_COMPLETED:
    case v1::UPDATE_STATE_ROLLBACK_COMPLETED:
      return step.has_failed_task() && step.updated_tasks() < step.wanted_tasks() ? StackStep::kNone
                                                                                  : StackStep::kEnds;
    default:
      return StackStep::kNone;
  }
}

std::string StackKeyOf(const v1::ChangeEvent& event) {
  const std::string& stack = event.resource().stack();
  return stack.empty() ? "" : absl::StrCat(event.cluster().id(), "/stack/", stack);
}

std::vector<const Alert*> Principals(const std::vector<Alert>& alerts) {
  std::set<std::string_view> stories;  // of services
  for (const Alert& alert : alerts) {
    if (alert.event.resource().kind() == v1::RESOURCE_KIND_SERVICE) stories.insert(alert.story);
  }
  stories.erase("");
  std::vector<const Alert*> principals;
  principals.reserve(alerts.size());
  for (const Alert& alert : alerts) {
    const bool goes_with = SharedObjectOf(alert.event) != nullptr && alert.color == Color::kBlue;
    if (!goes_with || !stories.contains(alert.story)) principals.push_back(&alert);
  }
  return principals;
}

bool OfSeveralObjects(const std::vector<Alert>& alerts) {
  const std::vector<const Alert*> principals = Principals(alerts);
  const v1::ResourceRef& first = principals.front()->event.resource();
  return std::any_of(principals.begin(), principals.end(), [&first](const Alert* alert) {
    const v1::ResourceRef& other = alert->event.resource();
    return other.id() != first.id() && (other.name() != first.name() || other.kind() != first.kind());
  });
}

bool IsGraver(Color one, Color two) { return Weight(one) > Weight(two); }

Color Gravest(Color one, Color two) { return IsGraver(one, two) ? one : two; }

Color GroupColor(const std::vector<Alert>& alerts) {
  std::map<std::string_view, std::vector<const Alert*>> objects;
  for (const Alert* alert : Principals(alerts)) objects[alert->event.resource().id()].push_back(alert);
  Color color = Color::kGreen;
  for (const auto& [id, of_object] : objects) color = Gravest(color, ColorOfObject(of_object));
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

std::size_t LinesFor(const std::vector<Alert>& alerts) {
  std::size_t lines = 0;
  for (const Alert& alert : alerts) {
    const FieldChangeList* fields = ChangedFields(alert.event);
    lines += fields == nullptr ? 1 : std::max<std::size_t>(static_cast<std::size_t>(fields->size()), 1);
  }
  return lines;
}

}  // namespace swarmbell
