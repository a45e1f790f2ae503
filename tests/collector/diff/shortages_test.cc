// Services that lack tasks, and tasks that find no node.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "collector/diff/diff.h"
#include "common/time/proto_time.h"
#include "tests/collector/diff/swarm_fixture.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string At(absl::Time time) { return absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone()); }

class ShortagesTest : public SwarmFixture {
 protected:
  ShortagesTest() { nodes_.push_back(NodeJson("n1", "host1")); }

  void AddService(int replicas) { services_.push_back(ServiceJson("s1", "shop_api", replicas)); }
  void MakeGlobal() { Spec()["Mode"] = {{"Global", Json::object()}}; }
  Json& Add(const std::string& id, int slot, const std::string& state) {
    Json task = TaskJson(id, "s1", slot, state);
    task["CreatedAt"] = task["Status"]["Timestamp"] = At(now_);
    return tasks_.insert(tasks_.end(), task).value();
  }
  Json& Task(std::size_t index) { return tasks_[index]; }
  void SetState(std::size_t task, const std::string& state, const std::string& desired = "running") {
    Task(task)["Status"]["State"] = state;
    Task(task)["Status"]["Timestamp"] = At(now_);
    Task(task)["DesiredState"] = desired;
    Task(task)["Status"].erase("Err");
    if (state == "failed" || state == "complete" || state == "shutdown") {
      Task(task)["Status"]["ContainerStatus"] = {{"ContainerID", "c"},
                                                 {"ExitCode", state == "failed" ? 1 : 0}};
    }
  }
  void FindNoNode(std::size_t task) {
    SetState(task, "pending");
    Task(task)["Status"]["Err"] = "no suitable node (scheduling constraints not satisfied on 3 nodes)";
  }
  static std::vector<std::string> Waiting(const v1::ServiceDegraded& degraded) {
    std::vector<std::string> texts;
    for (const v1::TaskStateCount& count : degraded.waiting()) {
      texts.push_back(absl::StrCat(count.tasks(), " ", v1::TaskState_Name(count.state())));
    }
    return texts;
  }
  Events Recollected() {
    Snapshot first;
    first.read_time = now_;
    first.services = *reader_.ReadServices(services_.dump());
    first.nodes = *reader_.ReadNodes(nodes_.dump());
    first.tasks = *reader_.ReadTasks(tasks_.dump());
    return Recollect(first, context_);
  }
};

TEST_F(ShortagesTest, ASecondTaskInOneSlotDoesNotMakeUpForNoneInAnother) {
  AddService(2);
  Add("t1", 1, "running");
  Add("t2", 2, "running");
  Read();
  SetState(1, "failed", "shutdown");
  Add("t3", 2, "preparing");
  Add("t4", 1, "running");
  Read();
  const Events events = Read(absl::Seconds(60));
  ASSERT_THAT(Names(events), ElementsAre("service_degraded"));
  EXPECT_EQ(events[0].service_degraded().running_tasks(), 1u);
  EXPECT_EQ(events[0].service_degraded().wanted_tasks(), 2u);
  EXPECT_THAT(Waiting(events[0].service_degraded()), ElementsAre("1 TASK_STATE_PREPARING"));
}

TEST_F(ShortagesTest, ASecondTaskOnOneNodeDoesNotMakeUpForNoneOnAnother) {
  nodes_.push_back(NodeJson("n2", "host2"));
  AddService(0);
  MakeGlobal();
  Add("t1", 0, "running");
  Add("t2", 0, "running")["NodeID"] = "n2";
  Read();
  SetState(1, "preparing");
  Add("t3", 0, "running");
  Read();
  const Events events = Read(absl::Seconds(60));
  ASSERT_THAT(Names(events), ElementsAre("service_degraded"));
  EXPECT_EQ(events[0].service_degraded().running_tasks(), 1u);
}

