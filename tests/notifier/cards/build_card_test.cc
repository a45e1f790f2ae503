#include "notifier/cards/build_card.h"

#include <algorithm>
#include <map>
#include <variant>

#include "gmock/gmock.h"
#include "tests/notifier/cards/card_testing.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Words {
  const char* title;
  const char* subtitle;
};

// The text of each change when it comes alone, word for word.
const std::map<std::string, Words>& Expected() {
  static const std::map<std::string, Words> expected = {
      {"node-appeared", {"Node worker-04 joined", "New worker in the swarm."}},
      {"node-disappeared",
       {"Node worker-02 removed", "It is no longer part of the swarm. It last ran 4 tasks."}},
      {"node-drained",
       {"Node worker-03 drained",
        "Its 6 running tasks are moving to other nodes; 1 of a global service stops."}},
      {"node-paused", {"Node worker-03 paused", "It takes no new tasks and keeps its 6 running tasks."}},
      {"node-activated", {"Node worker-03 activated", "It takes new tasks again."}},
      {"node-role-changed",
       {"Node worker-01 promoted to manager", "It takes part in running the swarm now."}},
      {"node-down",
       {"Node worker-02 went down",
        "The managers no longer hear from it; they start its 4 running tasks elsewhere."}},
      {"node-ready", {"Node worker-02 came back", "It is ready again, after 3 minutes 5 seconds."}},
      {"manager-unreachable",
       {"Node manager-02 became unreachable",
        "The other managers do not reach this manager; with too few of them the swarm stands still."}},
      {"manager-reachable",
       {"Node manager-02 reachable again", "The other managers reach this manager again."}},
      {"quorum-in-danger",
       {"Swarm prod quorum in danger",
        "2 of 3 managers are reachable: if one more is lost, the swarm stands still."}},
      {"quorum-safe",
       {"Swarm prod quorum safe again", "3 of 3 managers are reachable: the swarm can lose one more."}},
      {"node-labels-changed", {"Node worker-03 labels changed", "Changed: 2 labels."}},
      {"image-changed-by-hand",
       {"Service shop_api image changed by hand",
        "The stack says registry.example.com/shop/api:2.5.0; it runs "
        "registry.example.com/shop/api:2.5.0-hotfix now."}},
      {"secret-rotated",
       {"Service shop_api secret rotated",
        "Its secret db_password is shop_db_password_v4 now, before shop_db_password_v3."}},
      {"config-rotated",
       {"Service shop_web config rotated",
        "Its config /etc/nginx/nginx.conf is shop_nginx_19 now, before shop_nginx_18."}},
      {"secret-created", {"Secret db_password_v4 created", "New secret."}},
      {"secret-removed", {"Secret db_password_v3 removed", "It existed for 5 days."}},
      {"config-created", {"Config shop_nginx_19 created", "New config in stack shop."}},
      {"config-removed", {"Config shop_nginx_17 removed", "Was in stack shop. It existed for 4 days."}},
      {"network-created", {"Network backend created", "New network."}},
      {"network-removed", {"Network legacy removed", ""}},
      {"swarm-settings-changed",
       {"Swarm prod settings changed",
        "Changed: manager token, autolock, root certificate, task history limit."}},
      {"container-unhealthy",
       {"Container edge-proxy became unhealthy", "It runs on worker-02, but its health check fails."}},
      {"leader-changed", {"Node manager-03 became leader", "It leads the swarm now, after manager-02."}},
      {"service-appeared", {"Service shop_api created", "New service in stack shop."}},
      {"service-disappeared", {"Service shop_legacy-mailer removed", "Was in stack shop."}},
      {"service-recreated",
       {"Service shop_api removed and created again", "It is a new service now, under the same name."}},
      {"task-template-changed",
       {"Service shop_api updated",
        "Task template changed: 4 environment variables, arguments, memory limit. Rolling update started."}},
      {"mode-changed",
       {"Service shop_web scaled 2\u00A0→\u00A05",
        "3 more replicas are wanted. Also switched to DNS round robin."}},
      {"endpoint-spec-changed",
       {"Service shop_web endpoint changed",
        "Endpoint spec changed: 3 published ports. Rolling update started."}},
      {"rollback-config-changed",
       {"Service shop_api rollback config changed", "Parallelism, delay, order changed."}},
      {"update-config-changed",
       {"Service shop_api update config changed", "Failure action, monitor changed."}},
      {"service-labels-changed", {"Service shop_web labels changed", "1 added, 1 changed."}},
      {"update-started",
       {"Service shop_api update started", "Rolling update of 3 tasks started: image 2.4.1 → 2.5.0."}},
      {"update-completed",
       {"Service shop_api update completed", "All 3 tasks updated in 42 seconds (image 2.4.1 → 2.5.0)."}},
      {"update-incomplete",
       {"Service shop_api update over, 2 tasks missing",
        "1 of 3 tasks updated in 42 seconds (image 2.4.1 → 2.5.0). It is over: nothing is rolled back."}},
      {"update-paused",
       {"Service shop_api update paused",
        "1 of 3 tasks updated after 42 seconds (image 2.4.1 → 2.5.0). The other 2 still run the old image."}},
      {"rollback-started",
       {"Service shop_api rollback started", "Someone asked for it; tasks go back to the settings before."}},
      {"update-stalled",
       {"Service shop_api update stalled",
        "No task has moved on for 5 minutes: 1 of 3 tasks updated, 1 in state pending."}},
      {"update-resumed",
       {"Service shop_api update resumed", "It moves on again after 12 minutes: 2 of 3 tasks updated."}},
      {"update-rolled-back",
       {"Service shop_api update failed", "The engine rolls it back: image 2.5.0 → 2.4.1."}},
      {"rollback-incomplete",
       {"Service shop_api rolled back, 1 task missing",
        "2 of 3 tasks are back on the settings before: image 2.5.0 → 2.4.1. Took 1 minute 21 seconds."}},
      {"job-failed",
       {"Service shop_nightly-report job failed",
        "4 of 5 tasks completed. 3 tasks failed; the last one ended with exit code 2 on worker-03. It is not "
        "tried again."}},
      {"job-succeeded",
       {"Service shop_nightly-report job succeeded",
        "All 5 tasks ended well; the run before failed 1 day ago."}},
      {"tasks-failed",
       {"Service shop_api replaced 4 failed tasks", "Each failed once on worker-01, in 2 seconds."}},
      {"tasks-evicted",
       {"Service shop_search had to move 2 tasks",
        "2 tasks of shop_search left worker-02: the node no longer meets their constraints."}},
      {"services-failing",
       {"3 services failed with the same error",
        "11 failures in 14 seconds on manager-01, manager-02 and worker-01."}},
      {"services-failing-over", {"3 services stopped failing", "No failure for 2 minutes."}},
      {"receiver-failing",
       {"Receiver team-a stopped accepting alerts",
        "Posts to it have failed for 1 minute; 3 alerts wait for it, 1 was lost. The webhook was removed: "
        "make a "
        "new one in Slack, and set its URL."}},
      {"receiver-recovered",
       {"Receiver team-a accepts alerts again", "After 12 minutes; no alert was lost meanwhile."}},
      {"silence-started",
       {"Alerts for stack=shop are silenced for 1 hour",
        "By alice@laptop: the database moves to the new disks. The end of what was reported before is still "
        "posted."}},
      {"silence-ended",
       {"The silence for stack=shop is over",
        "Silenced for 48 minutes by alice@laptop: the database moves to the new disks. bob@manager-01 ended "
        "it "
        "early. 7 alerts were not posted."}},
      {"service-not-started",
       {"Service git_gitlab has not started",
        "Its task has not run for 5 minutes; it is in state starting."}},
      {"manager-locked",
       {"Collector manager-01 cannot read the swarm",
        "This manager is locked: unlock it with docker swarm unlock. No good read for 55 seconds; changes "
        "will "
        "be reported when it can read again."}},
      {"rollback-completed",
       {"Service shop_api rolled back",
        "All 3 tasks are back on the settings before: image 2.5.0 → 2.4.1. Took 1 minute 21 seconds."}},
      {"rollback-paused",
       {"Service shop_api rollback paused",
        "2 of 3 tasks rolled back after 2 minutes. Someone has to look at it."}},
      {"task-crash-loop",
       {"Service shop_worker went into a crash loop", "7 failures in 4 minutes on worker-01 and worker-02."}},
      {"crash-loop-over", {"Service shop_worker left its crash loop", "No failure for 2 minutes."}},
      {"task-rejected", {"Task shop_api.2 rejected", "Node worker-02 cannot run it."}},
      {"task-unschedulable",
       {"Service shop_search found no node", "2 tasks wait because no node can take them."}},
      {"service-degraded", {"Service shop_web degraded", "2 of 5 tasks running for 1 minute."}},
      {"service-recovered",
       {"Service shop_web recovered", "All 5 tasks run again, after 4 minutes 25 seconds."}},
      {"container-restarting",
       {"Container redis-cache went into a restart loop",
        "It ends again and again on manager-01, with exit code 1."}},
      {"container-gave-up",
       {"Container nightly-import gave up restarting",
        "The engine does not start it again: it ended with exit code 3 on manager-01, after 12 seconds of "
        "restarts."}},
      {"container-dead", {"Container legacy-cron died", "The engine could not remove it on manager-01."}},
      {"container-recovered",
       {"Container redis-cache recovered", "It is running again on manager-01, after 5 minutes."}},
      {"collector-stale",
       {"Collector manager-01 cannot read the swarm",
        "No good read for 55 seconds; changes will be reported when it can read again. See that the engine "
        "answers and has a leader: docker node ls."}},
      {"collector-recovered",
       {"Collector manager-01 reads the swarm again",
        "After 3 minutes 5 seconds without a good read; changes since then are reported now."}},
      {"feed-gap",
       {"Feed collector:50051 lost changes",
        "Some changes may be missing: compare with docker service ls and docker node ls."}},
      {"feed-disconnected",
       {"Feed collector:50051 disconnected",
        "No connection to the collector for 1 minute. Its changes will be reported when it is back; a "
        "feed-gap "
        "alert follows if changes may be missing. See that the collector runs and its port can be reached."}},
      {"feed-connected",
       {"Feed collector:50051 connected again", "The collector is heard again, after 3 minutes 15 seconds."}},
      {"unknown-change",
       {"Service shop_api updated",
        "Its collector reported a change that this notifier does not know: update the notifier."}},
      {"digest", {"7 changes in 6 services", "2 red, 1 blue, 1 yellow, 2 green. All in stack shop."}},
  };
  return expected;
}

