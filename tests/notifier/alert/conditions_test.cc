#include "notifier/alert/conditions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace swarmbell {
namespace {

v1::ChangeEvent Event(v1::ResourceKind kind = v1::RESOURCE_KIND_SERVICE, const std::string& id = "id1") {
  v1::ChangeEvent event;
  event.mutable_cluster()->set_id("c");
  event.mutable_resource()->set_kind(kind);
  event.mutable_resource()->set_id(id);
  return event;
}

template <typename Set>
v1::ChangeEvent With(Set set, v1::ResourceKind kind = v1::RESOURCE_KIND_SERVICE) {
  v1::ChangeEvent event = Event(kind);
  set(event);
  return event;
}

v1::ChangeEvent Step(v1::UpdateState state) {
  return With([&](auto& event) { event.mutable_service_update_state_changed()->set_current_state(state); });
}

v1::ChangeEvent Node(v1::NodeState state) {
  return With([&](auto& event) { event.mutable_node_state_changed()->set_current_state(state); },
              v1::RESOURCE_KIND_NODE);
}

v1::ChangeEvent Node(v1::NodeAvailability availability) {
  const auto set = [&](auto& event) {
    event.mutable_node_availability_changed()->set_current_availability(availability);
  };
  return With(set, v1::RESOURCE_KIND_NODE);
}

v1::ChangeEvent Node(v1::NodeReachability reachability) {
  const auto set = [&](auto& event) {
    event.mutable_node_reachability_changed()->set_current_reachability(reachability);
  };
  return With(set, v1::RESOURCE_KIND_NODE);
}

v1::ChangeEvent Demoted() {
  const auto set = [](auto& event) {
    event.mutable_node_role_changed()->set_current_role(v1::NODE_ROLE_WORKER);
  };
  return With(set, v1::RESOURCE_KIND_NODE);
}

v1::ChangeEvent Unschedulable() {
  return With([](auto& event) {
    event.mutable_task_unschedulable()->mutable_task()->set_service_id(event.resource().id());
  });
}

// An event whose details are an empty message.
#define SWARMBELL_EMPTY(details) With([](auto& event) { event.mutable_##details(); })
#define SWARMBELL_EMPTY_OF(kind, details) \
  With([](auto& event) { event.mutable_##details(); }, v1::RESOURCE_KIND_##kind)

// How a later change stands to the condition that an earlier one begins.
enum class Then {
  kOver,      // it ends it
  kReplaced,  // it takes its place: of the same topic
  kLasts,
};

bool Contains(const std::vector<std::string>& keys, const std::string& key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

Then After(const v1::ChangeEvent& earlier, const v1::ChangeEvent& later) {
  const std::vector<std::string> begun = ConditionsBegunBy(earlier);
  EXPECT_FALSE(begun.empty());
  const std::vector<std::string> ended = ConditionsEndedBy(later);
  const bool over = std::all_of(begun.begin(), begun.end(),
                                [&ended](const std::string& key) { return Contains(ended, key); });
  EXPECT_TRUE(Ends(later, earlier) || !over);
  if (over) return Then::kOver;
  return Ends(later, earlier) ? Then::kReplaced : Then::kLasts;
}

TEST(ConditionsTest, ANodeIsBack) {
  EXPECT_EQ(After(Node(v1::NODE_STATE_DOWN), Node(v1::NODE_STATE_READY)), Then::kOver);
  EXPECT_EQ(After(Node(v1::NODE_STATE_DOWN), Node(v1::NODE_STATE_UNKNOWN)), Then::kLasts);
  EXPECT_EQ(After(Node(v1::NODE_STATE_DOWN), SWARMBELL_EMPTY_OF(NODE, node_disappeared)), Then::kOver);
  EXPECT_EQ(After(Node(v1::NODE_STATE_DISCONNECTED), Node(v1::NODE_STATE_READY)), Then::kOver);
}

TEST(ConditionsTest, ANodeTakesTasksAgain) {
  EXPECT_EQ(After(Node(v1::NODE_AVAILABILITY_PAUSE), Node(v1::NODE_AVAILABILITY_ACTIVE)), Then::kOver);
  EXPECT_EQ(After(Node(v1::NODE_AVAILABILITY_PAUSE), Node(v1::NODE_AVAILABILITY_DRAIN)), Then::kReplaced);
  EXPECT_EQ(After(Node(v1::NODE_AVAILABILITY_DRAIN), Node(v1::NODE_AVAILABILITY_ACTIVE)), Then::kOver);
  EXPECT_FALSE(IsAlarm(Node(v1::NODE_AVAILABILITY_DRAIN)));
}

TEST(ConditionsTest, AManagerIsReachedOrIsNoManagerAnyLonger) {
  EXPECT_EQ(After(Node(v1::NODE_REACHABILITY_UNREACHABLE), Node(v1::NODE_REACHABILITY_REACHABLE)),
            Then::kOver);
  EXPECT_EQ(After(Node(v1::NODE_REACHABILITY_UNREACHABLE), Demoted()), Then::kOver);
  EXPECT_EQ(After(Node(v1::NODE_STATE_DOWN), Demoted()), Then::kLasts);
}

TEST(ConditionsTest, AServiceHasItsTasksAgain) {
  const v1::ChangeEvent recovered = SWARMBELL_EMPTY(service_recovered);
  EXPECT_EQ(After(SWARMBELL_EMPTY(service_degraded), recovered), Then::kOver);
  EXPECT_EQ(After(Unschedulable(), recovered), Then::kOver);
  EXPECT_EQ(After(SWARMBELL_EMPTY(service_degraded), SWARMBELL_EMPTY(service_disappeared)), Then::kOver);
  EXPECT_EQ(After(SWARMBELL_EMPTY(service_job_failed), SWARMBELL_EMPTY(service_job_succeeded)), Then::kOver);
}

TEST(ConditionsTest, ACrashLoopIsOver) {
  const v1::ChangeEvent loop = SWARMBELL_EMPTY(service_crash_loop);
  EXPECT_EQ(After(loop, SWARMBELL_EMPTY(service_crash_loop_over)), Then::kOver);
  EXPECT_EQ(After(loop, SWARMBELL_EMPTY(service_job_failed)), Then::kOver);
  EXPECT_EQ(After(loop, SWARMBELL_EMPTY(service_recovered)), Then::kOver);
  EXPECT_EQ(After(loop, SWARMBELL_EMPTY(service_degraded)), Then::kOver);
}

TEST(ConditionsTest, AnUpdateThatStoppedEndsWithACompletedRun) {
  for (const v1::UpdateState state : {v1::UPDATE_STATE_PAUSED, v1::UPDATE_STATE_ROLLBACK_PAUSED}) {
    EXPECT_EQ(After(Step(state), Step(v1::UPDATE_STATE_COMPLETED)), Then::kOver);
    EXPECT_EQ(After(Step(state), Step(v1::UPDATE_STATE_ROLLBACK_COMPLETED)), Then::kOver);
    EXPECT_EQ(After(Step(state), Step(v1::UPDATE_STATE_UPDATING)), Then::kLasts);
  }
  EXPECT_EQ(After(Step(v1::UPDATE_STATE_UPDATING), Step(v1::UPDATE_STATE_COMPLETED)), Then::kOver);
  EXPECT_FALSE(IsAlarm(Step(v1::UPDATE_STATE_UPDATING)));
  EXPECT_FALSE(IsAlarm(Step(v1::UPDATE_STATE_ROLLBACK_STARTED)));
}

TEST(ConditionsTest, AStalledUpdateGoesOn) {
  const v1::ChangeEvent stalled = SWARMBELL_EMPTY(service_update_stalled);
  EXPECT_EQ(After(stalled, SWARMBELL_EMPTY(service_update_resumed)), Then::kOver);
  EXPECT_EQ(After(stalled, Step(v1::UPDATE_STATE_COMPLETED)), Then::kOver);
  EXPECT_EQ(After(stalled, Step(v1::UPDATE_STATE_PAUSED)), Then::kOver);
}

TEST(ConditionsTest, AContainerRunsAgain) {
  const v1::ChangeEvent restarting = SWARMBELL_EMPTY_OF(CONTAINER, container_restarting);
  const v1::ChangeEvent dead = SWARMBELL_EMPTY_OF(CONTAINER, container_dead);
  const v1::ChangeEvent recovered = SWARMBELL_EMPTY_OF(CONTAINER, container_recovered);
  EXPECT_EQ(After(restarting, recovered), Then::kOver);
  EXPECT_EQ(After(dead, recovered), Then::kOver);
  EXPECT_EQ(After(restarting, dead), Then::kReplaced);
  EXPECT_EQ(After(dead, restarting), Then::kReplaced);
  EXPECT_EQ(After(dead, dead), Then::kLasts);
}

TEST(ConditionsTest, SwarmbellItselfWorksAgain) {
  EXPECT_EQ(After(SWARMBELL_EMPTY(collector_stale), SWARMBELL_EMPTY(collector_recovered)), Then::kOver);
  EXPECT_EQ(After(SWARMBELL_EMPTY(feed_disconnected), SWARMBELL_EMPTY(feed_connected)), Then::kOver);
  EXPECT_EQ(After(SWARMBELL_EMPTY(receiver_failing), SWARMBELL_EMPTY(receiver_recovered)), Then::kOver);
}

TEST(ConditionsTest, AFailureOfSeveralIsOverWhenEachOfThemIs) {
  const auto name = [](auto& services, const char* id) { services.Add()->set_service_id(id); };
  v1::ChangeEvent failing = Event(), over = Event();
  name(*failing.mutable_services_failing()->mutable_services(), "id1");
  name(*failing.mutable_services_failing()->mutable_services(), "id2");
  EXPECT_THAT(ConditionsBegunBy(failing), testing::ElementsAre("c/id1/loop", "c/id2/loop"));
  name(*over.mutable_services_failing_over()->mutable_services(), "id1");
  EXPECT_EQ(After(failing, over), Then::kLasts);
  name(*over.mutable_services_failing_over()->mutable_services(), "id2");
  EXPECT_EQ(After(failing, over), Then::kOver);
}

TEST(ConditionsTest, OneObjectEndsNothingOfAnother) {
  v1::ChangeEvent other = SWARMBELL_EMPTY(service_recovered);
  other.mutable_resource()->set_id("id2");
  EXPECT_EQ(After(SWARMBELL_EMPTY(service_degraded), other), Then::kLasts);
}

}  // namespace
}  // namespace swarmbell
