#include "notifier/cards/joint_story.h"

#include <algorithm>
#include <set>
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
  if (const v1::ChangeEvent& last = service.alerts.back().event; SharedObjectOf(last) != nullptr) {
    return last.action() == v1::ACTION_REMOVED ? "removed" : "created";
  }
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

// Refer to the changes that they are made of.
using FieldKeys = std::set<FieldKey>;

FieldKeys KeysOf(const AlertGroup& service) {
  FieldKeys keys;
  for (const Alert& alert : service.alerts) {
    const FieldChangeList* fields = FieldsOfAlert(alert.event);
    if (fields == nullptr) continue;
    for (const v1::FieldChange& field : *fields) keys.insert(KeyOf(field));
  }
  return keys;
}

}  // namespace

std::string StackTitle(const std::vector<AlertGroup>& services) {
  const Alert& first = services.front().alerts.front();
  if (first.story.empty() || first.story != StackKeyOf(first.event)) return "";
  std::vector<std::pair<std::string, std::string>> words;
  for (const AlertGroup& service : services) {
    const v1::ChangeEvent& event = service.alerts.front().event;
    if (service.alerts.front().story != first.story) return "";
    words.emplace_back(LowerFirst(KindWord(event.resource().kind())), StepWord(service));
  }
  std::vector<std::string> counts;
  std::string last;  // named once: `3 services updated, 1 created`
  for (const auto& [word, count] : Tally(words)) {
    const auto& [kind, step] = word;
    const bool named = std::exchange(last, kind) == kind;
    counts.push_back(absl::StrCat(named ? absl::StrCat(count) : Counted(count, kind, kind + "s"), " ", step));
  }
  return absl::StrCat("Stack ", first.event.resource().stack(), ": ", absl::StrJoin(counts, ", "));
}

std::string StackRow(const AlertGroup& service) {
  for (const Alert& alert : service.alerts) {
    if (!alert.title.empty()) return alert.title;
  }
  const v1::ChangeEvent& event = service.alerts.front().event;
  const std::string kind = SharedObjectOf(event) == nullptr ? "" : KindWord(event.resource().kind()) + " ";
  return kind + ShownName(event.resource()) + " " + StepWord(service);
}

FieldChanges SharedFields(const std::vector<AlertGroup>& services) {
  FieldKeys in_all = KeysOf(services.front());
  for (const AlertGroup& service : services) {
    const FieldKeys keys = KeysOf(service);
    std::erase_if(in_all, [&keys](const FieldKey& key) { return !keys.contains(key); });
  }
  FieldChanges shared;
  for (const Alert& alert : services.front().alerts) {
    const FieldChangeList* fields = FieldsOfAlert(alert.event);
    if (fields == nullptr) continue;
    for (const v1::FieldChange& field : *fields) {
      if (in_all.erase(KeyOf(field)) > 0) shared.push_back(field);
    }
  }
  return shared;
}

std::vector<Alert> WithoutFields(std::vector<Alert> alerts, const FieldChanges& shared) {
  FieldKeys keys;
  for (const v1::FieldChange& field : shared) keys.insert(KeyOf(field));
  const auto strip = [&keys](FieldChangeList& fields) {
    const auto rest = std::remove_if(fields.begin(), fields.end(), [&](const v1::FieldChange& field) {
      return keys.contains(KeyOf(field));
    });
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

std::vector<Fact> CompanionFacts(const std::vector<const v1::ChangeEvent*>& companions) {
  constexpr std::size_t kMostNames = 5;
  std::vector<std::string> labels;
  for (const v1::ChangeEvent* event : companions) {
    labels.push_back(KindWord(event->resource().kind()) + "s " +
                     (event->action() == v1::ACTION_REMOVED ? "removed" : "created"));
  }
  std::vector<Fact> facts;
  for (const auto& [label, count] : Tally(labels)) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      if (labels[i] == label) names.push_back(ShownName(companions[i]->resource()));
    }
    facts.push_back({label, JoinSome(names, kMostNames)});
  }
  return facts;
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
