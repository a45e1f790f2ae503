#include "notifier/pipeline/overlaps.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/time/proto_time.h"
#include "notifier/alert/service_updates.h"

namespace swarmbell {
namespace {

// Whether the change is one of the settings of an object.
bool IsOfSpec(const v1::ChangeEvent& event) {
  return ChangesServiceSpec(event) || event.has_node_availability_changed() || event.has_node_role_changed();
}

// What a change that is not told field by field has led to.
std::string OutcomeOf(const v1::ChangeEvent& event) {
  switch (event.details_case()) {
    case v1::ChangeEvent::kServiceModeChanged:
      return event.service_mode_changed().current_mode().SerializeAsString();
    case v1::ChangeEvent::kNodeAvailabilityChanged:
      return absl::StrCat(static_cast<int>(event.node_availability_changed().current_availability()));
    case v1::ChangeEvent::kNodeRoleChanged:
      return absl::StrCat(static_cast<int>(event.node_role_changed().current_role()));
    default:
      return "";
  }
}

// A collector that was cut off reads what is newest when it is back, never an older version.
constexpr absl::Duration kRestoredAfter = absl::Minutes(10);

// Of one object: a deployment may bring names that no other has, such as those of its configs.
constexpr std::size_t kMostValues = 1000;

std::string ValueNow(const v1::FieldChange& field) {
  return absl::StrCat(static_cast<int>(field.kind() == v1::FIELD_CHANGE_KIND_REMOVED), field.current_value());
}

}  // namespace

Overlaps::Overlaps(std::size_t capacity) : capacity_(capacity) {}

std::optional<v1::ChangeEvent> Overlaps::News(const v1::ChangeEvent& event) {
  if (!IsOfSpec(event) || event.current_version() == 0) return event;
  Told& told = Find(absl::StrCat(event.cluster().id(), "/", event.resource().id(), "/",
                                 static_cast<int>(event.details_case())));
  const absl::Time observed = FromProto(event.observe_time());
  if (event.current_version() < told.version && observed - told.observed >= kRestoredAfter) told.Forget();
  if (event.current_version() <= told.version) return std::nullopt;

  v1::ChangeEvent news = event;
  auto* fields = MutableChangedFields(news);
  const bool overlaps = event.previous_version() < told.version;
  if (fields != nullptr && overlaps) {
    const auto is_told = [&](const v1::FieldChange& field) {
      const auto known = told.values.find({field.path(), field.name()});
      return !field.masked() && known != told.values.end() && known->second == ValueNow(field);
    };
    fields->erase(std::remove_if(fields->begin(), fields->end(), is_told), fields->end());
    if (fields->empty()) return std::nullopt;
  }
  const std::string outcome = OutcomeOf(event);
  if (fields == nullptr && overlaps && outcome == told.outcome) return std::nullopt;
  told.outcome = outcome;
  told.version = event.current_version();
  told.observed = observed;
  if (fields != nullptr) {
    if (told.values.size() > kMostValues) told.values.clear();
    for (const v1::FieldChange& field : *fields) told.values[{field.path(), field.name()}] = ValueNow(field);
  }
  return news;
}

Overlaps::Told& Overlaps::Find(const std::string& key) {
  if (const auto known = told_.find(key); known != told_.end()) {
    order_.splice(order_.begin(), order_, known->second.place);
    return known->second;
  }
  order_.push_front(key);
  Told& told = told_[key];
  told.place = order_.begin();
  if (told_.size() > capacity_) {
    told_.erase(order_.back());
    order_.pop_back();
  }
  return told;
}

}  // namespace swarmbell
