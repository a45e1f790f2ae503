#include "notifier/pipeline/open_alarms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/notifier/pipeline/sample_events.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

v1::ChangeEvent DegradedService(const std::string& service, const std::string& id = "degraded") {
  v1::ChangeEvent event = ServiceChange(id, service);
  *event.mutable_observe_time() = ToProto(kStart);
  event.mutable_service_degraded();
  return event;
}

v1::ChangeEvent RecoveredService(const std::string& service) {
  v1::ChangeEvent event = ServiceChange("recovered", service);
  event.mutable_service_recovered();
  return event;
}

v1::ChangeEvent NodeDown(const std::string& node) {
  v1::ChangeEvent event = SampleEvent("down", v1::RESOURCE_KIND_NODE, node);
  event.mutable_node_state_changed()->set_current_state(v1::NODE_STATE_DOWN);
  return event;
}

v1::ChangeEvent NodeGone(const std::string& node) {
  v1::ChangeEvent event = SampleEvent("gone", v1::RESOURCE_KIND_NODE, node);
  event.mutable_node_disappeared();
  return event;
}

v1::ChangeEvent Lost(const std::string& feed, absl::Time since = kStart) {
  v1::ChangeEvent event = SampleEvent("lost " + absl::FormatTime(since), v1::RESOURCE_KIND_FEED, feed);
  *event.mutable_feed_disconnected()->mutable_start_time() = ToProto(since);
  return event;
}

v1::ChangeEvent Stale(const std::string& node) {
  v1::ChangeEvent event = SampleEvent("stale", v1::RESOURCE_KIND_COLLECTOR, node);
  event.mutable_observer()->set_node_id(node);
  event.mutable_collector_stale();
  return event;
}

v1::ChangeEvent Restarted(const std::string& node) {
  v1::ChangeEvent event = Stale(node);
  event.set_event_id("restarted");
  event.mutable_collector_recovered()->set_restarted(true);
  return event;
}

class OpenAlarmsTest : public testing::Test {
 protected:
  // The changes that the stage passes on. An alarm that no rule wants is not reported.
  std::vector<v1::ChangeEvent> Pass(const v1::ChangeEvent& event, bool wanted = true) {
    std::vector<v1::ChangeEvent> passed;
    alarms_.Pass({.event = &event}, {.now = now_}, [&](const PassingChange& on) {
      passed.push_back(*on.event);
      own_ = on.own;
      return wanted;
    });
    return passed;
  }

  std::vector<std::string> Ended(const v1::ChangeEvent& event) {
    std::vector<std::string> changes;
    for (const v1::ChangeEvent& passed : Pass(event)) {
      for (const v1::EndedAlarm& ended : passed.ended_alarms()) changes.push_back(ended.change());
    }
    return changes;
  }

  void Restart(const std::vector<v1::ChangeEvent>& open) {
    alarms_ = OpenAlarms();
    v1::NotifierState state;
    state.mutable_open_alarms()->Assign(open.begin(), open.end());
    ends_ = alarms_.Restore(state, kStart);
  }

  OpenAlarms alarms_;
  std::vector<v1::ChangeEvent> ends_;
  bool own_ = false;
  absl::Time now_ = kStart;
};

TEST_F(OpenAlarmsTest, AnAlarmIsOpenUntilItsEnd) {
  Pass(DegradedService("a"));
  Pass(DegradedService("b"));
  EXPECT_THAT(alarms_.Open(), SizeIs(2));
  Pass(RecoveredService("a"));
  EXPECT_THAT(alarms_.Open(), SizeIs(1));
  Pass(RecoveredService("b"));
  EXPECT_THAT(alarms_.Open(), IsEmpty());
}

