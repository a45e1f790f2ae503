// The net effect of several changes of one object: NetOf of alert_group.h.

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "notifier/alert/alert_group.h"
#include "notifier/alert/change_facts.h"

namespace swarmbell {
namespace {

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

NetAlerts NetOf(const std::vector<Alert>& alerts) {
  NetAlerts net = Joiner(alerts).Join();
  for (Alert& alert : net.alerts) DropOriginFields(alert.event);
  return net;
}

}  // namespace swarmbell
