#include "notifier/alert/failed_output.h"

#include <algorithm>
#include <cstddef>

#include "notifier/alert/change_facts.h"

namespace swarmbell {
namespace {

// Unset details give an empty task, which has no state.
const v1::TaskSummary& NamedTask(const v1::ChangeEvent& event) {
  switch (event.details_case()) {
    case v1::ChangeEvent::kServiceUpdateStateChanged:
      return event.service_update_state_changed().failed_task();
    case v1::ChangeEvent::kServiceUpdateStalled:
      return event.service_update_stalled().waiting_task();
    case v1::ChangeEvent::kServiceJobFailed:
      return event.service_job_failed().task();
    case v1::ChangeEvent::kServiceCrashLoop:
      return event.service_crash_loop().last_task();
    case v1::ChangeEvent::kServiceDegraded:
      return event.service_degraded().failed_task();
    case v1::ChangeEvent::kTaskFailed:
      return event.task_failed().task();
    default:
      return v1::TaskSummary::default_instance();
  }
}

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

std::size_t PlaceOfOutput(const std::vector<Alert>& alerts) {
  for (std::size_t i = alerts.size(); i-- > 0;) {
    if (alerts[i].color == Color::kRed && TaskWithOutput(alerts[i].event) != nullptr) return i;
  }
  return kNone;
}

}  // namespace

const v1::TaskSummary* TaskWithOutput(const v1::ChangeEvent& event) {
  const v1::TaskSummary& task = NamedTask(event);
  // A rejected task never ran. One that ended without an error may still have stopped an update.
  const bool ran = task.state() == v1::TASK_STATE_FAILED || task.state() == v1::TASK_STATE_ORPHANED ||
                   task.state() == v1::TASK_STATE_COMPLETE;
  return ran && !task.id().empty() ? &task : nullptr;
}

const Alert* AlertWithOutput(const std::vector<Alert>& alerts) {
  const std::size_t place = PlaceOfOutput(alerts);
  return place == kNone ? nullptr : &alerts[place];
}

bool AddLastWords(const LastWords& words, std::vector<Alert>& alerts) {
  const std::size_t place = PlaceOfOutput(alerts);
  if (place == kNone || words == LastWords()) return false;
  alerts[place].last_words = words;
  return true;
}

}  // namespace swarmbell
