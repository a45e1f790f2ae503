#include "gmock/gmock.h"
#include "notifier/alert/alert_group.h"
#include "notifier/cards/build_card.h"
#include "tests/notifier/cards/card_testing.h"

namespace swarmbell {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kService = R"pb(resource { kind: RESOURCE_KIND_SERVICE id: "abc" name: "shop_api" })pb";

v1::ChangeEvent Service(const std::string& details) {
  return EventFrom(std::string(kService) + " " + details);
}

v1::ChangeEvent Update(const std::string& state, int start, const std::string& more = "") {
  return Service("service_update_state_changed { current_state: UPDATE_STATE_" + state +
                 " start_time { seconds: " + std::to_string(start) + " } " + more + " }");
}

v1::ChangeEvent Template() {
  return Service(R"pb(service_task_template_changed {
                        fields {
                          group: "Image"
                          kind: FIELD_CHANGE_KIND_CHANGED
                          previous_value: "a:1"
                          current_value: "a:2"
                        }
                      })pb");
}

v1::ChangeEvent Failed(const std::string& slot) {
  v1::ChangeEvent event;
  event.mutable_resource()->set_kind(v1::RESOURCE_KIND_TASK);
  event.mutable_resource()->set_id("task" + slot);
  event.mutable_resource()->set_name("shop_api." + slot);
  event.mutable_task_failed()->set_current_state(v1::TASK_STATE_FAILED);
  v1::TaskSummary& task = *event.mutable_task_failed()->mutable_task();
  task.set_name("shop_api." + slot);
  task.set_service_name("shop_api");
  task.set_node_hostname("w1");
  task.set_exit_code(1);
  task.set_error("boom " + slot);
  return event;
}

TEST(Combine, AnUpdatesStartYieldsToItsCause) {
  const Card card = CardFrom({Template(), Update("UPDATING", 10)});
  EXPECT_EQ(card.title, "Service shop_api updated");
  EXPECT_EQ(card.subtitle, "Task template changed: image 1 → 2. Rolling update started.");
}

TEST(Combine, SettingsThatTwoChangesTellAreShownOnce) {
  const std::string image = R"pb(fields {
                                   group: "Image"
                                   kind: FIELD_CHANGE_KIND_CHANGED
                                   previous_value: "a:1"
                                   current_value: "a:2"
                                 })pb";
  const Card card = CardFrom({Template(), Update("UPDATING", 10, image)});
  EXPECT_THAT(card.subtitle, HasSubstr("image 1 → 2"));
  EXPECT_TRUE(card.sections.empty());
}

TEST(Combine, ARunThatEndedInTheReadOfItsCauseIsToldAsCompletedWithItsCause) {
  const std::string done = R"pb(complete_time { seconds: 22 }
                                wanted_tasks: 2
                                updated_tasks: 2
                                fields {
                                  group: "Image"
                                  kind: FIELD_CHANGE_KIND_CHANGED
                                  previous_value: "a:1"
                                  current_value: "a:2"
                                })pb";
  AlertGroup group;
  group.alerts = {{Template(), "task-template-changed", Color::kYellow, {"chat"}, ""},
                  {Update("UPDATING", 10), "update-started", Color::kYellow, {"chat"}, ""},
                  {Update("COMPLETED", 10, done), "update-completed", Color::kGreen, {"chat"}, ""}};
  group.color = GroupColor(group.alerts);
  EXPECT_EQ(group.color, Color::kGreen);
  const Card card = BuildCard(group, {});
  EXPECT_EQ(card.title, "Service shop_api update completed");
  EXPECT_EQ(card.subtitle, "Both tasks updated in 12 seconds (image 1 → 2).");
  EXPECT_TRUE(card.sections.empty());
}

