// The alarms that a removal ends.

#include <string_view>

#include "absl/strings/str_cat.h"
#include "notifier/cards/story.h"
#include "notifier/cards/words.h"

namespace swarmbell::cards {
namespace {

struct Word {
  std::string_view change;
  std::string_view words;
};

constexpr Word kWords[] = {
    {"service_degraded", "too few tasks"},
    {"task_unschedulable", "tasks without a node"},
    {"service_crash_loop", "crash loop"},
    {"services_failing", "the error that it shared with other services"},
    {"service_update_stalled", "stalled update"},
    {"service_update_state_changed", "failed update"},
    {"service_job_failed", "failed run"},
    {"node_state_changed", "down"},
    {"node_reachability_changed", "unreachable"},
    {"node_availability_changed", "paused"},
    {"collector_stale", "collector that cannot read the swarm"},
};

std::string WordsFor(const std::string& change) {
  for (const Word& word : kWords) {
    if (word.change == change) return std::string(word.words);
  }
  return change;
}

}  // namespace

std::string EndedAlarms(const v1::ChangeEvent& event) {
  std::vector<std::string> alarms;
  alarms.reserve(static_cast<std::size_t>(event.ended_alarms_size()));
  for (const v1::EndedAlarm& ended : event.ended_alarms()) {
    const std::string lasted = Between(ended.has_observe_time(), ended.observe_time(), event.observe_time());
    alarms.push_back(absl::StrCat(WordsFor(ended.change()), lasted.empty() ? "" : " for ", lasted));
  }
  if (alarms.empty()) return "";
  return absl::StrCat("This ends its ", alarms.size() == 1 ? "alarm: " : "alarms: ", JoinAnd(alarms), ".");
}

}  // namespace swarmbell::cards
