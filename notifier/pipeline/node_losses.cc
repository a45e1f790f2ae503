#include "notifier/pipeline/node_losses.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "notifier/alert/change_facts.h"

namespace swarmbell {
namespace {

std::string StoryOf(const std::string& cluster_id, const std::string& node_id) {
  return absl::StrCat(cluster_id, "/node/", node_id);
}

// The service of a change that reports missing tasks, as far as it is known.
v1::TaskSummary ServiceOf(const v1::ChangeEvent& event) {
  if (event.has_task_unschedulable()) return event.task_unschedulable().task();
  v1::TaskSummary task;
  task.set_service_id(event.resource().id());
  task.set_service_name(event.resource().name());
  return task;
}

}  // namespace

bool NodeLosses::Loss::IsOf(const v1::ChangeEvent& event, const std::string& service_name,
                            absl::Time now) const {
  const auto& services = kept.services();
  return kept.cluster_id() == event.cluster().id() && waiting.empty() && now - since < kTakesAlong &&
         std::find(services.begin(), services.end(), service_name) != services.end();
}

StageResult NodeLosses::Pass(const PassingChange& change, const Moment& at, HandOn next) {
  const v1::ChangeEvent& event = *change.event;
  if (event.has_node_state_changed()) return PassNode(change, at.now, next);
  if (event.has_node_reachability_changed()) return PassReachability(change, at, next);
  if (event.has_quorum_in_danger() || event.has_quorum_safe()) return PassQuorum(change, at, next);
  if (event.has_task_unschedulable() || event.has_service_degraded())
    return PassShortage(change, ServiceOf(event), at.now, next);
  if (event.has_service_recovered() || event.has_service_disappeared()) return PassWhole(change, next);
  if (event.has_node_disappeared() || event.has_node_role_changed())
    ReleaseMissed(StoryOf(event.cluster().id(), event.resource().id()), next);
  if (event.has_node_disappeared()) {
    const auto gone = losses_.find(StoryOf(event.cluster().id(), event.resource().id()));
    if (gone != losses_.end()) {
      Release(*gone, next);
      losses_.erase(gone);
    }
  }
  return PassOn(change, next);
}

StageResult NodeLosses::PassNode(const PassingChange& change, absl::Time now, HandOn next) {
  const v1::ChangeEvent& event = *change.event;
  const v1::NodeStateChanged& state = event.node_state_changed();
  const std::string story = StoryOf(event.cluster().id(), event.resource().id());
  const auto known = losses_.find(story);
  if (state.current_state() == v1::NODE_STATE_READY) {
    if (known == losses_.end()) return PassOn(change, next);
    Loss& loss = known->second;
    if (!loss.IsWhole()) {
      if (loss.waiting.empty()) loss.due = now + kWholeAgain;
      loss.waiting.insert(loss.waiting.begin(), Waiting{event, change.hold});
      return {StageResult::Kind::kWaits, "until it is reachable and its services are whole again", true};
    }
    const bool alone = loss.waiting.empty();
    const StageResult result = PassOn(alone ? change : OfStory(change, story), next);
    Release(*known, next);
    losses_.erase(known);
    return result;
  }
  if (known != losses_.end()) Release(*known, next);
  Loss& loss = losses_[story];
  loss.since = now;
  loss.kept.set_cluster_id(event.cluster().id());
  loss.kept.set_node_id(event.resource().id());
  *loss.kept.mutable_services() = state.node().services();
  loss.kept.set_unreachable(missed_.contains(story));
  // First what the card is called after.
  const StageResult result =
      PassOn(OfStory(change, story), next, "services that lack tasks because of it join its message");
  ReleaseMissed(story, next);
  return result;
}

StageResult NodeLosses::PassReachability(const PassingChange& change, const Moment& at, HandOn next) {
  const v1::ChangeEvent& event = *change.event;
  const std::string story = StoryOf(event.cluster().id(), event.resource().id());
  latest_ = story;
  latest_read_ = at.read;
  const auto known = losses_.find(story);
  if (event.node_reachability_changed().current_reachability() == v1::NODE_REACHABILITY_UNREACHABLE) {
    if (known != losses_.end()) {
      known->second.kept.set_unreachable(true);
      return PassOn(OfStory(change, story), next, "it joins the message about the node that is down");
    }
    ReleaseMissed(story, next);
    missed_[story] = {{{event, change.hold}}, at.now + kGoesDown};
    return {StageResult::Kind::kWaits, "it may go down too, which is one message", true};
  }
  ReleaseMissed(story, next);
  if (known == losses_.end() || !known->second.kept.unreachable())
    return PassOn(OfStory(change, story), next);
  Loss& loss = known->second;
  loss.kept.set_unreachable(false);
  if (loss.waiting.empty()) loss.due = at.now + kWholeAgain;
  const bool is_back = !loss.waiting.empty();
  loss.waiting.push_back({event, change.hold});
  if (is_back && loss.IsWhole()) {
    Release(*known, next);
    losses_.erase(known);
  }
  return {StageResult::Kind::kWaits, "it joins the message about the node that is back", true};
}

// The comparison of managers follows those of the nodes of the same reading.
StageResult NodeLosses::PassQuorum(const PassingChange& change, const Moment& at, HandOn next) {
  if (latest_.empty() || latest_read_ != at.read) return PassOn(change, next);
  const Waiting quorum = {*change.event, change.hold};
  constexpr StageResult kJoinsLater = {StageResult::Kind::kWaits, "it joins the message about the manager",
                                       true};
  if (const auto missed = missed_.find(latest_); missed != missed_.end()) {
    missed->second.waiting.push_back(quorum);
    return kJoinsLater;
  }
  if (const auto loss = losses_.find(latest_); loss != losses_.end() && !loss->second.waiting.empty()) {
    loss->second.waiting.push_back(quorum);
    return kJoinsLater;
  }
  return PassOn(OfStory(change, latest_), next, "it joins the message about the manager");
}

StageResult NodeLosses::PassShortage(const PassingChange& change, const v1::TaskSummary& task, absl::Time now,
                                     HandOn next) {
  for (auto& [story, loss] : losses_) {
    if (!loss.IsOf(*change.event, task.service_name(), now)) continue;
    loss.lacking.insert(task.service_id());
    return PassOn(OfStory(change, story), next, "it joins the message about the node that is down");
  }
  return PassOn(change, next);
}

StageResult NodeLosses::PassWhole(const PassingChange& change, HandOn next) {
  const v1::ChangeEvent& event = *change.event;
  bool waits = false;
  for (auto loss = losses_.begin(); loss != losses_.end();) {
    const auto current = loss++;
    Loss& of = current->second;
    const bool was_lacking =
        of.kept.cluster_id() == event.cluster().id() && of.lacking.erase(event.resource().id()) > 0;
    if (!was_lacking || of.waiting.empty()) continue;
    if (event.has_service_recovered() && !std::exchange(waits, true))
      of.waiting.push_back({event, change.hold});
    if (!of.IsWhole()) continue;
    Release(*current, next);
    losses_.erase(current);
  }
  if (waits) return {StageResult::Kind::kWaits, "it joins the message about the node that is back", true};
  return PassOn(change, next);
}

void NodeLosses::Release(Losses::value_type& loss, HandOn next) {
  for (const Waiting& waiting : std::exchange(loss.second.waiting, {})) {
    next({.event = &waiting.event, .hold = waiting.hold, .story = loss.first});
  }
  loss.second.due = absl::InfiniteFuture();
}

void NodeLosses::ReleaseMissed(const std::string& story, HandOn next) {
  const auto missed = missed_.extract(story);
  if (missed.empty()) return;
  for (const Waiting& waiting : missed.mapped().waiting)
    next({.event = &waiting.event, .hold = waiting.hold, .story = story});
}

void NodeLosses::Tick(const Moment& at, HandOn next) {
  for (auto missed = missed_.begin(); missed != missed_.end();) {
    const auto current = missed++;
    if (current->second.due <= at.now) ReleaseMissed(std::string(current->first), next);
  }
  for (auto loss = losses_.begin(); loss != losses_.end();) {
    const auto current = loss++;
    if (current->second.due > at.now) continue;
    Release(*current, next);
    losses_.erase(current);
  }
}

void NodeLosses::Flush(const Moment&, HandOn next) {
  while (!missed_.empty()) ReleaseMissed(std::string(missed_.begin()->first), next);
  for (auto& loss : losses_) Release(loss, next);
}

std::optional<absl::Time> NodeLosses::NextDeadline() const {
  absl::Time next = absl::InfiniteFuture();
  for (const auto& [story, missed] : missed_) next = std::min(next, missed.due);
  for (const auto& [story, loss] : losses_) next = std::min(next, loss.due);
  return next == absl::InfiniteFuture() ? std::nullopt : std::optional(next);
}

void NodeLosses::MarkLost() {
  for (const auto& [story, missed] : missed_) {
    for (const Waiting& waiting : missed.waiting) {
      if (waiting.hold) waiting.hold->MarkLost();
    }
  }
  for (const auto& [story, loss] : losses_) {
    for (const Waiting& waiting : loss.waiting) {
      if (waiting.hold) waiting.hold->MarkLost();
    }
  }
}

std::vector<v1::NodeLoss> NodeLosses::Open() const {
  std::vector<v1::NodeLoss> open;
  open.reserve(losses_.size());
  for (const auto& [story, loss] : losses_) {
    open.push_back(loss.kept);
    open.back().mutable_lacking_service_ids()->Assign(loss.lacking.begin(), loss.lacking.end());
  }
  return open;
}

void NodeLosses::Restore(const v1::NodeLoss& stored) {
  const auto [place, is_new] = losses_.try_emplace(StoryOf(stored.cluster_id(), stored.node_id()));
  if (!is_new) return;
  Loss& loss = place->second;
  loss.kept = stored;
  loss.kept.clear_lacking_service_ids();
  loss.lacking.insert(stored.lacking_service_ids().begin(), stored.lacking_service_ids().end());
}

}  // namespace swarmbell