// A collector that was restarted names the end in another way than one that was not.
TEST_F(OpenAlarmsTest, AnEndThatTwoCollectorsReportIsReportedOnce) {
  Pass(DegradedService("a"));
  EXPECT_THAT(Pass(RecoveredService("a")), SizeIs(1));
  now_ += absl::Minutes(1);
  EXPECT_THAT(Pass(RecoveredService("a")), IsEmpty());
  EXPECT_THAT(Pass(RecoveredService("b")), SizeIs(1));
  Pass(DegradedService("a", "again"), false);
  EXPECT_THAT(Pass(RecoveredService("a")), SizeIs(1));
  now_ += OpenAlarms::kSameEnd + absl::Seconds(1);
  EXPECT_THAT(Pass(RecoveredService("a")), SizeIs(1));
}

// Each completed update is news, whether or not the one before has ended an alarm.
TEST_F(OpenAlarmsTest, AStepOfAnUpdateIsNotOnlyAnEnd) {
  Pass(UpdateState("paused", "a", v1::UPDATE_STATE_PAUSED));
  EXPECT_THAT(alarms_.Open(), SizeIs(1));
  EXPECT_THAT(Pass(UpdateState("updating", "a", v1::UPDATE_STATE_UPDATING)), SizeIs(1));
  EXPECT_THAT(alarms_.Open(), SizeIs(1));
  EXPECT_THAT(Pass(UpdateState("completed", "a", v1::UPDATE_STATE_COMPLETED)), SizeIs(1));
  EXPECT_THAT(alarms_.Open(), IsEmpty());
  EXPECT_THAT(Pass(UpdateState("next", "a", v1::UPDATE_STATE_COMPLETED)), SizeIs(1));
}

TEST_F(OpenAlarmsTest, AnEndNamesTheAlarmsThatWereReported) {
  Pass(UpdateState("paused", "a", v1::UPDATE_STATE_PAUSED));
  Pass(DegradedService("a"), false);
  const auto completed = Pass(UpdateState("completed", "a", v1::UPDATE_STATE_COMPLETED));
  EXPECT_THAT(completed[0].ended_alarm_keys(), ElementsAre("swarm1/a/run"));
  EXPECT_THAT(completed[0].ended_alarms(), IsEmpty());
  EXPECT_THAT(Pass(RecoveredService("a"))[0].ended_alarm_keys(), IsEmpty());
  Pass(NodeDown("n"));
  EXPECT_THAT(Pass(NodeGone("n"))[0].ended_alarm_keys(), ElementsAre("swarm1/n/state"));
}

TEST_F(OpenAlarmsTest, ARemovalSaysWhichAlarmsOfItsObjectItEnds) {
  Pass(DegradedService("a"));
  Pass(DegradedService("ab", "other"));
  v1::ChangeEvent loop = ServiceChange("loop", "a");
  loop.mutable_service_crash_loop();
  Pass(loop);
  EXPECT_THAT(Ended(Removed("gone", "a")), ElementsAre("service_degraded", "service_crash_loop"));
  EXPECT_THAT(Ended(Removed("gone again", "a")), IsEmpty());
  EXPECT_THAT(alarms_.Open(), SizeIs(1));
}

TEST_F(OpenAlarmsTest, AnAlarmThatNoRuleWantedIsNotSaidToBeOver) {
  Pass(DegradedService("a"), false);
  EXPECT_THAT(alarms_.Open(), IsEmpty());
  EXPECT_THAT(Ended(Removed("gone", "a")), IsEmpty());
}

TEST_F(OpenAlarmsTest, OneOfSeveralServicesThatFailEndsItsOwnPart) {
  v1::ChangeEvent failing = ServiceChange("failing", "a");
  for (const char* service : {"a", "b"}) {
    failing.mutable_services_failing()->add_services()->set_service_id(service);
  }
  Pass(failing);
  EXPECT_THAT(alarms_.Open(), IsEmpty());  // stored by the stage that reports them together
  EXPECT_THAT(Ended(Removed("gone", "b")), ElementsAre("services_failing"));
  EXPECT_THAT(Ended(Removed("gone", "a")), ElementsAre("services_failing"));
}

