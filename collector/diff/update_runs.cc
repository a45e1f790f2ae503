#include "collector/diff/update_runs.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "collector/diff/one_shots.h"
#include "collector/diff/spec_shape.h"

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

// The states between two states of one run.
std::vector<v1::UpdateState> StatesBetween(v1::UpdateState from, v1::UpdateState to) {
  const bool rolled_back =
      to == v1::UPDATE_STATE_ROLLBACK_PAUSED || to == v1::UPDATE_STATE_ROLLBACK_COMPLETED;
  if (rolled_back && !IsRollback(from)) return {v1::UPDATE_STATE_ROLLBACK_STARTED};
  return {};
}

v1::FieldChange Reversed(const v1::FieldChange& field) {
  v1::FieldChange reversed = field;
  reversed.clear_previous_value();
  reversed.clear_current_value();
  if (field.has_current_value()) reversed.set_previous_value(field.current_value());
  if (field.has_previous_value()) reversed.set_current_value(field.previous_value());
  if (field.kind() == v1::FIELD_CHANGE_KIND_ADDED) reversed.set_kind(v1::FIELD_CHANGE_KIND_REMOVED);
  if (field.kind() == v1::FIELD_CHANGE_KIND_REMOVED) reversed.set_kind(v1::FIELD_CHANGE_KIND_ADDED);
  return reversed;
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

std::vector<v1::FieldChange> FieldsOf(const KnownRun& run, const Service& service, v1::UpdateState state) {
  if (!IsRollback(state) || !IsAutomaticRollback(service)) return run.fields;
  std::vector<v1::FieldChange> fields;
  fields.reserve(run.fields.size());
  for (const v1::FieldChange& field : run.fields) fields.push_back(Reversed(field));
  return fields;
}

RunConfig ConfigOfRun(const Service& service) {
  const bool rollback = service.update_status && IsRollback(service.update_status->state);
  const nlohmann::json spec = ParseSpec(service.spec);
  const auto found = spec.find(rollback ? "RollbackConfig" : "UpdateConfig");
  RunConfig config;
  if (found == spec.end()) return config;
  const auto number = [&](const char* name) -> std::int64_t {
    const auto field = found->find(name);
    return field != found->end() && field->is_number_integer() ? field->get<std::int64_t>() : 0;
  };
  config.parallelism = static_cast<std::uint64_t>(std::max<std::int64_t>(0, number("Parallelism")));
  config.delay = absl::Nanoseconds(number("Delay"));
  if (number("Monitor") > 0) config.monitor = absl::Nanoseconds(number("Monitor"));
  return config;
}

bool UpdateExplains(const Known& known, const Service& service, std::uint32_t missing) {
  if (!RunsUpdate(service)) return false;
  const auto note = known.service_notes.find(service.id);
  const bool has_run = note != known.service_notes.end() && note->second.run;
  static const auto* const unknown = new std::vector<v1::FieldChange>();
  if (IsScheduledRun(service, has_run ? note->second.run->fields : *unknown)) return false;
  const bool stalled = has_run && note->second.run->progress && note->second.run->progress->stalled;
  if (stalled) return true;
  const std::uint64_t at_once = ConfigOfRun(service).parallelism;
  return at_once == 0 || missing <= at_once;
}

}  // namespace swarmbell
