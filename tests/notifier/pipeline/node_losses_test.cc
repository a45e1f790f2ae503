#include "notifier/pipeline/node_losses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/notifier/pipeline/sample_events.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

v1::ChangeEvent Node(const std::string& id, v1::NodeState state) {
  v1::ChangeEvent event = SampleEvent(id, v1::RESOURCE_KIND_NODE, "w1");
  v1::NodeStateChanged& change = *event.mutable_node_state_changed();
  change.set_current_state(state);
  for (const char* service : {"api", "web"}) change.mutable_node()->add_services(service);
  return event;
}
v1::ChangeEvent Down(const std::string& id = "down") { return Node(id, v1::NODE_STATE_DOWN); }
v1::ChangeEvent Back(const std::string& id = "back") { return Node(id, v1::NODE_STATE_READY); }

v1::ChangeEvent Reachability(const std::string& id, v1::NodeReachability reachability) {
  v1::ChangeEvent event = SampleEvent(id, v1::RESOURCE_KIND_NODE, "w1");
  event.mutable_node_reachability_changed()->set_current_reachability(reachability);
  return event;
}

v1::ChangeEvent QuorumInDanger() {
  v1::ChangeEvent event = SampleEvent("in danger", v1::RESOURCE_KIND_SWARM, "swarm1");
  event.mutable_quorum_in_danger();
  return event;
}

v1::ChangeEvent QuorumSafe() {
  v1::ChangeEvent event = SampleEvent("safe", v1::RESOURCE_KIND_SWARM, "swarm1");
  event.mutable_quorum_safe();
  return event;
}

v1::ChangeEvent FindsNoNode(const std::string& service) {
  v1::ChangeEvent event = SampleEvent(service + " waits", v1::RESOURCE_KIND_TASK, service + ".1");
  v1::TaskSummary& task = *event.mutable_task_unschedulable()->mutable_task();
  task.set_service_id(service);
  task.set_service_name(service);
  return event;
}

v1::ChangeEvent Recovered(const std::string& service) {
  v1::ChangeEvent event = ServiceChange(service + " recovered", service);
  event.mutable_service_recovered();
  return event;
}

class NodeLossesTest : public testing::Test {
 protected:
  // The changes that the stage passes on, `id in STORY`.
  std::vector<std::string> Pass(const v1::ChangeEvent& event, absl::Duration after = absl::ZeroDuration()) {
    std::vector<std::string> passed;
    losses_.Pass({.event = &event}, {kStart + after, read_},
                 [&](const PassingChange& on) { return Note(on, passed); });
    return passed;
  }
  std::vector<std::string> Tick(absl::Duration after) {
    std::vector<std::string> passed;
    losses_.Tick({kStart + after}, [&](const PassingChange& on) { return Note(on, passed); });
    return passed;
  }
  static bool Note(const PassingChange& on, std::vector<std::string>& passed) {
    passed.push_back(
        absl::StrCat(on.event->event_id(), on.story.empty() ? "" : " in ", std::string(on.story)));
    return true;
  }

  NodeLosses losses_;
  std::uint64_t read_ = 1;
};

TEST_F(NodeLossesTest, WhatTheNodeTookAlongIsOfItsStory) {
  EXPECT_THAT(Pass(Down()), ElementsAre("down in swarm1/node/w1"));
  EXPECT_THAT(Pass(FindsNoNode("api")), ElementsAre("api waits in swarm1/node/w1"));
  EXPECT_THAT(Pass(FindsNoNode("other")), ElementsAre("other waits"));
}

TEST_F(NodeLossesTest, TheNodeIsBackOnceItsServicesAreWhole) {
  Pass(Down());
  Pass(FindsNoNode("api"));
  Pass(FindsNoNode("web"));
  EXPECT_THAT(Pass(Back()), IsEmpty());
  EXPECT_THAT(Pass(Recovered("web")), IsEmpty());
  EXPECT_THAT(Pass(Recovered("api")), ElementsAre("back in swarm1/node/w1", "web recovered in swarm1/node/w1",
                                                  "api recovered in swarm1/node/w1"));
  EXPECT_THAT(losses_.Open(), IsEmpty());
  EXPECT_EQ(losses_.NextDeadline(), std::nullopt);
}

