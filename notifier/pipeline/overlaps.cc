#include "notifier/pipeline/overlaps.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/time/proto_time.h"
#include "notifier/alert/change_facts.h"

namespace swarmbell {
namespace {

// True if the change is one of an object's settings and carries the object's versions.
bool IsOfVersion(const v1::ChangeEvent& event) {
  const bool of_settings =
      ChangesServiceSpec(event) || event.has_node_availability_changed() || event.has_node_role_changed();
  return of_settings && event.current_version() != 0;
}

// The state after a change that is not reported field by field.
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

// Names of one object only: a deployment may bring names that no other has, such as those of its configs.
constexpr std::size_t kMostValues = 1000;

std::string ValueNow(const v1::FieldChange& field) {
  return absl::StrCat(static_cast<int>(field.kind() == v1::FIELD_CHANGE_KIND_REMOVED), field.current_value());
}

}  // namespace

StageResult Overlaps::Pass(const PassingChange& change, const Moment&, HandOn next) {
  if (!IsOfVersion(*change.event)) return PassOn(change, next);
  const std::optional<v1::ChangeEvent> news = News(*change.event);
  if (!news)
    return {StageResult::Kind::kDropped,
            "this version, or all that it changed, came before from another collector"};
  PassingChange on = change;
  on.event = &*news;
  return PassOn(on, next, "it is newer than the version that came before");
}

std::optional<v1::ChangeEvent> Overlaps::News(const v1::ChangeEvent& event) {
  if (!IsOfVersion(event)) return event;
  Known& reported = known_[absl::StrCat(event.cluster().id(), "/", event.resource().id(), "/",
                                        static_cast<int>(event.details_case()))];
  if (known_.size() > capacity_) known_.EraseOldest();
  const absl::Time observed = FromProto(event.observe_time());
  if (event.current_version() < reported.version && observed - reported.observed >= kRestoredAfter)
    reported.Forget();
  if (event.current_version() <= reported.version) return std::nullopt;

  v1::ChangeEvent news = event;
  auto* fields = MutableChangedFields(news);
  const bool overlaps = event.previous_version() < reported.version;
  if (fields != nullptr && overlaps) {
    const auto is_told = [&](const v1::FieldChange& field) {
      const auto known = reported.values.find({field.path(), field.name()});
      return !field.masked() && known != reported.values.end() && known->second == ValueNow(field);
    };
    fields->erase(std::remove_if(fields->begin(), fields->end(), is_told), fields->end());
    if (fields->empty()) return std::nullopt;
  }
  const std::string outcome = OutcomeOf(event);
  if (fields == nullptr && overlaps && outcome == reported.outcome) return std::nullopt;
  reported.outcome = outcome;
  reported.version = event.current_version();
  reported.observed = observed;
  if (fields != nullptr) {
    if (reported.values.size() > kMostValues) reported.values.clear();
    for (const v1::FieldChange& field : *fields)
      reported.values[{field.path(), field.name()}] = ValueNow(field);
  }
  return news;
}

}  // namespace swarmbell
