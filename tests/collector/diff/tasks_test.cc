// Changes of tasks, and of services that lack some.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/collector/diff/swarm_fixture.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class TasksTest : public SwarmFixture {
 protected:
  TasksTest() {
    services_.push_back(ServiceJson("s1", "web", 2));
    nodes_.push_back(NodeJson("n1", "host1"));
    tasks_.push_back(TaskJson("t1", "s1", 1, "running"));
    tasks_.push_back(TaskJson("t2", "s1", 2, "running"));
  }
  void SetState(int task, const std::string& state, const std::string& desired = "running") {
    tasks_[static_cast<std::size_t>(task)]["Status"]["State"] = state;
    tasks_[static_cast<std::size_t>(task)]["DesiredState"] = desired;
  }
};

TEST_F(TasksTest, TellAFailureOnce) {
  EXPECT_THAT(Read(), IsEmpty());
  SetState(0, "failed", "shutdown");
  const Events events = Read();
  ASSERT_THAT(Names(events), ElementsAre("task_failed"));
  EXPECT_EQ(events[0].resource().kind(), v1::RESOURCE_KIND_TASK);
  EXPECT_EQ(events[0].resource().name(), "web.1");
  EXPECT_EQ(events[0].resource().stack(), "shop");
  EXPECT_EQ(events[0].task_failed().previous_state(), v1::TASK_STATE_RUNNING);
  EXPECT_EQ(events[0].task_failed().task().node_hostname(), "host1");
  EXPECT_FALSE(events[0].task_failed().stopping());
  EXPECT_THAT(Read(), IsEmpty());
}

// A reading without tasks comes between the two that together show what is to be told.
TEST_F(TasksTest, TellAFailureWhoseServiceCameInAReadingWithoutTasks) {
  const Json web = services_;
  services_ = Json::array();
  SetState(0, "running");
  Read();
  SetState(0, "failed", "shutdown");
  EXPECT_THAT(Read(), IsEmpty());  // of a service that is not known yet
  services_ = web;
  const auto listed = reader_.ReadServices(services_.dump());
  Snapshot without_tasks;
  without_tasks.read_time = now_ += absl::Seconds(10);
  without_tasks.services = *listed;
  EXPECT_THAT(Names(Diff(known_, without_tasks, context_)), ElementsAre("service_appeared"));
  EXPECT_THAT(Names(Read()), ElementsAre("task_failed"));
}

TEST_F(TasksTest, TellNothingOfPlannedStops) {
  Read();
  SetState(0, "running", "shutdown");
  EXPECT_THAT(Read(), IsEmpty());
  SetState(0, "shutdown", "shutdown");
  tasks_[0]["Status"]["ContainerStatus"] = {{"ContainerID", "c"}, {"ExitCode", 137}};
  EXPECT_THAT(Read(), IsEmpty());
}

TEST_F(TasksTest, TellWhenAFailedTaskHadBeenToldToStop) {
  Read();
  SetState(0, "running", "shutdown");
  Read();
  SetState(0, "failed", "shutdown");
  const Events events = Read();
  ASSERT_THAT(Names(events), ElementsAre("task_failed"));
  EXPECT_TRUE(events[0].task_failed().stopping());
}

TEST_F(TasksTest, TellNothingOfTheBaselineAndOfServicesThatAreGone) {
  tasks_.push_back(TaskJson("old", "s1", 1, "failed"));
  EXPECT_THAT(Read(), IsEmpty());
  tasks_.push_back(TaskJson("t9", "gone", 1, "failed"));
  EXPECT_THAT(Read(), IsEmpty());
}

TEST_F(TasksTest, TellAFailureThatIsListedBeforeItsService) {
  Read();
  tasks_.push_back(TaskJson("t9", "s2", 1, "rejected"));
  EXPECT_THAT(Read(), IsEmpty());
  services_.push_back(ServiceJson("s2", "new", 0));
  EXPECT_THAT(Names(Read()), ElementsAre("service_appeared", "task_failed"));
}

TEST_F(TasksTest, NameTasksOfGlobalServicesByTheService) {
  Spec()["Mode"] = {{"Global", Json::object()}};
  Read();
  tasks_.push_back(TaskJson("t9", "s1", 0, "rejected"));
  const Events events = Read();
  ASSERT_THAT(Names(events), ElementsAre("task_failed"));
  EXPECT_EQ(events[0].resource().name(), "web");
}

TEST_F(TasksTest, TellOncePerServiceAndWordsThatNoNodeFits) {
  Read();
  tasks_.push_back(TaskJson("t3", "s1", 3, "pending"));
  tasks_[2]["Status"]["Err"] = "no suitable node (insufficient resources on 3 nodes)";
  tasks_.push_back(tasks_[2]);
  tasks_[3]["ID"] = "t4";
  const Events events = Read();
  ASSERT_THAT(Names(events), ElementsAre("task_unschedulable"));
  EXPECT_EQ(events[0].task_unschedulable().tasks(), 2u);
  EXPECT_EQ(events[0].task_unschedulable().task().id(), "t3");
  tasks_[2]["Status"]["Err"] = tasks_[3]["Status"]["Err"] =
      "no suitable node (insufficient resources on 2 nodes)";
  EXPECT_THAT(Read(), IsEmpty());
  SetState(2, "running");
  SetState(3, "running");
  EXPECT_THAT(Names(Read()), ElementsAre("service_recovered"));
  SetState(2, "pending");
  EXPECT_THAT(Names(Read()), ElementsAre("task_unschedulable"));
}