class EveryKind : public testing::TestWithParam<Sample> {};

TEST_P(EveryKind, SaysWhatHappenedInItsTitleAndOneSentence) {
  const auto expected = Expected().find(GetParam().rule);
  ASSERT_NE(expected, Expected().end());
  const Card card = SampleCard(GetParam().rule);
  EXPECT_EQ(card.title, expected->second.title);
  EXPECT_EQ(card.subtitle, expected->second.subtitle);
  EXPECT_EQ(card.color, GetParam().color);
  EXPECT_EQ(card.cluster, "prod-eu");
  EXPECT_EQ(card.observer, "seen by manager-01");
  EXPECT_EQ(card.unix_seconds, 1795351445);
}

INSTANTIATE_TEST_SUITE_P(Samples, EveryKind, testing::ValuesIn(Samples()),
                         [](const auto& test) { return TestName(test.param.rule); });

// Where the notifier had stopped before is not known then, so that no gap would be told.
TEST(BuildCard, ACollectorThatWasNeverHeardPromisesNothing) {
  const Card card = CardFrom({EventFrom(R"pb(
    observe_time { seconds: 160 }
    resource { kind: RESOURCE_KIND_FEED name: "collector:50051" }
    feed_disconnected { start_time { seconds: 100 } })pb")});
  EXPECT_EQ(card.subtitle,
            "No connection to the collector for 1 minute, and none before; changes until then may never be "
            "reported. See that the collector runs and its port can be reached.");
}

TEST(BuildCard, ACollectorThatIsHeardForTheFirstTimeIsNotHeardAgain) {
  const Card card = CardFrom({EventFrom(R"pb(
    observe_time { seconds: 160 }
    resource { kind: RESOURCE_KIND_FEED name: "collector:50051" }
    feed_connected { start_time { seconds: 100 } })pb")});
  EXPECT_EQ(card.title, "Feed collector:50051 connected");
  EXPECT_EQ(card.subtitle, "The collector is heard for the first time, after 1 minute.");
}

TEST(BuildCard, ACollectorWhoseAddressIsGoneIsNotHeardAgain) {
  const Card card = CardFrom({EventFrom(R"pb(
    observe_time { seconds: 160 }
    resource { kind: RESOURCE_KIND_FEED name: "10.0.1.5:50051" }
    feed_connected {
      start_time { seconds: 100 }
      address_gone: true
    })pb")});
  EXPECT_EQ(card.title, "Feed 10.0.1.5:50051 no longer followed");
  EXPECT_EQ(card.subtitle, "The collector's name leads to other addresses now, and these are followed.");
}

// Without Redis it has kept nothing of the time before.
TEST(BuildCard, ACollectorThatWasStartedAnewDoesNotPromiseWhatItForgot) {
  const Card card = CardFrom({EventFrom(R"pb(
    observe_time { seconds: 160 }
    resource { kind: RESOURCE_KIND_COLLECTOR name: "manager-01" }
    collector_recovered {
      last_read_time { seconds: 100 }
      restarted: true
    })pb")});
  EXPECT_EQ(card.title, "Collector manager-01 reads the swarm again");
  EXPECT_EQ(card.subtitle, "It was restarted; a feed-gap alert follows if changes may be missing.");
}

TEST(BuildCard, NodeDrainedShowsTheAvailabilityAndWhatTheNodeCarries) {
  const Card card = SampleCard("node-drained");
  EXPECT_THAT(SectionOf<ChangeSection>(card).rows, ElementsAre(ChangeRow{"Availability", "active", "drain"}));
  EXPECT_EQ(FactOf(card, "Services"), "metrics_agent, shop_api, shop_web");
  EXPECT_THAT(SectionOf<MetaSection>(card).items,
              ElementsAre("worker", "ready", "10.0.4.13", "Engine 27.3.1"));
}

v1::ChangeEvent Availability(const std::string& state, int running, int global) {
  const std::string counts =
      "running_tasks: " + std::to_string(running) + " global_tasks: " + std::to_string(global);
  return EventFrom("resource { kind: RESOURCE_KIND_NODE name: \"w1\" } node_availability_changed { " +
                   ("current_availability: NODE_AVAILABILITY_" + state) + " node { " + counts + " } }");
}

TEST(BuildCard, TasksOfGlobalServicesDoNotMove) {
  EXPECT_EQ(CardFrom({Availability("DRAIN", 0, 0)}).subtitle, "It ran no tasks and takes no new ones.");
  EXPECT_EQ(CardFrom({Availability("DRAIN", 0, 2)}).subtitle, "Its 2 tasks of global services stop.");
  EXPECT_EQ(CardFrom({Availability("DRAIN", 1, 2)}).subtitle,
            "Its running task is moving to other nodes; 2 of global services stop.");
  EXPECT_EQ(CardFrom({Availability("PAUSE", 1, 2)}).subtitle,
            "It takes no new tasks and keeps its 3 running tasks.");
}

TEST(BuildCard, ANodeThatRanOnlyGlobalTasksLeavesNoneToStartElsewhere) {
  const Card card = CardFrom({EventFrom(R"pb(
    resource { kind: RESOURCE_KIND_NODE name: "w1" }
    node_state_changed {
      current_state: NODE_STATE_DOWN
      node { global_tasks: 2 }
    })pb")});
  EXPECT_EQ(card.subtitle, "The managers no longer hear from it.");
}

TEST(BuildCard, UpdatePausedTellsWhyAndWhichTaskFailed) {
  const Card card = SampleCard("update-paused");
  ASSERT_GE(card.sections.size(), 2U);
  EXPECT_EQ(std::get<QuoteSection>(card.sections[0]).text,
            "task: non-zero exit (137): dockerexec: unhealthy container");
  EXPECT_EQ(FactOf(card, "Failed task"), "shop_api.2 on worker-02");
}

// The error has the code, the sentence the image, and the title what the engine's message says.
TEST(BuildCard, NoFactIsOnACardTwice) {
  const Card card = SampleCard("update-paused");
  EXPECT_EQ(card.sections.size(), 4U);  // the error, the output, the facts, the changes just before
  EXPECT_EQ(FactOf(card, "Exit code"), "");
  EXPECT_THAT(card.subtitle, HasSubstr("image 2.4.1 → 2.5.0"));
}

TEST(BuildCard, AnExitCodeWithAMeaningIsShownBesideTheError) {
  EXPECT_EQ(FactOf(SampleCard("service-degraded"), "Exit code"), "139 (segmentation fault)");
}

TEST(BuildCard, TheEnginesMessageIsShownWhereNoTaskSaysMore) {
  const Card card = CardFrom({EventFrom(R"pb(
    resource { kind: RESOURCE_KIND_SERVICE name: "a" }
    service_update_state_changed {
      current_state: UPDATE_STATE_PAUSED
      message: "update paused due to failure or early termination of task 8qk3v1x2m7dz"
    })pb")});
  EXPECT_EQ(SectionOf<QuoteSection>(card).title, "Reason");
}

TEST(BuildCard, ARowStaysUnlessTheTitleOrTheSentenceTellsIt) {
  AlertGroup group = SampleGroup({"mode-changed", Color::kBlue, {EventFrom(R"pb(
                                    resource { kind: RESOURCE_KIND_SERVICE name: "a" }
                                    service_mode_changed {
                                      previous_mode { kind: SERVICE_MODE_KIND_REPLICATED replicas: 2 }
                                      current_mode { kind: SERVICE_MODE_KIND_REPLICATED replicas: 25 }
                                    })pb")}});
  EXPECT_TRUE(BuildCard(group, {}).sections.empty());
  group.alerts.front().title = "Service a scaled 2 → 255";
  EXPECT_EQ(SectionOf<ChangeSection>(BuildCard(group, {})).rows.front().label, "Replicas");
}

TEST(BuildCard, CollectorStaleTellsWhatToDo) {
  const Card card = SampleCard("collector-stale");
  EXPECT_EQ(FactOf(card, "Cannot read"), "/services, /nodes, /tasks");
  EXPECT_THAT(card.subtitle, HasSubstr("docker node ls"));
}

TEST(BuildCard, AChangeOfANewerCollectorIsToldFromItsEnvelope) {
  const Card card =
      CardFrom({EventFrom(R"pb(action: ACTION_REMOVED
                               resource { kind: RESOURCE_KIND_SERVICE id: "abc" name: "shop_api" })pb")});
  EXPECT_EQ(card.title, "Service shop_api removed");
  EXPECT_THAT(card.subtitle, HasSubstr("that this notifier does not know"));
}

TEST(BuildCard, AnEmptyEventStillMakesACard) {
  const Card card = CardFrom({v1::ChangeEvent()});
  EXPECT_EQ(card.title, "Resource without a name updated");
}

// Values that a newer collector may send, and details with nothing set.
TEST(BuildCard, EveryKindWithEmptyDetailsMakesACardWithAResult) {
  const auto* oneof = v1::ChangeEvent::descriptor()->FindOneofByName("details");
  ASSERT_NE(oneof, nullptr);
  for (int i = 0; i < oneof->field_count(); ++i) {
    v1::ChangeEvent event;
    event.mutable_resource()->set_name("name");
    event.mutable_resource()->set_kind(v1::RESOURCE_KIND_SERVICE);
    event.GetReflection()->MutableMessage(&event, oneof->field(i));
    if (event.has_service_update_progress()) continue;  // no rule reports it
    const Card card = CardFrom({event});
    const std::string which = std::string(oneof->field(i)->name());
    EXPECT_GT(card.title.size(), std::string("Service name ").size()) << which;
    EXPECT_NE(card.title.back(), ' ') << which;
    EXPECT_THAT(card.subtitle, testing::Not(HasSubstr("this notifier does not know"))) << which;
  }
}

TEST(BuildCard, TheAlertsTitleReplacesTheCards) {
  AlertGroup group = SampleGroup(Samples().front());
  group.alerts.front().title = "Hello, new machine";
  EXPECT_EQ(BuildCard(group, {}).title, "Hello, new machine");
}

TEST(BuildCard, AChangeSeenLateSaysSoAndShowsWhenItHappened) {
  v1::ChangeEvent event = Samples().front().events.front();
  event.mutable_occur_time()->set_seconds(event.observe_time().seconds() - 7200);
  const Card card = CardFrom({event});
  EXPECT_EQ(card.unix_seconds, event.occur_time().seconds());
  EXPECT_EQ(card.observer, "seen by manager-01, 2 hours later");
}

TEST(BuildCard, WhatWasFoundOutLongAfterwardsSaysSoOnce) {
  v1::ChangeEvent event = Samples().front().events.front();
  event.set_recollected(true);
  EXPECT_EQ(CardFrom({event}).observer, "found out afterwards by manager-01");
  event.mutable_occur_time()->set_seconds(event.observe_time().seconds() - 600);
  EXPECT_EQ(CardFrom({event}).observer, "found out afterwards by manager-01, 10 minutes later");
  event.clear_observer();
  EXPECT_EQ(CardFrom({event}).observer, "found out afterwards, 10 minutes later");
}

v1::ChangeEvent Degraded(const std::string& details) {
  return EventFrom(R"pb(
                     observe_time { seconds: 160 }
                     resource { kind: RESOURCE_KIND_SERVICE name: "a" }
                     service_degraded {)pb" +
                   details + " start_time { seconds: 100 } }");
}

TEST(BuildCard, AShortageIsCountedInWholeSentences) {
  EXPECT_EQ(CardFrom({Degraded("wanted_tasks: 1")}).subtitle, "Its task has not run for 1 minute.");
  EXPECT_EQ(CardFrom({Degraded("wanted_tasks: 3")}).subtitle, "None of its 3 tasks has run for 1 minute.");
  EXPECT_EQ(CardFrom({Degraded(R"pb(wanted_tasks: 4
                                    running_tasks: 1
                                    waiting { state: TASK_STATE_PENDING tasks: 2 }
                                    waiting { state: TASK_STATE_PREPARING tasks: 1 })pb")})
                .subtitle,
            "1 of 4 tasks running for 1 minute; 2 in state pending, 1 in state preparing.");
}

TEST(BuildCard, AServiceThatNeverRanHasNotStarted) {
  const Card card = CardFrom({Degraded(R"pb(wanted_tasks: 1
                                            first_start: true
                                            waiting { state: TASK_STATE_PREPARING tasks: 1 })pb")});
  EXPECT_EQ(card.title, "Service a has not started");
  EXPECT_EQ(card.subtitle, "Its task has not run for 1 minute; it is in state preparing.");
}

TEST(BuildCard, ATaskThatOnlyWaitsHasNotFailed) {
  const Card waits = CardFrom(
      {Degraded(R"pb(wanted_tasks: 2
                     failed_task { name: "a.1" state: TASK_STATE_PENDING error: "no suitable node" })pb")});
  EXPECT_EQ(FactOf(waits, "Waiting task"), "a.1");
  EXPECT_EQ(FactOf(waits, "Last failed task"), "");
  EXPECT_EQ(SectionOf<QuoteSection>(waits).title, "The scheduler says");
  const Card failed =
      CardFrom({Degraded(R"pb(wanted_tasks: 2
                              failed_task { name: "a.1" state: TASK_STATE_FAILED error: "boom" })pb")});
  EXPECT_EQ(FactOf(failed, "Last failed task"), "a.1");
  EXPECT_EQ(SectionOf<QuoteSection>(failed).title, "Error of the task");
}

v1::ChangeEvent JobFailed(const std::string& details) {
  return EventFrom(R"pb(
                     resource { kind: RESOURCE_KIND_SERVICE name: "backup" })pb" +
                   (" service_job_failed { " + details + " }"));
}

TEST(BuildCard, AJobSaysHowItsLastTaskEnded) {
  const std::string exited = R"pb(task { node_hostname: "w1" state: TASK_STATE_FAILED exit_code: 3 })pb";
  EXPECT_EQ(CardFrom({JobFailed("wanted_tasks: 1 failures: 1 " + exited)}).subtitle,
            "Its task ended with exit code 3 on w1. It is not tried again.");
  EXPECT_EQ(CardFrom({JobFailed("wanted_tasks: 1 failures: 4 " + exited)}).subtitle,
            "4 tasks failed; the last one ended with exit code 3 on w1. It is not tried again.");
  EXPECT_EQ(CardFrom({JobFailed(R"pb(wanted_tasks: 1
                                     failures: 1
                                     task { node_hostname: "w2" state: TASK_STATE_REJECTED })pb")})
                .subtitle,
            "Its task was rejected by w2. It is not tried again.");
}

TEST(BuildCard, AStalledRollbackIsNoStalledUpdate) {
  const Card card = CardFrom({EventFrom(R"pb(
    observe_time { seconds: 700 }
    resource { kind: RESOURCE_KIND_SERVICE name: "pay" }
    service_update_stalled {
      state: UPDATE_STATE_ROLLBACK_STARTED
      last_progress_time { seconds: 100 }
      wanted_tasks: 3
      running_tasks: 3
      waiting { state: TASK_STATE_NEW tasks: 1 }
    })pb")});
  EXPECT_EQ(card.title, "Service pay rollback stalled");
  EXPECT_EQ(card.subtitle, "No task has moved on for 10 minutes: 0 of 3 tasks rolled back, 1 in state new.");
}

// With the collector's words in place of the engine's.
TEST(BuildCard, ALockedManagerWaitsForItsKey) {
  const Card card = CardFrom({EventFrom(R"pb(
    resource { kind: RESOURCE_KIND_COLLECTOR name: "m1" }
    collector_stale { error: "GET /info: unlock this manager with `docker swarm unlock`" })pb")});
  EXPECT_THAT(card.subtitle, HasSubstr("unlock it with docker swarm unlock"));
  EXPECT_THAT(card.subtitle, testing::Not(HasSubstr("has a leader")));
}

TEST(BuildCard, AReceiverThatLostNothingSaysNothingOfLosses) {
  const Card card = CardFrom({EventFrom(R"pb(
    observe_time { seconds: 160 }
    resource { kind: RESOURCE_KIND_RECEIVER name: "ops" }
    receiver_failing {
      receiver: "ops"
      start_time { seconds: 100 }
      waiting_alerts: 1
      error: "answered 401"
    })pb")});
  EXPECT_EQ(card.title, "Receiver ops stopped accepting alerts");
  EXPECT_EQ(card.subtitle, "Posts to it have failed for 1 minute; 1 alert waits for it.");
}

TEST(BuildCard, APauseBeforeAnyTaskWasUpdatedSaysSo) {
  const Card card = CardFrom({EventFrom(R"pb(
    resource { kind: RESOURCE_KIND_SERVICE name: "a" }
    service_update_state_changed { current_state: UPDATE_STATE_PAUSED wanted_tasks: 3 })pb")});
  EXPECT_EQ(card.subtitle, "0 of 3 tasks updated. None runs the new settings.");
}

TEST(BuildCard, ARollbackByHandIsNotCalledAFailure) {
  const Card card = CardFrom({EventFrom(R"pb(
    resource { kind: RESOURCE_KIND_SERVICE name: "a" }
    service_update_state_changed {
      current_state: UPDATE_STATE_ROLLBACK_STARTED
      message: "manually requested rollback"
    })pb")});
  EXPECT_EQ(card.subtitle, "Someone asked for it; tasks go back to the settings before.");
}

TEST(BuildCard, AForcedUpdateSaysThatNothingElseChanged) {
  const Card card = CardFrom({EventFrom(R"pb(
    resource { kind: RESOURCE_KIND_SERVICE name: "a" }
    service_task_template_changed {
      fields { group: "Forced update" kind: FIELD_CHANGE_KIND_CHANGED previous_value: "0" current_value: "1" }
    })pb")});
  EXPECT_EQ(card.subtitle, "Forced update: its tasks are replaced although no setting changed.");
}

TEST(BuildCard, ScaledToNothing) {
  const Card card = CardFrom({EventFrom(R"pb(
    resource { kind: RESOURCE_KIND_SERVICE name: "a" }
    service_mode_changed {
      previous_mode { kind: SERVICE_MODE_KIND_REPLICATED replicas: 3 }
      current_mode { kind: SERVICE_MODE_KIND_REPLICATED replicas: 0 }
    })pb")});
  EXPECT_EQ(card.title, "Service a scaled 3\u00A0→\u00A00");
  EXPECT_EQ(card.subtitle, "It runs no tasks any more.");
}

TEST(BuildCardTest, TheLastOutputOfTheFailedTaskFollowsItsError) {
  const Card card = SampleCard("update-rolled-back");
  const auto output = SectionOf<OutputSection>(card);
  EXPECT_EQ(output.title, "Last output of shop_api.2");
  EXPECT_EQ(output.lines.front(), "Traceback (most recent call last):");
  EXPECT_EQ(output.note, "");
  const auto place = [&](auto is) {
    return std::find_if(card.sections.begin(), card.sections.end(), is) - card.sections.begin();
  };
  EXPECT_LT(place([](const CardSection& one) { return std::holds_alternative<QuoteSection>(one); }),
            place([](const CardSection& one) { return std::holds_alternative<OutputSection>(one); }));
}

TEST(BuildCardTest, ACardSaysWhyTheOutputIsMissing) {
  const auto output = SectionOf<OutputSection>(SampleCard("service-degraded"));
  EXPECT_TRUE(output.lines.empty());
  EXPECT_EQ(output.title, "Last output of shop_web.4");
  EXPECT_EQ(output.note, "none: the service's log driver does not support reading");
}

TEST(BuildCard, ARemovalSaysWhichAlarmsAreOver) {
  const std::string removed = R"(
    observe_time { seconds: 1000 } resource { kind: RESOURCE_KIND_SERVICE id: "s" name: "api" stack: "shop" }
    service_disappeared {}
    ended_alarms { change: "service_degraded" observe_time { seconds: 735 } })";
  EXPECT_EQ(CardFrom({EventFrom(removed)}).subtitle,
            "Was in stack shop. This ends its alarm: too few tasks for 4 minutes 25 seconds.");
  const std::string both = R"( ended_alarms { change: "service_crash_loop" observe_time { seconds: 940 } })";
  EXPECT_EQ(CardFrom({EventFrom(removed + both)}).subtitle,
            "Was in stack shop. This ends its alarms: too few tasks for 4 minutes 25 seconds and crash loop "
            "for 1 minute.");
}

TEST(BuildCard, AFailedUpdateThatNobodyContinuesIsOver) {
  const Card card = CardFrom({EventFrom(R"(
    observe_time { seconds: 1000 } resource { kind: RESOURCE_KIND_SERVICE id: "s" name: "api" }
    service_update_resumed {})")});
  EXPECT_EQ(card.title, "Service api update over");
  EXPECT_EQ(card.subtitle, "It was changed, and no task is left to replace.");
}

}  // namespace
}  // namespace swarmbell
