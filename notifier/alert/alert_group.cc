#include "notifier/alert/alert_group.h"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
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
         (event.has_service_labels_changed() || event.has_service_update_config_changed() ||
          event.has_service_rollback_config_changed());
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

// One kind of change of one object.
using Kind = std::tuple<std::string, std::string, int>;

Kind KindOf(const v1::ChangeEvent& event) {
  return {event.cluster().id(), event.resource().id(), static_cast<int>(event.details_case())};
}

bool IsSamePlace(const v1::FieldChange& one, const v1::FieldChange& two) {
  return one.path() == two.path() && one.group() == two.group() && one.name() == two.name();
}

// True if the later change begins where the earlier one ended.
bool Follows(const v1::FieldChange& later, const v1::FieldChange& earlier) {
  return earlier.has_current_value() == later.has_previous_value() &&
         earlier.current_value() == later.previous_value();
}

// Replaces the earlier change by the later one, but keeps the value before the earlier one.
v1::FieldChange Joined(const v1::FieldChange& earlier, const v1::FieldChange& later) {
  v1::FieldChange joined = later;
  joined.clear_previous_value();
  if (earlier.has_previous_value()) joined.set_previous_value(earlier.previous_value());
  joined.set_masked(earlier.masked() || later.masked());
  const bool was = earlier.kind() != v1::FIELD_CHANGE_KIND_ADDED;
  const bool is = later.kind() != v1::FIELD_CHANGE_KIND_REMOVED;
  const bool only_order =
      earlier.kind() == v1::FIELD_CHANGE_KIND_REORDERED && later.kind() == v1::FIELD_CHANGE_KIND_REORDERED;
  if (!only_order) {
    joined.set_kind(was && is ? v1::FIELD_CHANGE_KIND_CHANGED
                    : is      ? v1::FIELD_CHANGE_KIND_ADDED
                              : v1::FIELD_CHANGE_KIND_REMOVED);
  }
  return joined;
}

// True if the field is as it was before. Masked values may read the same and differ.
bool IsRestored(const v1::FieldChange& first, const v1::FieldChange& joined) {
  const bool was = first.kind() != v1::FIELD_CHANGE_KIND_ADDED;
  const bool is = joined.kind() != v1::FIELD_CHANGE_KIND_REMOVED;
  if (!was && !is) return true;
  if (was != is || joined.masked()) return false;
  return joined.has_previous_value() == joined.has_current_value() &&
         joined.previous_value() == joined.current_value();
}

// The authors of all changes, each once: `alice and bob`.
std::string Authors(const std::vector<const Alert*>& changes) {
  std::vector<std::string> authors;
  for (const Alert* change : changes) {
    const std::string& by = change->event.origin().by();
    if (!by.empty() && std::find(authors.begin(), authors.end(), by) == authors.end()) authors.push_back(by);
  }
  return absl::StrJoin(authors, " and ");
}

// Replaces the origin of the last change by that of all of them. If one has none, nobody is named.
void JoinOrigins(const std::vector<const Alert*>& changes, v1::ChangeEvent& joined) {
  const auto has_origin = [](const Alert* change) { return change->event.has_origin(); };
  const auto first = std::find_if(changes.begin(), changes.end(), has_origin);
  if (first == changes.end()) return;
  const auto last = std::find_if(changes.rbegin(), changes.rend(), has_origin);
  v1::ChangeOrigin origin = (*last)->event.origin();
  origin.set_previous_revision((*first)->event.origin().previous_revision());
  origin.set_previous_source((*first)->event.origin().previous_source());
  const bool all = std::all_of(changes.begin(), changes.end(), has_origin);
  origin.set_by(all ? Authors(changes) : "");
  if (!all) origin.clear_pipeline();
  *joined.mutable_origin() = std::move(origin);
}

// The fields that a card shows; null for a change without any.
FieldChangeList* MutableShownFields(v1::ChangeEvent& event) {
  if (event.has_service_update_state_changed())
    return event.mutable_service_update_state_changed()->mutable_fields();
  if (event.has_service_update_stalled()) return event.mutable_service_update_stalled()->mutable_fields();
  return MutableChangedFields(event);
}

