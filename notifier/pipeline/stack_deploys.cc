#include "notifier/pipeline/stack_deploys.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/time/proto_time.h"
#include "notifier/alert/alert_group.h"
#include "notifier/alert/change_facts.h"

namespace swarmbell {
namespace {

// The key of a deploy in the stored state, as StackKeyOf makes it of a change.
std::string KeyOf(const v1::StackDeploy& deploy) {
  v1::ChangeEvent event;
  event.mutable_cluster()->set_id(deploy.cluster_id());
  event.mutable_resource()->set_stack(deploy.stack());
  return StackKeyOf(event);
}

bool Runs(const v1::ChangeEvent& event) {
  return IsUpdateStart(event) ||
         event.service_update_state_changed().current_state() == v1::UPDATE_STATE_ROLLBACK_STARTED;
}

// True if the deploy no longer waits for the service: its update has ended, stopped or stalled.
bool EndsRun(const v1::ChangeEvent& event) {
  return event.has_service_disappeared() || event.has_service_update_stalled() ||
         (event.has_service_update_state_changed() && !Runs(event));
}

void RemoveRun(const std::string& service_id, v1::StackDeploy& deploy) {
  auto& runs = *deploy.mutable_running();
  runs.erase(std::remove_if(runs.begin(), runs.end(),
                            [&](const v1::RunningUpdate& run) { return run.service_id() == service_id; }),
             runs.end());
}

void AddRun(const v1::ChangeEvent& event, v1::StackDeploy& deploy) {
  RemoveRun(event.resource().id(), deploy);
  v1::RunningUpdate& run = *deploy.add_running();
  run.set_service_id(event.resource().id());
  run.set_service_name(event.resource().name());
  *run.mutable_start_time() = event.service_update_state_changed().start_time();
}

}  // namespace

StageResult StackDeploys::Pass(const PassingChange& change, const Moment& at, HandOn next) {
  const v1::ChangeEvent& event = *change.event;
  const std::string key = config_.JoinsStacks() ? StackKeyOf(event) : "";
  if (key.empty()) return PassOn(change, next);
  if (IsLeftover(event, key, at.now)) {
    return {StageResult::Kind::kDropped, "the services of its stack were removed just before"};
  }
  const StackStep step = StackStepOf(event);
  const auto known = deploys_.find(key);
  if (known == deploys_.end() && step != StackStep::kBegins) {
    return PassOn(step == StackStep::kNone ? change : OfStory(change, key), next);
  }
  Deploy& deploy = known == deploys_.end() ? Begin(event, at.now) : known->second;
  if (EndsRun(event)) RemoveRun(event.resource().id(), deploy.kept);
  if (Runs(event)) AddRun(event, deploy.kept);
  if (step == StackStep::kNone) return PassOn(change, next);
  if (step == StackStep::kRemoves) return PassOn(OfStory(change, key), next);
  // One of the notifier's own has waited before the restart.
  const bool begins = step == StackStep::kBegins && !change.own;
  if (begins && at.now > deploy.last_begin + kSameDeploy) OpenMessage(deploy, at.now);
  if (begins) deploy.last_begin = at.now;
  if (at.now >= deploy.message_until) return Wait(deploy, event);
  // The Grouper keeps the message open for as long.
  if (deploy.shown.insert(event.resource().id()).second)
    deploy.message_until = config_.DueTogether(deploy.message_start, at.now);
  return PassOn(OfStory(change, key), next, "it joins the message about the deploy of its stack");
}

bool StackDeploys::IsLeftover(const v1::ChangeEvent& event, const std::string& key, absl::Time now) {
  std::erase_if(removed_, [now](const auto& removed) { return now - removed.second > kLeftovers; });
  if (event.has_service_disappeared()) removed_[key] = now;
  const auto removed = removed_.find(key);
  const bool is_removal = SharedObjectOf(event) != nullptr && event.action() == v1::ACTION_REMOVED;
  return is_removal && removed != removed_.end() &&
         now > config_.DueTogether(removed->second, removed->second);
}

StackDeploys::Deploy& StackDeploys::Begin(const v1::ChangeEvent& event, absl::Time now) {
  Deploy& deploy = deploys_[StackKeyOf(event)];
  deploy.kept.set_cluster_id(event.cluster().id());
  deploy.kept.set_stack(event.resource().stack());
  deploy.start = deploy.last_begin = now;
  OpenMessage(deploy, now);
  return deploy;
}

void StackDeploys::OpenMessage(Deploy& deploy, absl::Time now) const {
  deploy.message_start = now;
  deploy.message_until = config_.DueTogether(now, now);
  deploy.shown.clear();
}

StageResult StackDeploys::Wait(Deploy& deploy, const v1::ChangeEvent& event) {
  const bool waits =
      std::any_of(deploy.waiting.begin(), deploy.waiting.end(),
                  [&event](const v1::ChangeEvent& other) { return other.event_id() == event.event_id(); });
  if (waits) return {StageResult::Kind::kDropped, "it waits already", true};
  waiting_bytes_ += event.ByteSizeLong();
  deploy.waiting.push_back(event);
  return {StageResult::Kind::kWaits, "until the last update of its stack has ended", true};
}

absl::Time StackDeploys::DueOf(const Deploy& deploy) const {
  if (!deploy.waiting.empty() && waiting_bytes_ > kMostBytes) return absl::InfinitePast();
  const absl::Time latest = deploy.start + config_.stack_wait;
  if (!deploy.kept.running().empty()) return latest;
  return std::min(latest, std::max(deploy.last_begin + kEndCalm, deploy.message_until));
}

void StackDeploys::Tick(const Moment& at, HandOn next) {
  for (auto place = deploys_.begin(); place != deploys_.end();) {
    Deploy& deploy = place->second;
    if (config_.JoinsStacks() && DueOf(deploy) > at.now) {
      ++place;
      continue;
    }
    PassWaiting(*place, next);
    const bool over = deploy.kept.running().empty() || at.now >= deploy.start + config_.stack_wait;
    place = over ? deploys_.erase(place) : std::next(place);
  }
}

void StackDeploys::PassWaiting(Deploys::value_type& deploy, HandOn next) {
  for (const v1::ChangeEvent& event : std::exchange(deploy.second.waiting, {})) {
    waiting_bytes_ -= event.ByteSizeLong();
    next({.event = &event, .own = true, .story = deploy.first});
  }
}

void StackDeploys::Flush(const Moment&, HandOn next) {
  if (keeps_state_) return;
  for (auto& deploy : deploys_) PassWaiting(deploy, next);
}

std::optional<absl::Time> StackDeploys::NextDeadline() const {
  std::optional<absl::Time> next;
  for (const auto& [key, deploy] : deploys_) {
    const absl::Time due = DueOf(deploy);
    if (!next || due < *next) next = due;
  }
  return next;
}

std::vector<v1::StackDeploy> StackDeploys::Open() const {
  std::vector<v1::StackDeploy> open;
  open.reserve(deploys_.size());
  for (const auto& [key, deploy] : deploys_) {
    open.push_back(deploy.kept);
    *open.back().mutable_start_time() = ToProto(deploy.start);
  }
  return open;
}

void StackDeploys::Restore(const v1::StackDeploy& stored, absl::Time now) {
  const auto [place, is_new] = deploys_.try_emplace(KeyOf(stored));
  if (!is_new) return;
  Deploy& deploy = place->second;
  deploy.kept = stored;
  deploy.start = std::min(now, FromProto(stored.start_time()));
  // If the message was not posted, its changes come again, and open it.
  deploy.last_begin = deploy.message_until = absl::InfinitePast();
}

std::vector<v1::ChangeEvent> StackDeploys::Waiting() const {
  std::vector<v1::ChangeEvent> waiting;
  for (const auto& [key, deploy] : deploys_) {
    waiting.insert(waiting.end(), deploy.waiting.begin(), deploy.waiting.end());
  }
  return waiting;
}

}  // namespace swarmbell