// Its first image takes minutes to pull.
TEST_F(ShortagesTest, ANewServiceHasLongerForItsFirstTasks) {
  Read();
  AddService(2);
  Add("t1", 1, "preparing");
  Add("t2", 2, "assigned");
  EXPECT_THAT(Names(Read()), ElementsAre("service_appeared"));
  EXPECT_THAT(Read(absl::Minutes(5) - absl::Seconds(1)), IsEmpty());
  const Events events = Read(absl::Seconds(1));
  ASSERT_THAT(Names(events), ElementsAre("service_degraded"));
  EXPECT_TRUE(events[0].service_degraded().first_start());
  EXPECT_THAT(Waiting(events[0].service_degraded()),
              ElementsAre("1 TASK_STATE_ASSIGNED", "1 TASK_STATE_PREPARING"));
}

TEST_F(ShortagesTest, ANewServiceThatStartsInTimeWasNeverDegraded) {
  context_.first_start_after = absl::Minutes(3);
  Read();
  AddService(1);
  Add("t1", 1, "preparing");
  Read();
  EXPECT_THAT(Read(absl::Seconds(170)), IsEmpty());
  SetState(0, "running");
  EXPECT_THAT(Read(), IsEmpty());
  SetState(0, "shutdown", "shutdown");
  Add("t2", 1, "preparing");
  Read();
  const Events events = Read(absl::Seconds(60));
  ASSERT_THAT(Names(events), ElementsAre("service_degraded"));
  EXPECT_FALSE(events[0].service_degraded().first_start());
}

TEST_F(ShortagesTest, ANewServiceWhoseTaskFailedHasNoMoreTime) {
  Read();
  AddService(1);
  Add("t1", 1, "rejected")["DesiredState"] = "shutdown";
  Add("t2", 1, "preparing");
  EXPECT_THAT(Names(Read()), ElementsAre("service_appeared", "task_failed"));
  EXPECT_THAT(Names(Read(absl::Seconds(60))), ElementsAre("service_degraded"));
}