// Cards say in words whose change it is; the labels that say so are not shown again beside other fields.
void DropOriginFields(v1::ChangeEvent& event) {
  FieldChangeList* fields = event.has_origin() ? MutableShownFields(event) : nullptr;
  if (fields == nullptr) return;
  const bool alone = std::all_of(fields->begin(), fields->end(), IsOriginField);
  if (alone && ChangesServiceSpec(event)) return;
  fields->erase(std::remove_if(fields->begin(), fields->end(), IsOriginField), fields->end());
}

class Joiner {
 public:
  explicit Joiner(const std::vector<Alert>& alerts) : alerts_(alerts) {}

  NetAlerts Join() {
    FindLastRuns();
    std::map<Kind, std::vector<const Alert*>> kinds;
    for (const Alert& alert : alerts_) {
      if (ChangesServiceSpec(alert.event)) kinds[KindOf(alert.event)].push_back(&alert);
    }
    for (const Alert& alert : alerts_) {
      if (IsOfEarlierRun(alert)) continue;
      const auto kind = ChangesServiceSpec(alert.event) ? kinds.find(KindOf(alert.event)) : kinds.end();
      if (kind == kinds.end() || kind->second.size() == 1) {
        net_.alerts.push_back(alert);
      } else if (kind->second.back() == &alert) {
        JoinKind(kind->second);
      }
    }
    SetFieldsOfRuns();
    // A net change of nothing is still reported if there is no other.
    if (net_.alerts.empty() && !alerts_.empty()) net_.alerts.push_back(alerts_.back());
    return std::move(net_);
  }

 private:
  void FindLastRuns() {
    for (const Alert& alert : alerts_) {
      if (!alert.event.has_service_update_state_changed()) continue;
      last_runs_[KindOf(alert.event)] = &alert.event.service_update_state_changed();
    }
  }

  bool IsOfEarlierRun(const Alert& alert) const {
    if (!alert.event.has_service_update_state_changed() || alert.color == Color::kRed) return false;
    return !IsSameRun(alert.event.service_update_state_changed(), *last_runs_.at(KindOf(alert.event)));
  }

  void JoinKind(const std::vector<const Alert*>& changes) {
    Alert joined = *changes.back();
    for (const Alert* change : changes) {
      // The card shows the rule, colour and title of the gravest.
      if (Gravest(joined.color, change->color) == joined.color) continue;
      joined.rule = change->rule;
      joined.color = change->color;
      joined.title = change->title;
    }
    joined.event.set_previous_version(changes.front()->event.previous_version());
    JoinOrigins(changes, joined.event);
    const bool is_news = joined.event.has_service_mode_changed() ? JoinModes(changes, joined.event)
                                                                 : JoinFields(changes, joined.event);
    net_.joined += changes.size();
    if (is_news) net_.alerts.push_back(std::move(joined));
  }

  static bool JoinModes(const std::vector<const Alert*>& changes, v1::ChangeEvent& joined) {
    auto& mode = *joined.mutable_service_mode_changed();
    *mode.mutable_previous_mode() = changes.front()->event.service_mode_changed().previous_mode();
    return !google::protobuf::util::MessageDifferencer::Equals(mode.previous_mode(), mode.current_mode());
  }

  // Entries of a list have no name, or share one: they are joined if one change starts with the value that
  // the other ended with.
  static v1::FieldChange* FindEarlier(const v1::FieldChange& field, std::size_t earlier,
                                      const FieldChangeList& event, std::vector<v1::FieldChange>& fields) {
    const auto is_same = [&field](const v1::FieldChange& one) { return IsSamePlace(one, field); };
    const auto end = fields.begin() + static_cast<std::ptrdiff_t>(earlier);
    const bool unique = !field.name().empty() && std::count_if(event.begin(), event.end(), is_same) == 1 &&
                        std::count_if(fields.begin(), end, is_same) == 1;
    const auto found = std::find_if(fields.begin(), end, [&](const v1::FieldChange& one) {
      return is_same(one) && (unique || Follows(field, one));
    });
    return found == end ? nullptr : &*found;
  }

