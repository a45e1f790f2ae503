#include "notifier/pipeline/recent_changes.h"

#include <algorithm>
#include <list>
#include <map>
#include <tuple>
#include <utility>

#include "notifier/alert/affected.h"
#include "notifier/alert/change_facts.h"

namespace swarmbell {
namespace {

constexpr std::size_t kMostShown = 3;

// A larger change is remembered by the names of its settings and its image.
constexpr std::size_t kWholeBytes = std::size_t{4} << 10;

v1::ChangeEvent Shortened(const v1::ChangeEvent& event) {
  v1::ChangeEvent shortened = event;
  if (event.ByteSizeLong() <= kWholeBytes) return shortened;
  shortened.mutable_resource()->clear_labels();
  FieldChangeList* fields = MutableChangedFields(shortened);
  if (fields == nullptr) return shortened;
  for (v1::FieldChange& field : *fields) {
    const bool is_image = field.group() == "Image" &&
                          field.previous_value().size() + field.current_value().size() <= kWholeBytes;
    if (is_image) continue;
    field.clear_previous_value();
    field.clear_current_value();
  }
  return shortened;
}

// The engine starts an update within moments of the change that it is for.
constexpr absl::Duration kMoments = absl::Minutes(1);

// True if the change is the cause of an update that its alert names.
bool IsCause(const v1::ChangeEvent& change, const v1::ChangeEvent& named) {
  return (change.has_service_task_template_changed() || change.has_service_endpoint_spec_changed()) &&
         change.resource().id() == named.resource().id() &&
         HappenedAt(change) >= HappenedAt(named) - kMoments;
}

// A collector that missed version 11 of an object reports a change from 10 to 12, another one reports two.
// Removes what `known` says already; true if it says all of it.
bool SaysAll(const v1::ChangeEvent& known, v1::ChangeEvent& event) {
  const bool same_kind = known.details_case() == event.details_case() && event.current_version() != 0 &&
                         known.resource().id() == event.resource().id();
  const bool overlaps = known.current_version() > event.previous_version() &&
                        known.previous_version() < event.current_version();
  if (!same_kind || !overlaps) return false;
  const bool covers = known.previous_version() <= event.previous_version() &&
                      known.current_version() >= event.current_version();
  FieldChangeList* fields = MutableChangedFields(event);
  if (covers || fields == nullptr) return covers;
  const std::set<FieldValue> said = FieldsNow(*ChangedFields(known));
  const auto is_said = [&said](const v1::FieldChange& field) { return said.contains(FieldNow(field)); };
  fields->erase(std::remove_if(fields->begin(), fields->end(), is_said), fields->end());
  return fields->empty();
}

struct Candidate {
  Closeness closeness = Closeness::kService;
  absl::Time time;
  std::vector<const v1::ChangeEvent*> parts;
};

// The candidates of one swarm.
class Candidates {
 public:
  // `event` must outlive the candidate.
  void Add(Closeness closeness, const v1::ChangeEvent& event) {
    const absl::Time time = HappenedAt(event);
    if (ChangesServiceSpec(event) && event.current_version() != 0) {
      const auto [place, is_new] =
          versions_.try_emplace({event.resource().id(), event.current_version()}, candidates_.size());
      if (!is_new) return candidates_[place->second].parts.push_back(&event);
    }
    candidates_.push_back({closeness, time, {&event}});
  }

  // Adds the best to `best`, which stays sorted: the closest first, of these the latest.
  void AddBest(std::vector<Candidate>& best) {
    const auto key = [](const Candidate& one) {
      return std::tuple(one.closeness, -absl::ToUnixNanos(one.time));
    };
    best.insert(best.end(), std::make_move_iterator(candidates_.begin()),
                std::make_move_iterator(candidates_.end()));
    std::stable_sort(best.begin(), best.end(),
                     [&key](const Candidate& a, const Candidate& b) { return key(a) < key(b); });
    if (best.size() > kMostShown) best.resize(kMostShown);
  }

 private:
  std::vector<Candidate> candidates_;
  std::map<std::pair<std::string, std::uint64_t>, std::size_t> versions_;  // places in candidates_
};

}  // namespace

StageResult RecentChanges::Pass(const PassingChange& change, const Moment&, HandOn next) {
  Remember(*change.event);
  return PassOn(change, next);
}

void RecentChanges::Remember(const v1::ChangeEvent& event) {
  if (!MayExplain(event)) return;
  Known known{Shortened(event)};
  if (known.event.ByteSizeLong() > limits_.bytes) return;
  Swarm& swarm = swarms_[event.cluster().id()];
  if (swarm.ids.contains(event.event_id())) return;
  for (const auto& [time, other] : swarm.changes) {
    if (SaysAll(other.event, known.event)) return;
  }
  known.bytes = known.event.ByteSizeLong();
  if (!event.event_id().empty()) swarm.ids.insert(event.event_id());
  swarm.bytes += known.bytes;
  bytes_ += known.bytes;
  swarm.changes.emplace(HappenedAt(event), std::move(known));
  while (swarm.changes.size() > limits_.changes || swarm.bytes > limits_.bytes) EvictOldest(swarm);
  while (bytes_ > limits_.bytes_of_all) {
    bytes_ -= swarms_.Oldest().second.bytes;
    swarms_.EraseOldest();
  }
}

void RecentChanges::EvictOldest(Swarm& swarm) {
  const auto oldest = swarm.changes.begin();
  swarm.bytes -= oldest->second.bytes;
  bytes_ -= oldest->second.bytes;
  swarm.ids.erase(oldest->second.event.event_id());
  swarm.changes.erase(oldest);
}

std::vector<EarlierChange> RecentChanges::Before(const AlertGroup& group) {
  std::set<std::string> clusters;
  for (const Alert& alert : group.alerts) {
    if (alert.color == Color::kRed) clusters.insert(alert.event.cluster().id());
  }
  std::vector<Candidate> best;
  std::list<std::vector<v1::ChangeEvent>> all_causes;  // the candidates point to them
  for (const std::string& cluster : clusters) {
    const Affected affected(group, cluster);
    std::vector<v1::ChangeEvent>& causes = all_causes.emplace_back(affected.NamedCauses());
    Candidates candidates;
    if (const Swarm* swarm = swarms_.Find(cluster)) {
      const auto end = swarm->changes.upper_bound(affected.until());
      for (auto at = swarm->changes.lower_bound(affected.since()); at != end; ++at) {
        const v1::ChangeEvent& change = at->second.event;
        std::erase_if(causes, [&change](const v1::ChangeEvent& named) { return IsCause(change, named); });
        if (const auto closeness = affected.ClosenessOf(change)) candidates.Add(*closeness, change);
      }
    }
    for (const v1::ChangeEvent& cause : causes) candidates.Add(Closeness::kService, cause);
    candidates.AddBest(best);
  }
  std::stable_sort(best.begin(), best.end(),
                   [](const Candidate& a, const Candidate& b) { return a.time > b.time; });
  std::vector<EarlierChange> before;
  before.reserve(best.size());
  for (const Candidate& one : best) {
    EarlierChange& change = before.emplace_back();
    for (const v1::ChangeEvent* part : one.parts) change.parts.push_back(*part);
  }
  return before;
}

}  // namespace swarmbell