TEST(Combine, ARunThatEndedWithoutAllItsTasksIsToldBeforeItsCause) {
  const Card card =
      CardFrom({Template(), Update("COMPLETED", 10, R"pb(complete_time { seconds: 22 }
                                                         wanted_tasks: 1
                                                         failed_task { name: "shop_api.1" })pb")});
  EXPECT_EQ(card.title, "Service shop_api update over, 1 task missing");
  EXPECT_THAT(card.subtitle, HasSubstr("0 of 1 task updated in 12 seconds"));
}

TEST(Combine, ARunThatStartedAndEndedIsToldByItsEnd) {
  const Card card =
      CardFrom({Update("UPDATING", 10), Update("COMPLETED", 10, "complete_time { seconds: 22 }")});
  EXPECT_EQ(card.title, "Service shop_api update completed");
  EXPECT_THAT(card.subtitle, Not(HasSubstr("started")));
}

TEST(Combine, AFailedRunThatRolledBackTellsBoth) {
  const Card card =
      CardFrom({Update("ROLLBACK_STARTED", 10, R"pb(failed_task { name: "shop_api.1" error: "boom" })pb"),
                Update("ROLLBACK_COMPLETED", 10)});
  EXPECT_EQ(card.title, "Service shop_api rolled back");
  EXPECT_THAT(card.subtitle, HasSubstr("The update had failed."));
  EXPECT_EQ(FactOf(card, "Failed task"), "shop_api.1");
}

// As a quick rollback is seen: both of its steps in one reading.
TEST(Combine, AReleaseThatTheEngineRolledBackHasFailed) {
  AlertGroup group;
  group.alerts = {
      {Update("UPDATING", 10), "update-started", Color::kYellow, {"chat"}, ""},
      {Update("ROLLBACK_STARTED", 10, "automatic: true"), "update-rolled-back", Color::kRed, {"chat"}, ""},
      {Update("ROLLBACK_COMPLETED", 10, "automatic: true"),
       "rollback-completed",
       Color::kGreen,
       {"chat"},
       ""}};
  group.color = GroupColor(group.alerts);
  EXPECT_EQ(group.color, Color::kRed);
  const Card card = BuildCard(group, {});
  EXPECT_EQ(card.title, "Service shop_api update failed");
  EXPECT_EQ(card.subtitle, "The engine rolls it back. Rolled back.");
}

// As `docker service rollback` is seen when it is over in one reading.
TEST(Combine, ARollbackOfUnknownCauseClaimsNone) {
  const Card card = CardFrom({Update("ROLLBACK_STARTED", 10), Update("ROLLBACK_COMPLETED", 10)});
  EXPECT_EQ(card.title, "Service shop_api rolled back");
  EXPECT_THAT(card.subtitle, Not(HasSubstr("failed")));
}

TEST(Combine, TheChangeOfTheGroupsColourMakesTheTitle) {
  AlertGroup group;
  group.color = Color::kGreen;
  group.alerts.push_back({Template(), "a", Color::kYellow, {"r"}, ""});
  group.alerts.push_back({Update("COMPLETED", 10), "b", Color::kGreen, {"r"}, ""});
  EXPECT_EQ(BuildCard(group, {}).title, "Service shop_api update completed");
}

TEST(Combine, ScaleAndEndpointShareOneTable) {
  AlertGroup group;
  for (const Sample& sample : Samples()) {
    if (sample.rule == "mode-changed") group = SampleGroup(sample);
  }
  for (Alert& alert : group.alerts) alert.title = "A title that tells nothing";
  const Card card = BuildCard(group, {});
  ASSERT_EQ(card.sections.size(), 1U);
  EXPECT_THAT(
      std::get<ChangeSection>(card.sections[0]).rows,
      testing::ElementsAre(ChangeRow{"Replicas", "2", "5"}, ChangeRow{"Endpoint mode", "vip", "dnsrr"}));
}

TEST(Combine, SeveralFailedTasksAreOneStoryOfTheirService) {
  const Card card = CardFrom({Failed("1"), Failed("2"), Failed("1"), Failed("3")}, Color::kRed);
  EXPECT_EQ(card.title, "Service shop_api had 4 task failures");
  EXPECT_EQ(SectionOf<QuoteSection>(card).text, "boom 3");
  EXPECT_EQ(FactOf(card, "shop_api.1 on w1"), "exit code 1, 2 times");
  EXPECT_EQ(FactOf(card, "shop_api.2 on w1"), "exit code 1");
}

// As one reading finds them.
TEST(Combine, AnUpdateThatPausedForACrashLoopNamesTheExitCodeOnceAndNoTime) {
  const v1::ChangeEvent paused =
      Update("PAUSED", 10, R"pb(failed_task { name: "shop_api.1" node_hostname: "w1" exit_code: 1 })pb");
  const v1::ChangeEvent loop =
      Service(R"pb(service_crash_loop {
                     failures: 3
                     start_time { seconds: 20 }
                     last_time { seconds: 20 }
                     last_task { name: "shop_api.2" node_hostname: "w1" exit_code: 1 image: "a:2" }
                   })pb");
  const Card card = CardFrom({paused, loop}, Color::kRed);
  EXPECT_THAT(card.subtitle, HasSubstr("again: 3 failures."));
  std::vector<std::string> labels;
  for (const CardSection& section : card.sections) {
    for (const Fact& fact : std::get<FactsSection>(section).facts) labels.push_back(fact.label);
  }
  EXPECT_THAT(labels, testing::ElementsAre("Failed task", "Exit code", "Last task", "Image"));
}

TEST(Combine, OneErrorIsQuotedOnce) {
  const std::string task = R"pb(name: "shop_api.1" error: "exec: \"serve\": not found" exit_code: 127)pb";
  const Card card = CardFrom({Service("service_crash_loop { failures: 3 last_task { " + task + " } }"),
                              Update("PAUSED", 10, "failed_task { " + task + " }")},
                             Color::kRed);
  std::size_t quotes = 0;
  for (const CardSection& section : card.sections)
    quotes += std::holds_alternative<QuoteSection>(section) ? 1 : 0;
  EXPECT_EQ(quotes, 1U);
}