TEST_F(NodeLossesTest, ItWaitsForThemForABoundedTime) {
  Pass(Down());
  Pass(FindsNoNode("api"));
  Pass(Back(), absl::Seconds(60));
  EXPECT_EQ(losses_.NextDeadline(), kStart + absl::Seconds(60) + NodeLosses::kWholeAgain);
  EXPECT_THAT(Tick(absl::Seconds(89)), IsEmpty());
  EXPECT_THAT(Tick(absl::Seconds(90)), ElementsAre("back in swarm1/node/w1"));
  EXPECT_THAT(Pass(Recovered("api")), ElementsAre("api recovered"));
}

TEST_F(NodeLossesTest, ANodeThatTookNothingAlongIsBackAtOnce) {
  Pass(Down());
  EXPECT_THAT(Pass(Back()), ElementsAre("back"));
}

TEST_F(NodeLossesTest, AServiceThatRecoversElsewhereIsToldAtOnce) {
  Pass(Down());
  Pass(FindsNoNode("api"));
  EXPECT_THAT(Pass(Recovered("api")), ElementsAre("api recovered"));
  EXPECT_THAT(Pass(Back()), ElementsAre("back"));
}

TEST_F(NodeLossesTest, NothingIsAwaitedOfARemovedService) {
  Pass(Down());
  Pass(FindsNoNode("api"));
  Pass(Back());
  EXPECT_THAT(Pass(Removed("gone", "api")), ElementsAre("back in swarm1/node/w1", "gone"));
}

TEST_F(NodeLossesTest, ANodeThatGoesDownAgainTellsItsReturnFirst) {
  Pass(Down());
  Pass(FindsNoNode("api"));
  Pass(Back());
  EXPECT_THAT(Pass(Down("again")), ElementsAre("back in swarm1/node/w1", "again in swarm1/node/w1"));
}

TEST_F(NodeLossesTest, TheLossOfAManagerIsOneStoryAndItsReturnAnother) {
  EXPECT_THAT(Pass(Reachability("missed", v1::NODE_REACHABILITY_UNREACHABLE)), IsEmpty());
  EXPECT_EQ(losses_.NextDeadline(), kStart + NodeLosses::kGoesDown);
  EXPECT_THAT(Pass(Down(), absl::Seconds(15)),
              ElementsAre("down in swarm1/node/w1", "missed in swarm1/node/w1"));
  EXPECT_THAT(Pass(FindsNoNode("api")), ElementsAre("api waits in swarm1/node/w1"));
  EXPECT_THAT(Pass(Reachability("reached", v1::NODE_REACHABILITY_REACHABLE)), IsEmpty());
  EXPECT_THAT(Pass(Back()), IsEmpty());
  EXPECT_THAT(Pass(Recovered("api")), ElementsAre("back in swarm1/node/w1", "reached in swarm1/node/w1",
                                                  "api recovered in swarm1/node/w1"));
  EXPECT_EQ(losses_.NextDeadline(), std::nullopt);
}

TEST_F(NodeLossesTest, AManagerIsBackOnceItIsReachable) {
  Pass(Reachability("missed", v1::NODE_REACHABILITY_UNREACHABLE));
  Pass(Down());
  const std::vector<v1::NodeLoss> open = losses_.Open();
  losses_ = NodeLosses();
  for (const v1::NodeLoss& loss : open) losses_.Restore(loss);
  EXPECT_THAT(Pass(Back()), IsEmpty());
  EXPECT_THAT(Pass(Reachability("reached", v1::NODE_REACHABILITY_REACHABLE)),
              ElementsAre("back in swarm1/node/w1", "reached in swarm1/node/w1"));
  EXPECT_THAT(losses_.Open(), IsEmpty());
}

TEST_F(NodeLossesTest, AManagerThatIsOnlyUnreachableIsReportedAfterABoundedTime) {
  Pass(Reachability("missed", v1::NODE_REACHABILITY_UNREACHABLE));
  EXPECT_THAT(Tick(NodeLosses::kGoesDown - absl::Seconds(1)), IsEmpty());
  EXPECT_THAT(Tick(NodeLosses::kGoesDown), ElementsAre("missed in swarm1/node/w1"));
  EXPECT_THAT(Pass(Reachability("reached", v1::NODE_REACHABILITY_REACHABLE)),
              ElementsAre("reached in swarm1/node/w1"));
}

