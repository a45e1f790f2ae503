#include <string>
#include <utility>

#include "notifier/config/change_words.h"
#include "notifier/config/readers.h"

namespace swarmbell {
namespace {

using Words = std::vector<std::string>;

RuleConfig Rule(std::string name, Color color, std::string change, Words to = {}, Words from = {}) {
  RuleConfig rule;
  rule.name = std::move(name);
  rule.color = color;
  rule.match.changes = {std::move(change)};
  rule.match.from = std::move(from);
  rule.match.to = std::move(to);
  return rule;
}

void AddNodeRules(std::vector<RuleConfig>& rules) {
  rules.push_back(Rule("node-appeared", Color::kBlack, "node_appeared"));
  rules.push_back(Rule("node-drained", Color::kBlack, "node_availability_changed", {"drain"}));
  rules.push_back(Rule("node-role-changed", Color::kBlack, "node_role_changed"));
  rules.push_back(Rule("node-disappeared", Color::kRed, "node_disappeared"));
  rules.push_back(Rule("node-paused", Color::kRed, "node_availability_changed", {"pause"}));
  rules.push_back(Rule("node-activated", Color::kGreen, "node_availability_changed", {"active"}));
  rules.push_back(Rule("node-down", Color::kRed, "node_state_changed", {"down"}));
  // After every election each node is `unknown` until it reports again: that is no recovery.
  rules.push_back(
      Rule("node-ready", Color::kGreen, "node_state_changed", {"ready"}, {"down", "disconnected"}));
  // A worker that is promoted is `unreachable` for a moment, from `none`.
  rules.push_back(Rule("manager-unreachable", Color::kRed, "node_reachability_changed", {"unreachable"},
                       {"reachable", "unknown"}));
  rules.push_back(
      Rule("manager-reachable", Color::kGreen, "node_reachability_changed", {"reachable"}, {"unreachable"}));
  rules.push_back(Rule("quorum-in-danger", Color::kRed, "quorum_in_danger"));
  rules.push_back(Rule("quorum-safe", Color::kGreen, "quorum_safe"));
  rules.push_back(Rule("leader-changed", Color::kBlue, "leader_changed"));
  rules.push_back(Rule("node-labels-changed", Color::kBlue, "node_labels_changed"));
  rules.push_back(Rule("swarm-settings-changed", Color::kBlue, "swarm_settings_changed"));
}

void AddServiceRules(std::vector<RuleConfig>& rules) {
  rules.push_back(Rule("service-appeared", Color::kGreen, "service_appeared", {"none", "completed"}));
  rules.push_back(Rule("service-disappeared", Color::kRed, "service_disappeared"));
  rules.push_back(Rule("task-template-changed", Color::kYellow, "service_task_template_changed"));
  rules.push_back(Rule("mode-changed", Color::kBlue, "service_mode_changed"));
  rules.push_back(Rule("endpoint-spec-changed", Color::kBlue, "service_endpoint_spec_changed"));
  rules.push_back(Rule("rollback-config-changed", Color::kBlue, "service_rollback_config_changed"));
  rules.push_back(Rule("update-config-changed", Color::kBlue, "service_update_config_changed"));
  rules.push_back(Rule("service-labels-changed", Color::kBlue, "service_labels_changed"));
  rules.push_back(Rule("image-changed-by-hand", Color::kBlue, "service_image_changed_by_hand"));
  rules.push_back(Rule("secret-rotated", Color::kBlue, "service_secret_rotated"));
  rules.push_back(Rule("config-rotated", Color::kBlue, "service_config_rotated"));
  rules.push_back(Rule("service-degraded", Color::kRed, "service_degraded"));
  rules.push_back(Rule("service-recovered", Color::kGreen, "service_recovered"));
  rules.push_back(Rule("job-failed", Color::kRed, "service_job_failed"));
  rules.push_back(Rule("job-succeeded", Color::kGreen, "service_job_succeeded"));
}

void AddUpdateRules(std::vector<RuleConfig>& rules) {
  const std::string change = "service_update_state_changed";
  rules.push_back(Rule("update-started", Color::kYellow, change, {"updating"}));
  rules.push_back(Rule("update-completed", Color::kGreen, change, {"completed"}));
  rules.back().match.tasks_missing = false;
  rules.push_back(Rule("update-incomplete", Color::kYellow, change, {"completed"}));
  rules.back().match.tasks_missing = true;
  rules.push_back(Rule("update-paused", Color::kRed, change, {"paused"}));
  rules.push_back(Rule("update-stalled", Color::kRed, "service_update_stalled"));
  rules.push_back(Rule("update-resumed", Color::kGreen, "service_update_resumed"));
  // An update that the engine rolls back by itself has failed; who rolls back by hand knows.
  rules.push_back(Rule("update-rolled-back", Color::kRed, change, {"rollback_started"}));
  rules.back().match.automatic = true;
  rules.push_back(Rule("rollback-started", Color::kYellow, change, {"rollback_started"}));
  rules.back().match.automatic = false;
  rules.push_back(Rule("rollback-completed", Color::kGreen, change, {"rollback_completed"}));
  rules.back().match.tasks_missing = false;
  rules.push_back(Rule("rollback-incomplete", Color::kYellow, change, {"rollback_completed"}));
  rules.back().match.tasks_missing = true;
  rules.push_back(Rule("rollback-paused", Color::kRed, change, {"rollback_paused"}));
}

// A single failed task has no rule: a service that fails repeatedly is reported once, as a crash loop.
void AddTaskRules(std::vector<RuleConfig>& rules) {
  rules.push_back(Rule("task-crash-loop", Color::kRed, "service_crash_loop"));
  rules.push_back(Rule("crash-loop-over", Color::kGreen, "service_crash_loop_over"));
  // How a task ends that was already being stopped does not matter.
  rules.push_back(Rule("task-rejected", Color::kRed, "task_failed", {"rejected"}));
  rules.back().match.stopping = false;
  rules.push_back(Rule("task-unschedulable", Color::kRed, "task_unschedulable"));
  rules.push_back(Rule("tasks-failed", Color::kYellow, "service_tasks_failed"));
  // Not a failure: somebody changed the node's labels or resources.
  rules.push_back(Rule("tasks-evicted", Color::kBlue, "task_evicted"));
  rules.push_back(Rule("services-failing", Color::kRed, "services_failing"));
  rules.push_back(Rule("services-failing-over", Color::kGreen, "services_failing_over"));
}

void AddContainerRules(std::vector<RuleConfig>& rules) {
  rules.push_back(Rule("container-restarting", Color::kRed, "container_restarting"));
  rules.push_back(Rule("container-dead", Color::kRed, "container_dead"));
  rules.push_back(Rule("container-gave-up", Color::kRed, "container_gave_up"));
  rules.push_back(Rule("container-unhealthy", Color::kRed, "container_unhealthy"));
  rules.push_back(
      Rule("container-recovered", Color::kGreen, "container_recovered", {"running", "exited", "none"}));
}

// A card of a stack's services names those that the deploy creates and removes.
void AddSharedRules(std::vector<RuleConfig>& rules) {
  rules.push_back(Rule("secret-created", Color::kBlue, "secret_created"));
  rules.push_back(Rule("secret-removed", Color::kBlue, "secret_removed"));
  rules.push_back(Rule("config-created", Color::kBlue, "config_created"));
  rules.push_back(Rule("config-removed", Color::kBlue, "config_removed"));
  rules.push_back(Rule("network-created", Color::kBlue, "network_created"));
  rules.push_back(Rule("network-removed", Color::kBlue, "network_removed"));
}

void AddFeedRules(std::vector<RuleConfig>& rules) {
  rules.push_back(Rule("collector-stale", Color::kRed, "collector_stale"));
  rules.push_back(Rule("collector-recovered", Color::kGreen, "collector_recovered"));
  rules.push_back(Rule("feed-gap", Color::kRed, "feed_gap"));
  rules.push_back(Rule("feed-disconnected", Color::kRed, "feed_disconnected"));
  rules.push_back(Rule("feed-connected", Color::kGreen, "feed_connected"));
  rules.push_back(Rule("receiver-failing", Color::kRed, "receiver_failing"));
  rules.push_back(Rule("receiver-recovered", Color::kGreen, "receiver_recovered"));
}

void AddSilenceRules(std::vector<RuleConfig>& rules) {
  rules.push_back(Rule("silence-started", Color::kBlack, "silence_started"));
  rules.push_back(Rule("silence-ended", Color::kBlue, "silence_ended"));
}

}  // namespace

const std::vector<RuleConfig>& BuiltInRules() {
  static const auto* const rules = [] {
    auto* all = new std::vector<RuleConfig>;
    AddNodeRules(*all);
    AddServiceRules(*all);
    AddUpdateRules(*all);
    AddTaskRules(*all);
    AddContainerRules(*all);
    AddSharedRules(*all);
    AddFeedRules(*all);
    AddSilenceRules(*all);
    // A change of a newer collector that this notifier does not know: its object and action are known.
    all->push_back(Rule("unknown-change", Color::kBlue, kUnknownChange));
    return all;
  }();
  return *rules;
}

std::vector<std::string> BuiltInRuleNames() {
  std::vector<std::string> names;
  for (const RuleConfig& rule : BuiltInRules()) names.push_back(rule.name);
  return names;
}

}  // namespace swarmbell
