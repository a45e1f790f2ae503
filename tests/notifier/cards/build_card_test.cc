#include <map>

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

// What each change says when it comes alone, word for word.
const std::map<std::string, Words>& Expected() {
  static const std::map<std::string, Words> expected = {
      {"node-appeared", {"Node worker-04 joined", "New worker in the swarm."}},
      {"node-disappeared",
       {"Node worker-02 removed", "It is no longer part of the swarm. It last ran 4 tasks."}},
      {"node-drained", {"Node worker-03 drained", "Its 6 running tasks are moving to other nodes."}},
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
      {"rollback-config-changed", {"Service shop_api rollback config changed", "Parallelism, delay, order."}},
      {"update-config-changed", {"Service shop_api update config changed", "Failure action, monitor."}},
      {"service-labels-changed", {"Service shop_web labels changed", "1 added, 1 changed."}},
      {"update-started",
       {"Service shop_api update started", "Rolling update of 3 tasks started: image 2.4.1 → 2.5.0."}},
      {"update-completed",
       {"Service shop_api update completed", "All 3 tasks updated in 42 seconds: image 2.4.1 → 2.5.0."}},
      {"update-incomplete",
       {"Service shop_api update over, 2 tasks missing",
        "1 of 3 tasks updated in 42 seconds: image 2.4.1 → 2.5.0. It is over: nothing is rolled back."}},
      {"update-paused",
       {"Service shop_api update paused",
        "1 of 3 tasks updated after 42 seconds. The other 2 still run the old image."}},
      {"rollback-started",
       {"Service shop_api rollback started", "The update failed; tasks go back to the settings before."}},
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
        "No good read for 55 seconds; changes are told once it reads again."}},
      {"collector-recovered",
       {"Collector manager-01 reads the swarm again",
        "After 3 minutes 5 seconds without a good read; what changed meanwhile is told now."}},
      {"feed-gap", {"Feed collector:50051 lost changes", "Some changes may be missing."}},
      {"feed-disconnected",
       {"Feed collector:50051 disconnected",
        "No connection to the collector for 1 minute. What it keeps is told once it is back; a feed-gap "
        "alert "
        "tells if changes may be missing."}},
      {"feed-connected",
       {"Feed collector:50051 connected again", "The collector is heard again, after 3 minutes 15 seconds."}},
      {"unknown-change",
       {"Service shop_api updated",
        "The collector told more than this notifier understands; it may be time to update it."}},
      {"digest", {"7 changes in 6 services", "All in stack shop."}},
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
  EXPECT_EQ(card.observer, "manager-01");
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
            "No connection to the collector for 1 minute, and none before; changes until there is one may "
            "never be told.");
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
  EXPECT_EQ(card.subtitle,
            "It was started anew meanwhile; a feed-gap alert tells if changes may be missing.");
}

TEST(BuildCard, NodeDrainedShowsTheAvailabilityAndWhatTheNodeCarries) {
  const Card card = SampleCard("node-drained");
  EXPECT_THAT(SectionOf<ChangeSection>(card).rows, ElementsAre(ChangeRow{"Availability", "active", "drain"}));
  EXPECT_EQ(FactOf(card, "Services"), "metrics_agent, shop_api, shop_web");
  EXPECT_THAT(SectionOf<MetaSection>(card).items,
              ElementsAre("worker", "ready", "10.0.4.13", "Engine 27.3.1"));
}

TEST(BuildCard, UpdatePausedTellsWhyAndWhichTaskFailed) {
  const Card card = SampleCard("update-paused");
  ASSERT_GE(card.sections.size(), 3U);
  EXPECT_EQ(std::get<QuoteSection>(card.sections[0]).text,
            "update paused due to failure or early termination of task 8qk3v1x2m7dz");
  EXPECT_EQ(std::get<QuoteSection>(card.sections[1]).text,
            "task: non-zero exit (137): dockerexec: unhealthy container");
  EXPECT_EQ(FactOf(card, "Failed task"), "shop_api.2 on worker-02");
  EXPECT_EQ(FactOf(card, "Exit code"), "137 (killed, out of memory?)");
}

TEST(BuildCard, CollectorStaleTellsWhatToDo) {
  const Card card = SampleCard("collector-stale");
  EXPECT_EQ(FactOf(card, "Cannot read"), "/services, /nodes, /tasks");
  EXPECT_EQ(FactOf(card, "Last good read"), "2026-11-22 12:43:10 UTC");
  EXPECT_THAT(FactOf(card, "What to do"), HasSubstr("docker node ls"));
}

TEST(BuildCard, AChangeOfANewerCollectorIsToldFromItsEnvelope) {
  const Card card =
      CardFrom({EventFrom(R"pb(action: ACTION_REMOVED
                               resource { kind: RESOURCE_KIND_SERVICE id: "abc" name: "shop_api" })pb")});
  EXPECT_EQ(card.title, "Service shop_api removed");
  EXPECT_THAT(card.subtitle, HasSubstr("more than this notifier understands"));
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
    const Card card = CardFrom({event});
    const std::string which = std::string(oneof->field(i)->name());
    EXPECT_GT(card.title.size(), std::string("Service name ").size()) << which;
    EXPECT_NE(card.title.back(), ' ') << which;
    EXPECT_THAT(card.subtitle, testing::Not(HasSubstr("more than this notifier"))) << which;
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
  EXPECT_THAT(std::get<MetaSection>(card.sections.back()).items,
              ElementsAre("seen 2 hours after it happened"));
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

}  // namespace
}  // namespace swarmbell
