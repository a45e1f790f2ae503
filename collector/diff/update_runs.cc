#include "collector/diff/update_runs.h"

namespace swarmbell {
namespace {

// An automatic rollback removes the previous spec, a manual one swaps the two; while it runs, the engine's
// message also tells.
bool IsManualRollback(const Service& service) {
  if (service.update_status->message.find("manually requested") != std::string::npos) return true;
  return !service.previous_spec.empty();
}

std::vector<v1::UpdateState> StatesBefore(v1::UpdateState state, const Service& service) {
  switch (state) {
    case v1::UPDATE_STATE_PAUSED:
    case v1::UPDATE_STATE_COMPLETED:
      return {v1::UPDATE_STATE_UPDATING};
    case v1::UPDATE_STATE_ROLLBACK_STARTED:
      if (IsManualRollback(service)) return {};
      return {v1::UPDATE_STATE_UPDATING};
    case v1::UPDATE_STATE_ROLLBACK_PAUSED:
    case v1::UPDATE_STATE_ROLLBACK_COMPLETED:
      if (IsManualRollback(service)) return {v1::UPDATE_STATE_ROLLBACK_STARTED};
      return {v1::UPDATE_STATE_UPDATING, v1::UPDATE_STATE_ROLLBACK_STARTED};
    default:
      return {};
  }
}

// What lies between two states of one run.
std::vector<v1::UpdateState> StatesBetween(v1::UpdateState from, v1::UpdateState to) {
  const bool rolled_back =
      to == v1::UPDATE_STATE_ROLLBACK_PAUSED || to == v1::UPDATE_STATE_ROLLBACK_COMPLETED;
  if (rolled_back && !IsRollback(from)) return {v1::UPDATE_STATE_ROLLBACK_STARTED};
  return {};
}

}  // namespace

bool IsRollback(v1::UpdateState state) {
  return state == v1::UPDATE_STATE_ROLLBACK_STARTED || state == v1::UPDATE_STATE_ROLLBACK_PAUSED ||
         state == v1::UPDATE_STATE_ROLLBACK_COMPLETED;
}

bool IsAutomaticRollback(const Service& service) {
  return service.update_status && IsRollback(service.update_status->state) && !IsManualRollback(service);
}

bool RunsUpdate(const Service& service) {
  if (!service.update_status) return false;
  return service.update_status->state == v1::UPDATE_STATE_UPDATING ||
         service.update_status->state == v1::UPDATE_STATE_ROLLBACK_STARTED;
}

bool IsNewRun(const std::optional<KnownRun>& run, const UpdateStatus& status) {
  return !run || run->started_at != status.started_at;
}

std::vector<RunStep> RunSteps(const std::optional<KnownRun>& run, const Service& service) {
  if (!service.update_status || service.update_status->state == v1::UPDATE_STATE_UNSPECIFIED) return {};
  const v1::UpdateState now = service.update_status->state;
  const bool new_run = IsNewRun(run, *service.update_status);
  if (!new_run && run->state == now) return {};
  v1::UpdateState previous = new_run ? v1::UPDATE_STATE_UNSPECIFIED : run->state;
  std::vector<RunStep> steps;
  for (const v1::UpdateState state : new_run ? StatesBefore(now, service) : StatesBetween(previous, now)) {
    steps.push_back({previous, state, true});
    previous = state;
  }
  steps.push_back({previous, now, false});
  return steps;
}

}  // namespace swarmbell