  bool JoinFields(const std::vector<const Alert*>& changes, v1::ChangeEvent& joined) {
    std::vector<v1::FieldChange> firsts;
    std::vector<v1::FieldChange> fields;
    for (const Alert* change : changes) {
      const FieldChangeList& event = *ChangedFields(change->event);
      const std::size_t earlier = fields.size();
      for (const v1::FieldChange& field : event) {
        if (v1::FieldChange* known = FindEarlier(field, earlier, event, fields)) {
          *known = Joined(*known, field);
        } else {
          firsts.push_back(field);
          fields.push_back(field);
        }
      }
    }
    FieldChangeList& net = *MutableChangedFields(joined);
    net.Clear();
    Netted& netted = netted_[{joined.cluster().id(), joined.resource().id()}];
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (IsRestored(firsts[i], fields[i])) {
        if (!IsOriginField(fields[i]))
          net_.restored.push_back(fields[i].name().empty() ? fields[i].group() : fields[i].name());
        netted.restored.push_back(fields[i]);
      } else {
        netted.fields.push_back(fields[i]);
        *net.Add() = std::move(fields[i]);
      }
    }
    return !net.empty();
  }

  // An update shows the fields of the joined changes, not only of the last one.
  void SetFieldsOfRuns() {
    for (Alert& alert : net_.alerts) {
      if (!alert.event.has_service_update_state_changed()) continue;
      const auto netted = netted_.find({alert.event.cluster().id(), alert.event.resource().id()});
      if (netted == netted_.end()) continue;
      FieldChangeList& fields = *alert.event.mutable_service_update_state_changed()->mutable_fields();
      for (v1::FieldChange& field : fields) {
        const auto ends_alike = [&field](const v1::FieldChange& one) {
          return IsSamePlace(one, field) && one.has_current_value() == field.has_current_value() &&
                 one.current_value() == field.current_value();
        };
        const std::vector<v1::FieldChange>& now = netted->second.fields;
        const auto same = std::find_if(now.begin(), now.end(), ends_alike);
        if (same != now.end()) field = *same;
      }
      const auto is_restored = [&](const v1::FieldChange& field) {
        return std::any_of(netted->second.restored.begin(), netted->second.restored.end(),
                           [&field](const v1::FieldChange& one) {
                             return IsSamePlace(one, field) && one.current_value() == field.current_value();
                           });
      };
      fields.erase(std::remove_if(fields.begin(), fields.end(), is_restored), fields.end());
    }
  }

  struct Netted {
    std::vector<v1::FieldChange> fields;
    std::vector<v1::FieldChange> restored;
  };

  const std::vector<Alert>& alerts_;
  std::map<Kind, const v1::ServiceUpdateStateChanged*> last_runs_;  // the last step of each service
  std::map<std::pair<std::string, std::string>, Netted> netted_;    // by cluster and object
  NetAlerts net_;
};

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
  if (resource.kind() != v1::RESOURCE_KIND_SERVICE || resource.stack().empty()) return StackStep::kNone;
  if (event.has_service_disappeared()) return StackStep::kRemoves;
  if (event.has_service_appeared() || ChangesServiceSpec(event)) return StackStep::kBegins;
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

bool OfSeveralObjects(const std::vector<Alert>& alerts) {
  const v1::ResourceRef& first = alerts.front().event.resource();
  return std::any_of(alerts.begin(), alerts.end(), [&first](const Alert& alert) {
    const v1::ResourceRef& other = alert.event.resource();
    return other.id() != first.id() && (other.name() != first.name() || other.kind() != first.kind());
  });
}

bool IsGraver(Color one, Color two) { return Weight(one) > Weight(two); }

Color Gravest(Color one, Color two) { return IsGraver(one, two) ? one : two; }

Color GroupColor(const std::vector<Alert>& alerts) {
  std::map<std::string_view, std::vector<const Alert*>> objects;
  for (const Alert& alert : alerts) objects[alert.event.resource().id()].push_back(&alert);
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

NetAlerts NetOf(const std::vector<Alert>& alerts) {
  NetAlerts net = Joiner(alerts).Join();
  for (Alert& alert : net.alerts) DropOriginFields(alert.event);
  return net;
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
