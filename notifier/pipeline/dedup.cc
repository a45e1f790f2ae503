#include "notifier/pipeline/dedup.h"

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

// The state after a change that is not told field by field.
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

StageResult Repeats::Pass(const PassingChange& change, const Moment&, HandOn next) {
  if (change.own) return PassOn(change, next);
  PassingChange on = change;
  on.hold = Take(change.event->event_id(), change.receipt);
  if (!on.hold) return {StageResult::Kind::kDropped, "it came before, from this or another collector"};
  return PassOn(on, next, "it came for the first time");
}

std::shared_ptr<Receipt> Repeats::Take(const std::string& id, const std::shared_ptr<Receipt>& receipt) {
  if (const std::weak_ptr<Receipt>* met = met_.Find(id)) {
    if (const std::shared_ptr<Receipt> hold = met->lock()) hold->Hold(receipt);
    return nullptr;
  }
  // Apart from its counts: these are remembered as long as the identifier.
  std::shared_ptr<Receipt> hold(new Receipt);
  hold->Hold(receipt);
  if (id.empty()) return hold;
  met_[id] = hold;
  if (met_.size() > capacity_) met_.EraseOldest();
  return hold;
}

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
  Known& told = known_[absl::StrCat(event.cluster().id(), "/", event.resource().id(), "/",
                                    static_cast<int>(event.details_case()))];
  if (known_.size() > capacity_) known_.EraseOldest();
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

}  // namespace swarmbell