TEST_F(TasksTest, TellAgainThatNoNodeFitsOnlyForAnotherReason) {
  Read();
  tasks_.push_back(TaskJson("t3", "s1", 3, "pending"));
  const auto says = [&](const std::string& reasons) {
    tasks_[2]["Status"]["Err"] = "no suitable node (" + reasons + ")";
    return Names(Read());
  };
  EXPECT_THAT(says("insufficient resources on 2 nodes"), ElementsAre("task_unschedulable"));
  EXPECT_THAT(says("insufficient resources on 1 node"), IsEmpty());
  EXPECT_THAT(says("insufficient resources on 12 nodes; 1 node not available for new tasks"),
              ElementsAre("task_unschedulable"));
  EXPECT_THAT(says("13 nodes not available for new tasks; insufficient resources on 1 node"), IsEmpty());
  EXPECT_THAT(says("14 nodes not available for new tasks"), IsEmpty());
  EXPECT_THAT(says("host-mode port already in use on 14 nodes"), ElementsAre("task_unschedulable"));
}

TEST_F(TasksTest, TellAShortageAfterAWhileAndItsEnd) {
  Read();
  SetState(0, "preparing");
  EXPECT_THAT(Read(), IsEmpty());
  EXPECT_THAT(Read(absl::Seconds(59)), IsEmpty());
  const Events degraded = Read(absl::Seconds(1));
  ASSERT_THAT(Names(degraded), ElementsAre("service_degraded"));
  EXPECT_EQ(degraded[0].service_degraded().wanted_tasks(), 2u);
  EXPECT_EQ(degraded[0].service_degraded().running_tasks(), 1u);
  EXPECT_EQ(degraded[0].service_degraded().start_time().seconds(), absl::ToUnixSeconds(now_) - 60);
  EXPECT_THAT(Read(absl::Seconds(100)), IsEmpty());
  SetState(0, "running");
  EXPECT_THAT(Names(Read()), ElementsAre("service_recovered"));
  EXPECT_THAT(Read(), IsEmpty());
}

TEST_F(TasksTest, CountNoTaskOfANodeThatIsDown) {
  Read();
  nodes_[0]["Status"]["State"] = "down";
  Read();
  EXPECT_THAT(Names(Read(absl::Seconds(60))), ElementsAre("service_degraded"));
}

TEST_F(TasksTest, TellNoShortageWhileAnUpdateRuns) {
  Read();
  SetState(0, "preparing");
  services_[0]["UpdateStatus"] = Status("updating", 10);
  Read();
  EXPECT_THAT(Read(absl::Seconds(304)), IsEmpty());
  EXPECT_THAT(Names(Read(absl::Seconds(1))), ElementsAre("service_update_stalled"));
  EXPECT_THAT(Read(absl::Seconds(300)), IsEmpty());
  services_[0]["UpdateStatus"] = Status("paused", 10);
  EXPECT_THAT(Names(Read()), ElementsAre("service_update_state_changed"));
  EXPECT_THAT(Names(Read(absl::Seconds(60))), ElementsAre("service_degraded"));
}

TEST_F(TasksTest, TellNoShortageOfTheBaselineUnlessItGetsWorse) {
  SetState(0, "preparing");
  Read();
  EXPECT_THAT(Read(absl::Seconds(300)), IsEmpty());
  SetState(1, "preparing");
  EXPECT_THAT(Read(), IsEmpty());
  EXPECT_THAT(Names(Read(absl::Seconds(60))), ElementsAre("service_degraded"));
}

TEST_F(TasksTest, TellNoShortageOfJobs) {
  Spec()["Mode"] = {{"ReplicatedJob", {{"TotalCompletions", 5}}}};
  Read();
  tasks_ = Json::array();
  Read();
  EXPECT_THAT(Read(absl::Seconds(300)), IsEmpty());
}

TEST_F(TasksTest, WantOneTaskOfAGlobalServiceOnEachNodeThatHasOne) {
  Spec()["Mode"] = {{"Global", Json::object()}};
  tasks_.erase(1);
  Read();
  tasks_.push_back(TaskJson("t3", "s1", 0, "preparing"));
  tasks_[1]["NodeID"] = "n2";
  Read();
  const Events events = Read(absl::Seconds(60));
  ASSERT_THAT(Names(events), ElementsAre("service_degraded"));
  EXPECT_EQ(events[0].service_degraded().wanted_tasks(), 2u);
}

}  // namespace
}  // namespace swarmbell
