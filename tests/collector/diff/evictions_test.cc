// Tasks that had to leave their node did not fail.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/collector/diff/swarm_fixture.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class EvictionsTest : public SwarmFixture {
 protected:
  EvictionsTest() {
    context_.degraded_after = absl::Hours(1);
    services_.push_back(ServiceJson("s1", "cache", 2));
    nodes_.push_back(NodeJson("n1", "east1"));
    nodes_.push_back(NodeJson("n2", "east2"));
    tasks_.push_back(TaskJson("t1", "s1", 1, "running"));
    tasks_.push_back(TaskJson("t2", "s1", 2, "running"));
    Read();
  }

  void End(int task, const std::string& state, const std::string& error, const std::string& message = "") {
    Json& ended = tasks_[static_cast<std::size_t>(task)];
    ended["DesiredState"] = "shutdown";
    ended["Version"]["Index"] = 50;
    ended["Status"]["State"] = state;
    ended["Status"]["Err"] = error;
    ended["Status"]["Message"] = message;
  }
};

TEST_F(EvictionsTest, AreToldOnceWhereANodeNoLongerMeetsTheConstraints) {
  End(0, "rejected", "assigned node no longer meets constraints", "task rejected by constraint enforcer");
  const Events events = Read();
  ASSERT_THAT(Names(events), ElementsAre("task_evicted"));
  EXPECT_EQ(events[0].resource().name(), "cache.1");
  EXPECT_EQ(events[0].task_evicted().reason(), v1::EVICTION_REASON_CONSTRAINTS);
  EXPECT_EQ(events[0].task_evicted().task().node_hostname(), "east1");
  EXPECT_THAT(Read(), IsEmpty());
}

TEST_F(EvictionsTest, AreToldInTheWordsOfOlderEnginesToo) {
  Spec()["Mode"] = {{"Global", Json::object()}};
  Read();
  End(1, "rejected", "", "assigned node no longer meets constraints");
  EXPECT_THAT(Names(Read()), ElementsAre("task_evicted"));
}

TEST_F(EvictionsTest, HaveOneIdentifierOnEveryCollector) {
  Known other = known_;
  End(0, "rejected", "assigned node no longer meets constraints");
  EXPECT_EQ(Read()[0].event_id(), ReadBy(other)[0].event_id());
}

TEST_F(EvictionsTest, AreNotWhatOtherNodesRefuse) {
  End(0, "rejected", "No such image: cache:9");
  End(1, "failed", "assigned node no longer meets constraints");  // the words of some program
  EXPECT_THAT(Names(Read()), ElementsAre("task_failed", "task_failed"));
}

TEST_F(EvictionsTest, OfADrainedNodeAreNoFailures) {
  nodes_[0]["Spec"]["Availability"] = "drain";
  End(0, "failed", "task: non-zero exit (137)");
  EXPECT_THAT(Names(Read()), ElementsAre("node_availability_changed"));
  nodes_[0]["Spec"]["Availability"] = "active";
  EXPECT_THAT(Names(Read()), ElementsAre("node_availability_changed"));
}

TEST_F(EvictionsTest, OfANodeThatWasAwayAreNoFailures) {
  nodes_[0]["Status"]["State"] = "down";
  tasks_[0]["DesiredState"] = "shutdown";
  EXPECT_THAT(Names(Read()), ElementsAre("node_state_changed"));
  nodes_[0]["Status"]["State"] = "ready";
  End(0, "failed", "task: non-zero exit (255)");
  EXPECT_THAT(Names(Read()), ElementsAre("node_state_changed"));
}

TEST_F(EvictionsTest, OfANodeThatIsBackAreNotTheTasksThatItIsGivenNow) {
  nodes_[0]["Status"]["State"] = "down";
  Read();
  nodes_[0]["Status"]["State"] = "ready";
  tasks_.push_back(TaskJson("t3", "s1", 1, "running"));
  End(2, "failed", "task: non-zero exit (1)");
  EXPECT_THAT(Names(Read()), ElementsAre("node_state_changed", "task_failed"));
}

TEST_F(EvictionsTest, AreNotTheTasksThatFailBeforeTheirNodeDoes) {
  nodes_[0]["Status"]["State"] = "down";
  End(0, "failed", "task: non-zero exit (137)");
  EXPECT_THAT(Names(Read()), ElementsAre("node_state_changed", "task_failed"));
}

TEST_F(EvictionsTest, OfANodeThatIsGoneForLongAreNoFailures) {
  End(0, "orphaned", "");
  EXPECT_THAT(Read(), IsEmpty());
}

// After the restart of an engine, its containers are gone: each of its slots has failed once.
TEST_F(EvictionsTest, AreNotWhatAnEngineLosesWhenItIsRestarted) {
  End(0, "failed", "No such container: cache.1.t1");
  End(1, "failed", "task: non-zero exit (137)");
  EXPECT_THAT(Names(Read()), ElementsAre("task_failed", "task_failed"));
}

TEST_F(EvictionsTest, AreNoTroubleOfAServiceThatLacksTasks) {
  context_.degraded_after = absl::Seconds(60);
  End(1, "failed", "task: non-zero exit (3)");
  tasks_[1]["Version"]["Index"] = 40;
  End(0, "rejected", "assigned node no longer meets constraints");
  Read();
  const Events events = Read(absl::Seconds(60));
  ASSERT_THAT(Names(events), ElementsAre("service_degraded"));
  EXPECT_EQ(events[0].service_degraded().failed_task().id(), "t2");
}

}  // namespace
}  // namespace swarmbell
