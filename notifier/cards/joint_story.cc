#include "notifier/cards/joint_story.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "notifier/alert/change_facts.h"
#include "notifier/cards/words.h"

namespace swarmbell::cards {
namespace {

bool AnyIs(const AlertGroup& group, bool (*is)(const v1::ChangeEvent&)) {
  return std::any_of(group.alerts.begin(), group.alerts.end(),
                     [is](const Alert& alert) { return is(alert.event); });
}

v1::UpdateState StateOf(const v1::ChangeEvent& event) {
  return event.service_update_state_changed().current_state();
}

// How the deploy stands at this service.
std::string StepWord(const AlertGroup& service) {
  const bool gone = AnyIs(service, [](const auto& event) { return event.has_service_disappeared(); });
  const bool come = AnyIs(service, [](const auto& event) { return event.has_service_appeared(); });
  if (gone) return come ? "removed and created again" : "removed";
  if (come) return "created";
  const auto ends = [](const Alert& alert) { return alert.event.has_service_update_state_changed(); };
  const auto last = std::find_if(service.alerts.rbegin(), service.alerts.rend(), ends);
  if (last == service.alerts.rend()) return "changed";
  switch (StateOf(last->event)) {
    case v1::UPDATE_STATE_UPDATING:
      return "updating";
    case v1::UPDATE_STATE_COMPLETED:
      return "updated";
    case v1::UPDATE_STATE_ROLLBACK_STARTED:
      return "rolling back";
    case v1::UPDATE_STATE_ROLLBACK_COMPLETED:
      return "rolled back";
    default:
      return "changed";
  }
}

// The settings that an alert names: changed by it, or the cause of the update that it is a step of.
const FieldChangeList* FieldsOfAlert(const v1::ChangeEvent& event) {
  return event.has_service_update_state_changed() ? &event.service_update_state_changed().fields()
                                                  : ChangedFields(event);
}

bool Holds(const FieldChanges& fields, const v1::FieldChange& field) {
  return std::any_of(fields.begin(), fields.end(),
                     [&field](const v1::FieldChange& other) { return SameField(other, field); });
}

bool HasField(const AlertGroup& service, const v1::FieldChange& field) {
  return std::any_of(service.alerts.begin(), service.alerts.end(), [&field](const Alert& alert) {
    const FieldChangeList* fields = FieldsOfAlert(alert.event);
    return fields != nullptr &&
           std::any_of(fields->begin(), fields->end(),
                       [&](const v1::FieldChange& other) { return SameField(other, field); });
  });
}

}  // namespace

std::string StackTitle(const std::vector<AlertGroup>& services) {
  const Alert& first = services.front().alerts.front();
  if (first.story.empty() || first.story != StackKeyOf(first.event)) return "";
  std::vector<std::string> words;
  for (const AlertGroup& service : services) {
    if (service.alerts.front().story != first.story) return "";
    words.push_back(StepWord(service));
  }
  std::vector<std::string> counts;
  for (const auto& [word, count] : Tally(words)) {
    counts.push_back(absl::StrCat(
        counts.empty() ? Counted(count, "service", "services") : absl::StrCat(count), " ", word));
  }
  return absl::StrCat("Stack ", first.event.resource().stack(), ": ", absl::StrJoin(counts, ", "));
}

std::string StackRow(const AlertGroup& service) {
  for (const Alert& alert : service.alerts) {
    if (!alert.title.empty()) return alert.title;
  }
  return ShownName(service.alerts.front().event.resource()) + " " + StepWord(service);
}

FieldChanges SharedFields(const std::vector<AlertGroup>& services) {
  FieldChanges shared;
  for (const Alert& alert : services.front().alerts) {
    const FieldChangeList* fields = FieldsOfAlert(alert.event);
    if (fields == nullptr) continue;
    for (const v1::FieldChange& field : *fields) {
      const bool all = std::all_of(services.begin(), services.end(),
                                   [&field](const AlertGroup& service) { return HasField(service, field); });
      if (all && !Holds(shared, field)) shared.push_back(field);
    }
  }
  return shared;
}

std::vector<Alert> WithoutFields(std::vector<Alert> alerts, const FieldChanges& shared) {
  const auto strip = [&shared](FieldChangeList& fields) {
    const auto rest = std::remove_if(fields.begin(), fields.end(),
                                     [&](const v1::FieldChange& field) { return Holds(shared, field); });
    const bool some = rest != fields.end();
    fields.erase(rest, fields.end());
    return some && fields.empty();
  };
  std::erase_if(alerts, [&](Alert& alert) {
    if (alert.event.has_service_update_state_changed()) {
      strip(*alert.event.mutable_service_update_state_changed()->mutable_fields());
      return IsUpdateStart(alert.event);
    }
    FieldChangeList* fields = MutableChangedFields(alert.event);
    return fields != nullptr && strip(*fields);
  });
  return alerts;
}

const v1::ChangeEvent* LostNode(const std::vector<Alert>& alerts) {
  const v1::ChangeEvent* node = nullptr;
  for (const Alert& alert : alerts) {
    if (alert.story.empty() || alert.story != alerts.front().story) return nullptr;
    if (alert.event.has_node_state_changed()) node = &alert.event;
  }
  return node;
}

std::string LostTasks(const v1::ChangeEvent& node, const std::vector<Alert>& alerts) {
  if (node.node_state_changed().current_state() == v1::NODE_STATE_READY) return "";
  std::uint32_t lost = 0;
  for (const Alert& alert : alerts) {
    if (alert.event.has_task_unschedulable()) lost += std::max(alert.event.task_unschedulable().tasks(), 1U);
  }
  if (lost == 0) return "";
  const std::uint32_t ran = node.node_state_changed().node().running_tasks();
  const std::string which = lost >= ran
                                ? Tasks(lost) + (lost == 1 ? " finds" : " find")
                                : absl::StrCat(lost, " of its ", Tasks(ran), lost == 1 ? " finds" : " find");
  return "The managers no longer hear from it; " + which + " no other node.";
}

std::vector<std::string> SchedulersWords(const std::vector<Alert>& alerts) {
  std::vector<std::string> words;
  for (const Alert& alert : alerts) {
    const std::string& error = alert.event.task_unschedulable().task().error();
    if (!error.empty() && std::find(words.begin(), words.end(), error) == words.end()) words.push_back(error);
  }
  return words;
}

}  // namespace swarmbell::cards