TEST_F(ShortagesTest, ATaskThatStartsIsNotMissingUntilItsHealthCheckHasHadItsChances) {
  AddService(1);
  Container()["Healthcheck"] = {{"Test", {"CMD", "ok"}},
                                {"Interval", 60'000'000'000},
                                {"Retries", 2},
                                {"StartPeriod", 100'000'000'000}};
  Add("t1", 1, "running");
  Read();
  SetState(0, "failed", "shutdown");
  Add("t2", 1, "starting");
  EXPECT_THAT(Names(Read()), ElementsAre("task_failed"));
  EXPECT_THAT(Read(absl::Seconds(205)), IsEmpty());
  EXPECT_THAT(Names(Read(absl::Seconds(6))), ElementsAre("service_degraded"));
}

TEST_F(ShortagesTest, ATaskWithoutAHealthCheckIsSoonMissingWhileItStarts) {
  AddService(1);
  Container()["Healthcheck"] = {{"Test", {"NONE"}}};
  Add("t1", 1, "running");
  Read();
  SetState(0, "starting");
  Read();
  EXPECT_THAT(Names(Read(absl::Seconds(61))), ElementsAre("service_degraded"));
}

TEST_F(ShortagesTest, AServerThatEndedWithZeroAndIsNotReplacedIsMissing) {
  AddService(1);
  Spec()["TaskTemplate"]["RestartPolicy"] = {{"Condition", "on-failure"}};
  Add("t1", 1, "running");
  Read();
  now_ += absl::Hours(3);
  SetState(0, "complete", "shutdown");
  Read();
  const Events events = Read(absl::Seconds(60));
  ASSERT_THAT(Names(events), ElementsAre("service_degraded"));
  EXPECT_THAT(Waiting(events[0].service_degraded()), ElementsAre("1 TASK_STATE_COMPLETE"));
}

TEST_F(ShortagesTest, AServerOnANodeThatEndedWithZeroIsMissingThere) {
  nodes_.push_back(NodeJson("n2", "host2"));
  AddService(0);
  MakeGlobal();
  Spec()["TaskTemplate"]["RestartPolicy"] = {{"Condition", "on-failure"}};
  Spec()["EndpointSpec"]["Ports"] = {{{"TargetPort", 80}, {"PublishedPort", 8080}}};
  Add("t1", 0, "running");
  Add("t2", 0, "running")["NodeID"] = "n2";
  Read();
  SetState(1, "complete", "shutdown");
  Read();
  const Events events = Read(absl::Seconds(60));
  ASSERT_THAT(Names(events), ElementsAre("service_degraded"));
  EXPECT_EQ(events[0].service_degraded().wanted_tasks(), 2u);
  EXPECT_EQ(events[0].service_degraded().running_tasks(), 1u);
}

TEST_F(ShortagesTest, AShortRunThatMayBeTriedAgainIsDone) {
  AddService(1);
  Spec()["TaskTemplate"]["RestartPolicy"] = {{"Condition", "on-failure"}};
  Add("t1", 1, "running");
  Read();
  now_ += absl::Minutes(2);
  SetState(0, "complete", "shutdown");
  Read();
  EXPECT_THAT(Read(absl::Minutes(10)), IsEmpty());
}

// A collector that is started again knows nothing; those that knew the swarm are told what came meanwhile.
TEST_F(ShortagesTest, AServerThatEndedWhileNobodyLookedIsFoundMissing) {
  AddService(1);
  services_[0]["CreatedAt"] = At(now_ - absl::Hours(100));
  Spec()["TaskTemplate"]["RestartPolicy"] = {{"Condition", "on-failure"}};
  Add("t1", 1, "running");
  Known other;
  ReadBy(other);
  now_ += absl::Hours(2);
  SetState(0, "complete", "shutdown");
  const absl::Time end = now_;
  ReadBy(other);
  const Events seen = ReadBy(other, absl::Minutes(3));
  ASSERT_THAT(Names(seen), ElementsAre("service_degraded"));
  const Events recollected = Recollected();
  ASSERT_THAT(Names(recollected), ElementsAre("service_degraded"));
  EXPECT_TRUE(recollected[0].recollected());
  EXPECT_EQ(recollected[0].event_id(), seen[0].event_id());
  EXPECT_EQ(FromProto(recollected[0].occur_time()), end + absl::Seconds(60));
  EXPECT_THAT(Read(), IsEmpty());
  EXPECT_THAT(Read(absl::Minutes(5)), IsEmpty());
  Add("t2", 1, "running");
  EXPECT_THAT(Names(Read()), ElementsAre("service_recovered"));
}

// Nobody has told it then.
TEST_F(ShortagesTest, AServerThatEndedBeforeAFirstReadingWithoutNodesIsTold) {
  AddService(1);
  Spec()["TaskTemplate"]["RestartPolicy"] = {{"Condition", "on-failure"}};
  Add("t1", 1, "running");
  now_ += absl::Hours(2);
  SetState(0, "complete", "shutdown");
  now_ += absl::Minutes(3);
  Snapshot first;
  first.read_time = now_;
  first.services = *reader_.ReadServices(services_.dump());
  first.tasks = *reader_.ReadTasks(tasks_.dump());
  EXPECT_THAT(Diff(known_, first, context_), IsEmpty());
  EXPECT_THAT(Read(absl::Seconds(59)), IsEmpty());
  EXPECT_THAT(Names(Read(absl::Seconds(1))), ElementsAre("service_degraded"));
}

TEST_F(ShortagesTest, MoreServersMissingThanAnUpdateReplacesAreFoundAtTheFirstReading) {
  AddService(2);
  Spec()["TaskTemplate"]["RestartPolicy"] = {{"Condition", "on-failure"}};
  services_[0]["CreatedAt"] = services_[0]["UpdatedAt"] = At(now_ - absl::Hours(100));
  Spec()["UpdateConfig"]["Parallelism"] = 1;
  Add("t1", 1, "running");
  Add("t2", 2, "running");
  now_ += absl::Hours(2);
  SetState(0, "complete", "shutdown");
  SetState(1, "complete", "shutdown");
  now_ += absl::Minutes(3);
  services_[0]["UpdateStatus"] = {{"State", "updating"}, {"StartedAt", At(now_ - absl::Hours(99))}};
  EXPECT_THAT(Names(Recollected()), ElementsAre("service_degraded"));
  EXPECT_THAT(Read(absl::ZeroDuration()), IsEmpty());
  EXPECT_THAT(Names(Read(absl::Minutes(6))), testing::Not(testing::Contains("service_degraded")));
}

TEST_F(ShortagesTest, ARunThatFailsAfterItCouldNotStartHasNotRecovered) {
  Read();
  AddService(1);
  Spec()["TaskTemplate"]["RestartPolicy"] = {{"Condition", "none"}};
  Add("t1", 1, "preparing");
  Read();
  EXPECT_THAT(Names(Read(absl::Minutes(6))), ElementsAre("service_degraded"));
  SetState(0, "failed", "shutdown");
  EXPECT_THAT(Names(Read()), ElementsAre("service_job_failed"));
  EXPECT_TRUE(known_.shortages.empty());
}

TEST_F(ShortagesTest, ARunThatFailsAfterItFoundNoNodeHasNotRecovered) {
  Read();
  AddService(1);
  Spec()["TaskTemplate"]["RestartPolicy"] = {{"Condition", "none"}};
  Add("t1", 1, "pending");
  FindNoNode(0);
  EXPECT_THAT(Names(Read()), ElementsAre("service_appeared", "task_unschedulable"));
  SetState(0, "failed", "shutdown");
  EXPECT_THAT(Names(Read()), ElementsAre("service_job_failed"));
}

TEST_F(ShortagesTest, AServerThatEndedJustBeforeTheFirstReadingIsToldInTime) {
  AddService(1);
  services_[0]["CreatedAt"] = At(now_ - absl::Hours(100));
  Spec()["TaskTemplate"]["RestartPolicy"] = {{"Condition", "on-failure"}};
  Add("t1", 1, "running");
  now_ += absl::Hours(2);
  SetState(0, "complete", "shutdown");
  now_ += absl::Seconds(30);
  EXPECT_THAT(Recollected(), IsEmpty());
  EXPECT_THAT(Read(absl::ZeroDuration()), IsEmpty());
  EXPECT_THAT(Names(Read(absl::Seconds(30))), ElementsAre("service_degraded"));
}

TEST_F(ShortagesTest, AShortageToldAsTasksThatFindNoNodeIsNotToldAgainButItsEndIs) {
  AddService(2);
  Add("t1", 1, "running");
  Add("t2", 2, "running");
  Read();
  SetState(0, "shutdown", "shutdown");
  Add("t3", 1, "pending");
  FindNoNode(2);
  EXPECT_THAT(Names(Read()), ElementsAre("task_unschedulable"));
  EXPECT_THAT(Read(absl::Minutes(10)), IsEmpty());
  SetState(2, "preparing");
  EXPECT_THAT(Read(), IsEmpty());
  SetState(2, "running");
  EXPECT_THAT(Names(Read()), ElementsAre("service_recovered"));
}

TEST_F(ShortagesTest, AnotherTaskMissingBesidesThoseThatFindNoNodeIsTold) {
  AddService(2);
  Add("t1", 1, "running");
  Add("t2", 2, "running");
  Read();
  FindNoNode(0);
  EXPECT_THAT(Names(Read()), ElementsAre("task_unschedulable"));
  SetState(1, "preparing");
  Read();
  const Events events = Read(absl::Seconds(60));
  ASSERT_THAT(Names(events), ElementsAre("service_degraded"));
  EXPECT_THAT(Waiting(events[0].service_degraded()),
              ElementsAre("1 TASK_STATE_PENDING", "1 TASK_STATE_PREPARING"));
}

TEST_F(ShortagesTest, ATaskThatFoundANodeAndStaysStuckThereIsTold) {
  AddService(1);
  Add("t1", 1, "running");
  Read();
  FindNoNode(0);
  Read();
  Read(absl::Minutes(10));
  SetState(0, "preparing");
  EXPECT_THAT(Read(), IsEmpty());
  EXPECT_THAT(Read(absl::Seconds(59)), IsEmpty());
  EXPECT_THAT(Names(Read(absl::Seconds(1))), ElementsAre("service_degraded"));
}

class UnschedulableTest : public ShortagesTest {
 protected:
  UnschedulableTest() { context_.node_down_after = absl::Seconds(20); }

  // As the engine does when the node of the first task is gone.
  void ReplaceByATaskWithoutANode() {
    Task(0)["DesiredState"] = "shutdown";
    Add("t2", 1, "pending").erase("NodeID");
    FindNoNode(1);
  }
};

TEST_F(UnschedulableTest, AMomentWithoutANodeIsNotTold) {
  AddService(1);
  Add("t1", 1, "running");
  Read();
  FindNoNode(0);
  EXPECT_THAT(Read(), IsEmpty());
  SetState(0, "running");
  EXPECT_THAT(Read(absl::Seconds(19)), IsEmpty());
  FindNoNode(0);
  EXPECT_THAT(Read(), IsEmpty());
  EXPECT_THAT(Read(absl::Seconds(19)), IsEmpty());
  EXPECT_THAT(Names(Read(absl::Seconds(1))), ElementsAre("task_unschedulable"));
  EXPECT_THAT(Read(absl::Minutes(1)), IsEmpty());
}

// They are one alert: the engine moves the tasks some moments after the node is gone.
TEST_F(UnschedulableTest, TasksThatALostNodeLeavesAreToldWithIt) {
  AddService(1);
  Add("t1", 1, "running");
  Read();
  nodes_[0]["Status"]["State"] = "down";
  EXPECT_THAT(Read(), IsEmpty());
  ReplaceByATaskWithoutANode();
  EXPECT_THAT(Read(absl::Seconds(3)), IsEmpty());
  EXPECT_THAT(Names(Read(absl::Seconds(17))), ElementsAre("node_state_changed", "task_unschedulable"));
  EXPECT_THAT(Read(absl::Minutes(5)), IsEmpty());
}

TEST_F(UnschedulableTest, TasksOfServicesThatTheLostNodeDidNotRunWaitAsLongAsEver) {
  AddService(1);
  nodes_.push_back(NodeJson("n2", "host2"));
  Add("t1", 1, "running");
  Read();
  nodes_[1]["Status"]["State"] = "down";
  Read();
  ReplaceByATaskWithoutANode();
  Read(absl::Seconds(3));
  EXPECT_THAT(Names(Read(absl::Seconds(17))), ElementsAre("node_state_changed"));
  EXPECT_THAT(Names(Read(absl::Seconds(3))), ElementsAre("task_unschedulable"));
}

TEST_F(UnschedulableTest, ATaskThatIsFirstSeenWithTheLossOfItsNodeIsHeld) {
  AddService(1);
  Add("t1", 1, "running");
  Read();
  nodes_[0]["Status"]["State"] = "down";
  Read();
  ReplaceByATaskWithoutANode();
  EXPECT_THAT(Names(Read(absl::Seconds(20))), ElementsAre("node_state_changed"));
  EXPECT_THAT(Names(Read(absl::Seconds(20))), ElementsAre("task_unschedulable"));
}

// A busy scheduler takes its time to say why.
TEST_F(UnschedulableTest, AShortageThatIsToldWithTheSchedulersReasonIsNotToldAgainAsATaskWithoutANode) {
  AddService(1);
  Add("t1", 1, "running");
  Read();
  SetState(0, "pending");
  Read();
  FindNoNode(0);
  EXPECT_THAT(Read(absl::Seconds(50)), IsEmpty());
  const Events events = Read(absl::Seconds(10));
  ASSERT_THAT(Names(events), ElementsAre("service_degraded"));
  EXPECT_THAT(events[0].service_degraded().failed_task().error(), testing::HasSubstr("no suitable node"));
  EXPECT_THAT(Read(absl::Minutes(5)), IsEmpty());
  Task(0)["Status"]["Err"] = "no suitable node (insufficient resources on 3 nodes)";
  Read();
  EXPECT_THAT(Names(Read(absl::Seconds(20))), ElementsAre("task_unschedulable"));
  SetState(0, "running");
  EXPECT_THAT(Names(Read()), ElementsAre("service_recovered"));
}

// Its reason is remembered as long as a task waits: until then it has not recovered.
TEST_F(UnschedulableTest, AShortageWithTheSchedulersReasonIsOverWhenNoTaskWaits) {
  AddService(1);
  Add("t1", 1, "running");
  Read();
  SetState(0, "pending");
  Read();
  FindNoNode(0);
  Read(absl::Seconds(50));
  ASSERT_THAT(Names(Read(absl::Seconds(10))), ElementsAre("service_degraded"));
  Add("t2", 1, "running");
  EXPECT_THAT(Read(), IsEmpty());
  SetState(0, "shutdown", "shutdown");
  EXPECT_THAT(Names(Read()), ElementsAre("service_recovered"));
}

// An update that starts the new task first lacks none.
TEST_F(UnschedulableTest, ATaskTooManyIsFollowedByItsEndWhenItHasANode) {
  AddService(1);
  Add("t1", 1, "running");
  Read();
  Add("t2", 1, "pending");
  FindNoNode(1);
  Read();
  EXPECT_THAT(Names(Read(absl::Seconds(20))), ElementsAre("task_unschedulable"));
  EXPECT_THAT(Read(absl::Minutes(5)), IsEmpty());
  SetState(1, "running");
  SetState(0, "shutdown", "shutdown");
  EXPECT_THAT(Names(Read()), ElementsAre("service_recovered"));
  EXPECT_THAT(Read(), IsEmpty());
}

TEST_F(UnschedulableTest, AJobWithoutANodeIsFollowedByItsEnd) {
  AddService(1);
  Spec()["Mode"] = {{"ReplicatedJob", {{"MaxConcurrent", 1}, {"TotalCompletions", 1}}}};
  Read();
  Add("t1", 0, "pending");
  FindNoNode(0);
  Read();
  EXPECT_THAT(Names(Read(absl::Seconds(20))), ElementsAre("task_unschedulable"));
  EXPECT_THAT(Read(absl::Minutes(5)), IsEmpty());
  SetState(0, "running", "complete");
  EXPECT_THAT(Names(Read()), ElementsAre("service_recovered"));
}

TEST_F(UnschedulableTest, AnotherReasonIsHeldToo) {
  AddService(1);
  Add("t1", 1, "running");
  Read();
  FindNoNode(0);
  Read();
  EXPECT_THAT(Names(Read(absl::Seconds(20))), ElementsAre("task_unschedulable"));
  Task(0)["Status"]["Err"] = "no suitable node (insufficient resources on 3 nodes)";
  EXPECT_THAT(Read(), IsEmpty());
  EXPECT_THAT(Names(Read(absl::Seconds(20))), ElementsAre("task_unschedulable"));
}

// A node joins, and each global service has a task for it at once.
TEST_F(UnschedulableTest, ATaskMeantForANewNodeWaitsForIt) {
  AddService(0);
  MakeGlobal();
  Add("t1", 0, "running");
  Read();
  nodes_.push_back(NodeJson("n2", "host2"));
  nodes_[1]["Status"]["State"] = "unknown";
  Add("t2", 0, "pending")["NodeID"] = "n2";
  FindNoNode(1);
  EXPECT_THAT(Names(Read()), ElementsAre("node_appeared"));
  EXPECT_THAT(Read(absl::Minutes(5)), IsEmpty());
  nodes_[1]["Status"]["State"] = "ready";
  EXPECT_THAT(Read(), IsEmpty());
  EXPECT_THAT(Names(Read(absl::Seconds(20))), ElementsAre("task_unschedulable"));
}

TEST_F(UnschedulableTest, ATaskMeantForANodeThatIsPausedWaitsForIt) {
  nodes_.push_back(NodeJson("n2", "host2"));
  nodes_[1]["Spec"]["Availability"] = "pause";
  AddService(0);
  MakeGlobal();
  Add("t1", 0, "running");
  Read();
  Add("t2", 0, "pending")["NodeID"] = "n2";
  FindNoNode(1);
  EXPECT_THAT(Read(), IsEmpty());
  EXPECT_THAT(Read(absl::Minutes(5)), IsEmpty());
}

}  // namespace
}  // namespace swarmbell