TEST_F(OpenAlarmsTest, TheRemovalOfANodeEndsTheAlarmOfItsCollector) {
  Pass(NodeDown("n1"));
  Pass(Stale("n1"));
  EXPECT_THAT(Ended(NodeGone("n1")), ElementsAre("node_state_changed", "collector_stale"));
}

TEST_F(OpenAlarmsTest, AfterARestartTheRemovalStillSaysIt) {
  Pass(NodeDown("n1"));
  Restart(alarms_.Open());
  EXPECT_THAT(ends_, IsEmpty());
  EXPECT_THAT(Ended(NodeGone("n1")), ElementsAre("node_state_changed"));
}

TEST_F(OpenAlarmsTest, ANewerStateReplacesWhatAnOlderOneRestored) {
  Restart({NodeDown("n1"), DegradedService("a")});
  Pass(NodeDown("n2"));
  v1::NotifierState newer;
  *newer.add_open_alarms() = DegradedService("a");
  alarms_.Restore(newer, kStart);
  EXPECT_THAT(alarms_.Open(), SizeIs(2));
  EXPECT_THAT(Ended(NodeGone("n1")), IsEmpty());
  EXPECT_THAT(Ended(NodeGone("n2")), SizeIs(1));
}

TEST_F(OpenAlarmsTest, ALostCollectorThatIsFollowedAfterARestartIsOver) {
  Pass(Lost("c:1"));
  EXPECT_TRUE(own_);
  Restart(alarms_.Open());
  // It is lost since the start of this process, too: that was reported.
  EXPECT_THAT(Pass(Lost("c:1", kStart + absl::Minutes(9))), IsEmpty());
  const auto ends = alarms_.Followed("c:1", kStart + absl::Minutes(20));
  ASSERT_THAT(ends, SizeIs(1));
  EXPECT_FALSE(ends[0].feed_connected().address_gone());
  EXPECT_EQ(FromProto(ends[0].feed_connected().start_time()), kStart);
  EXPECT_THAT(alarms_.Followed("c:1", kStart), IsEmpty());
  // Lost once more: another outage.
  EXPECT_THAT(Pass(Lost("c:1", kStart + absl::Minutes(30))), SizeIs(1));
}

TEST_F(OpenAlarmsTest, ACollectorThatIsFollowedBeforeItsAlarmIsRestoredIsOver) {
  alarms_.Followed("c:1", kStart);
  v1::NotifierState state;
  *state.add_open_alarms() = Lost("c:1");
  *state.add_open_alarms() = Lost("c:2");
  EXPECT_THAT(alarms_.Restore(state, kStart), SizeIs(1));
  EXPECT_THAT(alarms_.Open(), SizeIs(1));
}

TEST_F(OpenAlarmsTest, ALostCollectorThatIsFollowedNoLongerIsOver) {
  Restart({Lost("c:1"), Lost("c:2")});
  EXPECT_THAT(alarms_.SetFeeds({"c:1", "c:2", "c:3"}, kStart), IsEmpty());
  const auto ends = alarms_.SetFeeds({"c:1", "c:3"}, kStart);
  ASSERT_THAT(ends, SizeIs(1));
  EXPECT_EQ(ends[0].resource().name(), "c:2");
  EXPECT_TRUE(ends[0].feed_connected().address_gone());
}

TEST_F(OpenAlarmsTest, ACollectorThatWasRestartedRecoversOnlyFromAnOpenAlarm) {
  EXPECT_THAT(Pass(Restarted("n1")), IsEmpty());
  Restart({Stale("n1")});
  EXPECT_THAT(Pass(Restarted("n1")), SizeIs(1));
  EXPECT_THAT(Pass(Restarted("n1")), IsEmpty());
}

TEST_F(OpenAlarmsTest, AreBounded) {
  for (std::size_t i = 0; i < OpenAlarms::kMost + 10; ++i) Pass(DegradedService(std::to_string(i)));
  EXPECT_THAT(alarms_.Open(), SizeIs(OpenAlarms::kMost));
}

}  // namespace
}  // namespace swarmbell
