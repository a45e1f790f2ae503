#include "notifier/alert/signals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/notifier/pipeline/sample_events.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Status = Signal::Status;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

v1::ChangeEvent At(v1::ChangeEvent event, absl::Time time) {
  *event.mutable_observe_time() = ToProto(time);
  return event;
}

v1::ChangeEvent Node(v1::NodeState state, absl::Time time = kNow) {
  v1::ChangeEvent event = At(SampleEvent("node", v1::RESOURCE_KIND_NODE, "worker-1"), time);
  event.mutable_node_state_changed()->set_current_state(state);
  return event;
}

v1::ChangeEvent Step(v1::UpdateState state, absl::Time time = kNow) {
  return At(UpdateState("step", "web", state), time);
}

std::vector<SignalAlerts> Of(const std::vector<v1::ChangeEvent>& events) {
  std::vector<Alert> alerts;
  for (const v1::ChangeEvent& event : events) alerts.push_back(AlertOf(event));
  return SignalsOf(alerts);
}

std::vector<std::string> Words(const std::vector<SignalAlerts>& signals) {
  std::vector<std::string> words;
  for (const SignalAlerts& one : signals) {
    words.push_back(std::string(StatusName(one.signal.status)) + " " + one.signal.key);
  }
  return words;
}

TEST(SignalsTest, AnAlarmHasOneKeyWhenItOpensAndWhenItEnds) {
  const auto down = Of({Node(v1::NODE_STATE_DOWN)});
  const auto ready = Of({Node(v1::NODE_STATE_READY, kNow + absl::Minutes(5))});
  EXPECT_THAT(Words(down), ElementsAre("open swarm1/worker-1/state"));
  EXPECT_THAT(Words(ready), ElementsAre("resolved swarm1/worker-1/state"));
  EXPECT_EQ(down[0].signal.since, kNow);
  EXPECT_EQ(ready[0].signal.ended, kNow + absl::Minutes(5));
  EXPECT_EQ(ready[0].signal.topic, "state");
  EXPECT_EQ(ready[0].signal.kind, "node");
  EXPECT_EQ(ready[0].signal.object, "worker-1");
}

TEST(SignalsTest, ACompletedUpdateIsNewsUnlessItEndsAnAlarm) {
  EXPECT_THAT(Words(Of({Step(v1::UPDATE_STATE_PAUSED)})), ElementsAre("open swarm1/web/run"));
  v1::ChangeEvent completed = Step(v1::UPDATE_STATE_COMPLETED);
  EXPECT_THAT(Words(Of({completed})), ElementsAre("info swarm1/2/web"));
  completed.add_ended_alarm_keys("swarm1/web/run");
  EXPECT_THAT(Words(Of({completed})), ElementsAre("resolved swarm1/web/run"));
}

TEST(SignalsTest, ARemovalEndsEachOfItsAlarms) {
  v1::ChangeEvent removed = Removed("gone", "web");
  EXPECT_THAT(Words(Of({removed})), ElementsAre("info swarm1/2/web"));
  removed.add_ended_alarm_keys("swarm1/web/run");
  removed.add_ended_alarm_keys("swarm1/web/tasks");
  EXPECT_THAT(Words(Of({removed})), ElementsAre("resolved swarm1/web/run", "resolved swarm1/web/tasks"));
}

TEST(SignalsTest, AJobThatFailedEndsItsLoopAndOpensAnAlarm) {
  v1::ChangeEvent failed = JobFailed("failed", "web");
  failed.add_ended_alarm_keys("swarm1/web/loop");
  EXPECT_THAT(Words(Of({failed})), ElementsAre("resolved swarm1/web/loop", "open swarm1/web/job"));
}

TEST(SignalsTest, NewsOfOneSubjectAreOneSignalAndAlarmsStandApart) {
  const auto signals =
      Of({Step(v1::UPDATE_STATE_UPDATING), Step(v1::UPDATE_STATE_PAUSED), Step(v1::UPDATE_STATE_COMPLETED)});
  EXPECT_THAT(Words(signals), ElementsAre("info swarm1/2/web", "open swarm1/web/run"));
  EXPECT_EQ(signals[0].alerts.size(), 2U);
}

TEST(SignalsTest, AnAlarmThatEndsInTheSameMessageIsResolved) {
  const auto signals = Of({Node(v1::NODE_STATE_DOWN), Node(v1::NODE_STATE_READY, kNow + absl::Seconds(3))});
  ASSERT_THAT(Words(signals), ElementsAre("resolved swarm1/worker-1/state"));
  EXPECT_EQ(signals[0].signal.since, kNow);
}

TEST(SignalsTest, AnErrorThatServicesShareIsAnAlarmOfEach) {
  v1::ChangeEvent failing = At(ServiceChange("failing", "a"), kNow);
  for (const char* id : {"a", "b"}) {
    v1::FailingService& service = *failing.mutable_services_failing()->add_services();
    service.set_service_id(id);
    service.set_service_name(std::string("shop_") + id);
  }
  const auto signals = Of({failing});
  EXPECT_THAT(Words(signals), ElementsAre("open swarm1/a/loop", "open swarm1/b/loop"));
  EXPECT_EQ(signals[1].signal.object, "shop_b");
}

TEST(SignalsTest, EachServiceThatSharesAnErrorHasItsOwnStack) {
  v1::ChangeEvent failing = At(ServiceChange("failing", "a"), kNow);
  failing.mutable_resource()->set_stack("shop");
  v1::ChangeEvent over = failing;
  for (const auto& [id, stack] : {std::pair("a", "shop"), std::pair("b", "bank"), std::pair("c", "")}) {
    v1::FailingService service;
    service.set_service_id(id);
    service.set_service_name(id);
    service.set_stack(stack);
    *failing.mutable_services_failing()->add_services() = service;
    *over.mutable_services_failing_over()->add_services() = service;
  }
  for (const v1::ChangeEvent& event : {failing, over}) {
    const auto signals = Of({event});
    ASSERT_EQ(signals.size(), 3U);
    EXPECT_EQ(signals[0].signal.stack, "shop");
    EXPECT_EQ(signals[1].signal.stack, "bank");
    EXPECT_EQ(signals[2].signal.stack, "");
  }
}

TEST(SignalsTest, AReceiverThatFailsIsAnAlarm) {
  v1::ChangeEvent failing = SampleEvent("r", v1::RESOURCE_KIND_RECEIVER, "slack");
  v1::ChangeEvent over = failing;
  failing.mutable_receiver_failing();
  over.mutable_receiver_recovered();
  EXPECT_THAT(Words(Of({failing})), ElementsAre("open /slack/receiver"));
  EXPECT_THAT(Words(Of({over})), ElementsAre("resolved /slack/receiver"));
}

TEST(SignalsTest, NoAlertsAreNoSignal) { EXPECT_THAT(SignalsOf({}), IsEmpty()); }

}  // namespace
}  // namespace swarmbell
