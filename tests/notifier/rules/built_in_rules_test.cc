#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "notifier/config/change_words.h"
#include "notifier/config/readers.h"
#include "notifier/rules/rule_set.h"
#include "tests/notifier/rules/events.h"

namespace swarmbell {
namespace {

RuleSet DefaultRules() {
  NotifierConfig config;
  ReceiverConfig& console = config.receivers.emplace_back();
  console.name = "console";
  console.type = ReceiverType::kConsole;
  config.rules = BuiltInRules();
  return *RuleSet::Create(config);
}

Decision Decide(const v1::ChangeEvent& event) { return DefaultRules().Evaluate(event, absl::UnixEpoch()); }

struct Case {
  std::string rule;
  Color color;
  v1::ChangeEvent event;
};

v1::ChangeEvent RoleChanged() {
  v1::ChangeEvent event = Node();
  event.mutable_node_role_changed()->set_current_role(v1::NODE_ROLE_MANAGER);
  return event;
}

v1::ChangeEvent Incomplete(v1::UpdateState from, v1::UpdateState to) {
  v1::ChangeEvent event = Update(from, to);
  event.mutable_service_update_state_changed()->mutable_failed_task();
  event.mutable_service_update_state_changed()->set_updated_tasks(2);
  event.mutable_service_update_state_changed()->set_wanted_tasks(3);
  return event;
}

v1::ChangeEvent Automatic(v1::ChangeEvent event) {
  event.mutable_service_update_state_changed()->set_automatic(true);
  return event;
}

v1::ChangeEvent Evicted(v1::EvictionReason reason) {
  v1::ChangeEvent event = Bare("task_evicted");
  event.mutable_task_evicted()->set_reason(reason);
  return event;
}

// The smallest event that each built-in rule is for.
std::vector<Case> Cases() {
  using enum Color;
  const auto updating = v1::UPDATE_STATE_UPDATING;
  const auto active = v1::NODE_AVAILABILITY_ACTIVE;
  return {
      {"node-appeared", kBlack, Bare("node_appeared")},
      {"node-drained", kBlack, Availability(active, v1::NODE_AVAILABILITY_DRAIN)},
      {"node-role-changed", kBlack, RoleChanged()},
      {"service-appeared", kGreen, Appeared(v1::UPDATE_STATE_UNSPECIFIED)},
      {"service-appeared", kGreen, Appeared(v1::UPDATE_STATE_COMPLETED)},
      {"update-completed", kGreen, Update(updating, v1::UPDATE_STATE_COMPLETED)},
      {"update-incomplete", kYellow, Incomplete(updating, v1::UPDATE_STATE_COMPLETED)},
      {"update-started", kYellow, Update(v1::UPDATE_STATE_UNSPECIFIED, updating)},
      {"task-template-changed", kYellow, Bare("service_task_template_changed")},
      {"mode-changed", kBlue, Bare("service_mode_changed")},
      {"endpoint-spec-changed", kBlue, Bare("service_endpoint_spec_changed")},
      {"rollback-config-changed", kBlue, Bare("service_rollback_config_changed")},
      {"service-disappeared", kRed, Bare("service_disappeared")},
      {"update-paused", kRed, Update(updating, v1::UPDATE_STATE_PAUSED)},
      {"node-disappeared", kRed, Bare("node_disappeared")},
      {"node-paused", kRed, Availability(active, v1::NODE_AVAILABILITY_PAUSE)},
      {"container-restarting", kRed, Bare("container_restarting")},
      {"container-dead", kRed, Bare("container_dead")},
      {"rollback-started", kYellow, Update(updating, v1::UPDATE_STATE_ROLLBACK_STARTED)},
      {"update-rolled-back", kRed, Automatic(Update(updating, v1::UPDATE_STATE_ROLLBACK_STARTED))},
      {"rollback-completed", kGreen, Update(updating, v1::UPDATE_STATE_ROLLBACK_COMPLETED)},
      {"rollback-completed", kGreen, Automatic(Update(updating, v1::UPDATE_STATE_ROLLBACK_COMPLETED))},
      {"rollback-incomplete", kYellow, Incomplete(updating, v1::UPDATE_STATE_ROLLBACK_COMPLETED)},
      {"rollback-incomplete", kYellow, Automatic(Incomplete(updating, v1::UPDATE_STATE_ROLLBACK_COMPLETED))},
      {"update-stalled", kRed, Bare("service_update_stalled")},
      {"update-resumed", kGreen, Bare("service_update_resumed")},
      {"rollback-paused", kRed, Update(updating, v1::UPDATE_STATE_ROLLBACK_PAUSED)},
      {"node-activated", kGreen, Availability(v1::NODE_AVAILABILITY_DRAIN, active)},
      {"node-down", kRed, State(v1::NODE_STATE_READY, v1::NODE_STATE_DOWN)},
      {"node-ready", kGreen, State(v1::NODE_STATE_DOWN, v1::NODE_STATE_READY)},
      {"node-ready", kGreen, State(v1::NODE_STATE_DISCONNECTED, v1::NODE_STATE_READY)},
      {"manager-unreachable", kRed,
       Reachability(v1::NODE_REACHABILITY_REACHABLE, v1::NODE_REACHABILITY_UNREACHABLE)},
      {"manager-reachable", kGreen,
       Reachability(v1::NODE_REACHABILITY_UNREACHABLE, v1::NODE_REACHABILITY_REACHABLE)},
      {"quorum-in-danger", kRed, Bare("quorum_in_danger")},
      {"quorum-safe", kGreen, Bare("quorum_safe")},
      {"leader-changed", kBlue, Bare("leader_changed")},
      {"node-labels-changed", kBlue, Bare("node_labels_changed")},
      {"swarm-settings-changed", kBlue, Bare("swarm_settings_changed")},
      {"image-changed-by-hand", kBlue, Bare("service_image_changed_by_hand")},
      {"secret-rotated", kBlue, Bare("service_secret_rotated")},
      {"config-rotated", kBlue, Bare("service_config_rotated")},
      {"secret-created", kBlue, Bare("secret_created")},
      {"secret-removed", kBlue, Bare("secret_removed")},
      {"config-created", kBlue, Bare("config_created")},
      {"config-removed", kBlue, Bare("config_removed")},
      {"network-created", kBlue, Bare("network_created")},
      {"network-removed", kBlue, Bare("network_removed")},
      {"update-config-changed", kBlue, Bare("service_update_config_changed")},
      {"service-labels-changed", kBlue, Bare("service_labels_changed")},
      {"task-crash-loop", kRed, Bare("service_crash_loop")},
      {"crash-loop-over", kGreen, Bare("service_crash_loop_over")},
      {"task-rejected", kRed, Failed(v1::TASK_STATE_REJECTED)},
      {"task-unschedulable", kRed, Bare("task_unschedulable")},
      {"service-degraded", kRed, Bare("service_degraded")},
      {"service-recovered", kGreen, Bare("service_recovered")},
      {"container-gave-up", kRed, Bare("container_gave_up")},
      {"container-unhealthy", kRed, Bare("container_unhealthy")},
      {"container-recovered", kGreen, Bare("container_recovered")},
      {"collector-stale", kRed, Bare("collector_stale")},
      {"collector-recovered", kGreen, Bare("collector_recovered")},
      {"feed-gap", kRed, Bare("feed_gap")},
      {"feed-disconnected", kRed, Bare("feed_disconnected")},
      {"feed-connected", kGreen, Bare("feed_connected")},
      {"job-failed", kRed, Bare("service_job_failed")},
      {"job-succeeded", kGreen, Bare("service_job_succeeded")},
      {"tasks-failed", kYellow, Bare("service_tasks_failed")},
      {"tasks-evicted", kBlue, Evicted(v1::EVICTION_REASON_CONSTRAINTS)},
      {"tasks-evicted", kBlue, Evicted(v1::EVICTION_REASON_NODE_GONE)},
      {"services-failing", kRed, Bare("services_failing")},
      {"services-failing-over", kGreen, Bare("services_failing_over")},
      {"receiver-failing", kRed, Bare("receiver_failing")},
      {"receiver-recovered", kGreen, Bare("receiver_recovered")},
      {"silence-started", kBlack, Bare("silence_started")},
      {"silence-ended", kBlue, Bare("silence_ended")},
      {"unknown-change", kBlue, Node()},
  };
}

TEST(BuiltInRulesTest, EachChangeHasItsRuleAndColour) {
  for (const Case& c : Cases()) {
    const Decision decision = Decide(c.event);
    ASSERT_TRUE(decision.alert.has_value()) << c.rule;
    EXPECT_EQ(decision.alert->rule, c.rule);
    EXPECT_EQ(decision.alert->color, c.color) << c.rule;
    EXPECT_EQ(decision.alert->title, "");
    EXPECT_THAT(decision.alert->receivers, testing::ElementsAre("console"));
  }
}

TEST(BuiltInRulesTest, EveryRuleHasACase) {
  std::set<std::string> cases;
  for (const Case& c : Cases()) cases.insert(c.rule);
  std::set<std::string> rules;
  for (const RuleConfig& rule : BuiltInRules()) {
    EXPECT_TRUE(rules.insert(rule.name).second) << rule.name << " is there twice";
    EXPECT_TRUE(rule.enabled) << rule.name;
  }
  EXPECT_EQ(cases, rules);
}

TEST(BuiltInRulesTest, NoTwoRulesAreForOneChange) {
  for (const Case& c : Cases()) {
    NotifierConfig config;
    config.receivers.resize(1);
    for (const RuleConfig& rule : BuiltInRules()) {
      if (rule.name != c.rule) config.rules.push_back(rule);
    }
    const Decision decision = RuleSet::Create(config)->Evaluate(c.event, absl::UnixEpoch());
    EXPECT_EQ(decision.reason, DecisionReason::kNoRule) << c.rule << " also " << decision.rule;
  }
}

// All tasks are back, although one had failed: that was why the engine rolled back.
TEST(BuiltInRulesTest, ARollbackThatLacksNoTaskIsGreen) {
  v1::ChangeEvent whole =
      Automatic(Incomplete(v1::UPDATE_STATE_UPDATING, v1::UPDATE_STATE_ROLLBACK_COMPLETED));
  whole.mutable_service_update_state_changed()->set_updated_tasks(3);
  EXPECT_EQ(Decide(whole).rule, "rollback-completed");
}

// A change of the oneof without a rule would ring nothing at all, or `unknown-change`.
TEST(BuiltInRulesTest, EachChangeOfTheEnvelopeHasARule) {
  std::set<std::string> changes;
  for (const RuleConfig& rule : BuiltInRules()) {
    changes.insert(rule.match.changes.begin(), rule.match.changes.end());
  }
  for (const std::string& change : ChangeNames()) EXPECT_EQ(changes.count(change), 1U) << change;
}

TEST(BuiltInRulesTest, NearMissesRingNothing) {
  const std::vector<v1::ChangeEvent> misses = {
      // A single failure: the crash loop counts it.
      Failed(v1::TASK_STATE_FAILED),
      Failed(v1::TASK_STATE_ORPHANED),
      // A task that is no longer wanted.
      Stopping(v1::TASK_STATE_REJECTED),
      // The update of a service that appears in the middle of one tells itself.
      Appeared(v1::UPDATE_STATE_UPDATING),
      Appeared(v1::UPDATE_STATE_PAUSED),
      // After an election every node is unknown until it reports.
      State(v1::NODE_STATE_READY, v1::NODE_STATE_UNKNOWN),
      State(v1::NODE_STATE_UNKNOWN, v1::NODE_STATE_READY),
      State(v1::NODE_STATE_READY, v1::NODE_STATE_DISCONNECTED),
      // A worker that is promoted is unreachable for a moment; one that is demoted loses its reachability.
      Reachability(v1::NODE_REACHABILITY_UNSPECIFIED, v1::NODE_REACHABILITY_UNREACHABLE),
      Reachability(v1::NODE_REACHABILITY_UNSPECIFIED, v1::NODE_REACHABILITY_REACHABLE),
      Reachability(v1::NODE_REACHABILITY_REACHABLE, v1::NODE_REACHABILITY_UNSPECIFIED),
      Availability(v1::NODE_AVAILABILITY_ACTIVE, v1::NODE_AVAILABILITY_UNSPECIFIED),
      Update(v1::UPDATE_STATE_COMPLETED, v1::UPDATE_STATE_UNSPECIFIED),
  };
  for (const v1::ChangeEvent& event : misses) {
    const Decision decision = Decide(event);
    EXPECT_EQ(decision.reason, DecisionReason::kNoRule) << event.ShortDebugString();
    EXPECT_FALSE(decision.alert.has_value());
  }
}

}  // namespace
}  // namespace swarmbell