v1::ChangeEvent Evicted(const std::string& slot, const std::string& node, v1::EvictionReason reason) {
  v1::ChangeEvent event;
  event.mutable_resource()->set_kind(v1::RESOURCE_KIND_TASK);
  event.mutable_resource()->set_name("shard." + slot);
  event.mutable_task_evicted()->set_reason(reason);
  v1::TaskSummary& task = *event.mutable_task_evicted()->mutable_task();
  task.set_name("shard." + slot);
  task.set_service_name("shard");
  task.set_node_hostname(node);
  return event;
}

TEST(Combine, OneEvictedTaskIsATasksStory) {
  const Card card = CardFrom({Evicted("1", "w1", v1::EVICTION_REASON_DRAINED)});
  EXPECT_EQ(card.title, "Task shard.1 had to leave its node");
  EXPECT_EQ(card.subtitle, "It left w1: the node was drained.");
}

TEST(Combine, SeveralEvictedTasksAreOneStoryOfTheirService) {
  const auto why = v1::EVICTION_REASON_CONSTRAINTS;
  const Card card = CardFrom({Evicted("1", "w1", why), Evicted("2", "w1", why)});
  EXPECT_EQ(card.title, "Service shard had to move 2 tasks");
  EXPECT_EQ(card.subtitle, "2 tasks of shard left w1: the node no longer meets their constraints.");
  EXPECT_EQ(FactOf(card, "Tasks"), "shard.1 on w1, shard.2 on w1");
}

TEST(Combine, TasksThatLeftForSeveralReasonsAreCountedApart) {
  const Card card = CardFrom({Evicted("1", "w2", v1::EVICTION_REASON_CONSTRAINTS),
                              Evicted("2", "w1", v1::EVICTION_REASON_CONSTRAINTS),
                              Evicted("3", "w3", v1::EVICTION_REASON_NODE_GONE)});
  EXPECT_EQ(card.title, "Service shard had to move 3 tasks");
  EXPECT_EQ(
      card.subtitle,
      "2 tasks of shard left w1 and w2: the nodes no longer meet their constraints. 1 task of shard left w3: "
      "the node is down or has left the swarm.");
}

TEST(Combine, ANodeThatLacksResourcesDoesNotLackALabel) {
  v1::ChangeEvent event = Evicted("1", "w1", v1::EVICTION_REASON_CONSTRAINTS);
  event.mutable_task_evicted()->mutable_task()->set_error("assigned node no longer has enough resources");
  EXPECT_EQ(CardFrom({event}).subtitle, "It left w1: the node no longer has the resources that it asks for.");
}

// As swarm-cronjob starts a run.
TEST(Combine, AScaledAndForcedServiceDoesNotSayThatNothingChanged) {
  const Card card = CardFrom({Service(R"pb(service_mode_changed {
                                             previous_mode { kind: SERVICE_MODE_KIND_REPLICATED replicas: 0 }
                                             current_mode { kind: SERVICE_MODE_KIND_REPLICATED replicas: 1 }
                                           })pb"),
                              Service(
                                  R"pb(service_task_template_changed {
                                         fields {
                                           group: "Forced update"
                                           kind: FIELD_CHANGE_KIND_CHANGED
                                           previous_value: "4"
                                           current_value: "5"
                                         }
                                       })pb")});
  EXPECT_EQ(card.subtitle, "1 more replica is wanted. A forced update replaces its tasks.");
}

TEST(Combine, ANodesTwoChangesShareOneTableAndItsFactsComeOnce) {
  const std::string node =
      R"pb(node { hostname: "w1" role: NODE_ROLE_MANAGER address: "10.0.0.1" services: "a" })pb";
  const std::string head = R"pb(resource { kind: RESOURCE_KIND_NODE id: "n" name: "w1" })pb";
  const Card card = CardFrom(
      {EventFrom(head +
                 " node_role_changed { previous_role: NODE_ROLE_WORKER current_role: NODE_ROLE_MANAGER " +
                 node + " }"),
       EventFrom(head + " node_availability_changed { current_availability: NODE_AVAILABILITY_DRAIN " + node +
                 " }")});
  EXPECT_EQ(card.title, "Node w1 promoted to manager");
  EXPECT_EQ(card.sections.size(), 3U);
  EXPECT_EQ(SectionOf<ChangeSection>(card).rows.size(), 2U);
}

TEST(Combine, RecreatedShowsWhatDiffersAndTheRestOnce) {
  const Card card = SampleCard("service-recreated");
  EXPECT_THAT(SectionOf<ChangeSection>(card).rows,
              testing::ElementsAre(ChangeRow{"Replicas", "2", "3"}, ChangeRow{"Image", "2.3.0", "2.4.1"}));
  EXPECT_EQ(FactOf(card, "Image"), "");
  EXPECT_EQ(FactOf(card, "Networks"), "shop_backend");
}

}  // namespace
}  // namespace swarmbell