TEST_F(NodeLossesTest, AManagerThatIsSoonReachableAgainTellsBoth) {
  Pass(Reachability("missed", v1::NODE_REACHABILITY_UNREACHABLE));
  EXPECT_THAT(Pass(Reachability("reached", v1::NODE_REACHABILITY_REACHABLE)),
              ElementsAre("missed in swarm1/node/w1", "reached in swarm1/node/w1"));
  EXPECT_EQ(losses_.NextDeadline(), std::nullopt);
}

TEST_F(NodeLossesTest, AManagerThatIsMissedTwiceIsToldTwice) {
  Pass(Reachability("missed", v1::NODE_REACHABILITY_UNREACHABLE));
  EXPECT_THAT(Pass(Reachability("missed again", v1::NODE_REACHABILITY_UNREACHABLE)),
              ElementsAre("missed in swarm1/node/w1"));
  EXPECT_THAT(Tick(NodeLosses::kGoesDown), ElementsAre("missed again in swarm1/node/w1"));
}

TEST_F(NodeLossesTest, AQuorumInDangerIsPartOfTheLossOfAManagerAndASafeOneOfItsReturn) {
  Pass(Reachability("missed", v1::NODE_REACHABILITY_UNREACHABLE));
  EXPECT_THAT(Pass(QuorumInDanger()), IsEmpty());
  EXPECT_THAT(Pass(Down()), ElementsAre("down in swarm1/node/w1", "missed in swarm1/node/w1",
                                        "in danger in swarm1/node/w1"));
  EXPECT_THAT(Pass(Reachability("reached", v1::NODE_REACHABILITY_REACHABLE)), IsEmpty());
  EXPECT_THAT(Pass(QuorumSafe()), IsEmpty());
  EXPECT_THAT(Pass(Back()),
              ElementsAre("back in swarm1/node/w1", "reached in swarm1/node/w1", "safe in swarm1/node/w1"));
}

TEST_F(NodeLossesTest, AQuorumThatIsSafeByTheLastStepOfAReturnJoinsIt) {
  Pass(Down());
  Pass(Reachability("missed", v1::NODE_REACHABILITY_UNREACHABLE));
  EXPECT_THAT(Pass(QuorumInDanger()), ElementsAre("in danger in swarm1/node/w1"));
  Pass(Back());
  EXPECT_THAT(Pass(Reachability("reached", v1::NODE_REACHABILITY_REACHABLE)),
              ElementsAre("back in swarm1/node/w1", "reached in swarm1/node/w1"));
  EXPECT_THAT(Pass(QuorumSafe()), ElementsAre("safe in swarm1/node/w1"));
}

TEST_F(NodeLossesTest, AQuorumThatAnotherReadingFindsIsAStoryOfItsOwn) {
  Pass(Reachability("missed", v1::NODE_REACHABILITY_UNREACHABLE));
  ++read_;
  EXPECT_THAT(Pass(QuorumInDanger()), ElementsAre("in danger"));
}

TEST_F(NodeLossesTest, IsRestoredAfterARestart) {
  Pass(Down());
  Pass(FindsNoNode("api"));
  const std::vector<v1::NodeLoss> open = losses_.Open();
  losses_ = NodeLosses();
  for (const v1::NodeLoss& loss : open) losses_.Restore(loss);
  EXPECT_THAT(Pass(Back()), IsEmpty());
  EXPECT_THAT(Pass(Recovered("api")),
              ElementsAre("back in swarm1/node/w1", "api recovered in swarm1/node/w1"));
}

TEST_F(NodeLossesTest, TheReceiptOfAReturnIsKeptAndLostAtATakeover) {
  Pass(Down());
  Pass(FindsNoNode("api"));
  bool settled = false;
  bool was_lost = false;
  auto hold = std::make_shared<Receipt>([&](bool lost) {
    settled = true;
    was_lost = lost;
  });
  const v1::ChangeEvent back = Back();
  losses_.Pass({.event = &back, .hold = std::move(hold)}, {kStart},
               [](const PassingChange&) { return true; });
  EXPECT_FALSE(settled);
  losses_.MarkLost();
  losses_ = NodeLosses();
  EXPECT_TRUE(settled);
  EXPECT_TRUE(was_lost);
}

}  // namespace
}  // namespace swarmbell
