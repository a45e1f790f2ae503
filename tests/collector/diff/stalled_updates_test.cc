// Updates and rollbacks that make no progress.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/time/proto_time.h"
#include "tests/collector/diff/swarm_fixture.h"

namespace swarmbell {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

constexpr char kStalled[] = "service_update_stalled";
constexpr char kResumed[] = "service_update_resumed";
constexpr char kNoNode[] = "no suitable node (insufficient resources on 3 nodes)";

class StalledUpdatesTest : public SwarmFixture {
 protected:
  StalledUpdatesTest() {
    context_.degraded_after = absl::Hours(9);
    services_.push_back(ServiceJson("s1", "orders", 3));
    nodes_.push_back(NodeJson("n1", "west1"));
    for (int slot = 1; slot <= 3; ++slot) AddTask(absl::StrCat("old", slot), slot, "running", 0);
    Read();
  }

  void AddTask(const std::string& id, int slot, const std::string& state, int second) {
    tasks_.push_back(TaskJson(id, "s1", slot, state));
    tasks_.back()["CreatedAt"] = absl::StrCat("2026-11-22T12:", 10 + second / 60, ":", 10 + second % 50, "Z");
    tasks_.back()["Spec"] = Template();
    tasks_.back()["Version"]["Index"] = 100 + second;
  }

  Json& Task(const std::string& id) {
    for (Json& task : tasks_) {
      if (task["ID"] == id) return task;
    }
    ADD_FAILURE() << "no task " << id;
    return tasks_[0];
  }
  void SetState(const std::string& id, const std::string& state, const std::string& error = "") {
    Task(id)["Status"]["State"] = state;
    Task(id)["Status"]["Err"] = error;
  }
  void End(const std::string& id, const std::string& state, const std::string& error = "") {
    SetState(id, state, error);
    Task(id)["DesiredState"] = "shutdown";
  }

  // Begins an update to that image, and puts a new task in the place of the first.
  void Update(const std::string& image, const std::string& state_of_new = "new") {
    services_[0]["PreviousSpec"] = Spec();
    Container()["Image"] = image;
    services_[0]["UpdateStatus"] = {{"State", "updating"}, {"StartedAt", "2026-11-22T12:10:09Z"}};
    End("old1", "shutdown");
    AddTask("new1", 1, state_of_new, 1);
    Read();
  }

  std::vector<std::string> NamesAfter(absl::Duration after) {
    last_ = Read(after);
    return Names(last_);
  }
  const v1::ServiceUpdateStalled& Stall() const { return last_.at(0).service_update_stalled(); }
  static std::string Waiting(const v1::ServiceUpdateStalled& stalled) {
    std::string text;
    for (const v1::TaskStateCount& count : stalled.waiting()) {
      absl::StrAppend(&text, v1::TaskState_Name(count.state()), " ", count.tasks(), ";");
    }
    return text;
  }

  Events last_;
};

TEST_F(StalledUpdatesTest, AreToldOnceWithWhatTheyWaitFor) {
  Update("orders:2");
  EXPECT_THAT(NamesAfter(absl::Seconds(304)), IsEmpty());
  ASSERT_THAT(NamesAfter(absl::Seconds(1)), ElementsAre(kStalled));
  EXPECT_EQ(last_[0].resource().name(), "orders");
  EXPECT_EQ(Stall().state(), v1::UPDATE_STATE_UPDATING);
  EXPECT_EQ(Stall().updated_tasks(), 0U);
  EXPECT_EQ(Stall().wanted_tasks(), 3U);
  EXPECT_EQ(Stall().running_tasks(), 2U);
  EXPECT_EQ(Waiting(Stall()), "TASK_STATE_NEW 1;");
  EXPECT_EQ(Stall().waiting_task().id(), "new1");
  EXPECT_EQ(now_ - FromProto(Stall().last_progress_time()), absl::Seconds(305));
  ASSERT_EQ(Stall().fields_size(), 1);
  EXPECT_EQ(Stall().fields(0).current_value(), "orders:2");
  EXPECT_THAT(NamesAfter(absl::Hours(2)), IsEmpty());
}

TEST_F(StalledUpdatesTest, AreToldInTheSchedulersWords) {
  Update("orders:2", "pending");
  SetState("new1", "pending", kNoNode);
  EXPECT_THAT(NamesAfter(absl::Seconds(10)), ElementsAre("task_unschedulable"));
  ASSERT_THAT(NamesAfter(absl::Seconds(305)), ElementsAre(kStalled));
  EXPECT_EQ(Stall().waiting_task().error(), kNoNode);
}

TEST_F(StalledUpdatesTest, CountEachState) {
  Update("orders:2", "preparing");
  End("old2", "failed", "task: non-zero exit (1)");
  AddTask("new2", 2, "new", 30);
  End("old3", "failed", "task: non-zero exit (1)");
  AddTask("new3", 3, "new", 30);
  NamesAfter(absl::Seconds(10));
  ASSERT_THAT(NamesAfter(absl::Seconds(305)), ElementsAre(kStalled));
  EXPECT_EQ(Stall().running_tasks(), 0U);
  EXPECT_EQ(Waiting(Stall()), "TASK_STATE_NEW 2;TASK_STATE_PREPARING 1;");
  // The task that failed was of the release before.
  EXPECT_EQ(Stall().waiting_task().id(), "new1");
}

TEST_F(StalledUpdatesTest, GoOnAndMayStallAgain) {
  Update("orders:2", "preparing");
  ASSERT_THAT(NamesAfter(absl::Seconds(305)), ElementsAre(kStalled));
  const std::string first = last_[0].event_id();
  const auto since = Stall().last_progress_time().seconds();
  SetState("new1", "starting");
  ASSERT_THAT(NamesAfter(absl::Minutes(1)), ElementsAre(kResumed));
  EXPECT_EQ(last_[0].service_update_resumed().state(), v1::UPDATE_STATE_UPDATING);
  EXPECT_EQ(last_[0].service_update_resumed().stall_time().seconds(), since);
  EXPECT_EQ(last_[0].service_update_resumed().wanted_tasks(), 3U);
  ASSERT_THAT(NamesAfter(absl::Seconds(305)), ElementsAre(kStalled));
  EXPECT_NE(last_[0].event_id(), first);
  SetState("new1", "running");
  ASSERT_THAT(NamesAfter(absl::Minutes(1)), ElementsAre(kResumed));
  EXPECT_EQ(last_[0].service_update_resumed().updated_tasks(), 1U);
}

TEST_F(StalledUpdatesTest, AreNotThoseThatAreSlow) {
  Update("orders:2", "preparing");
  for (int slot = 1; slot <= 3; ++slot) {
    const std::string id = absl::StrCat("new", slot);
    if (slot > 1) {
      End(absl::StrCat("old", slot), "shutdown");
      AddTask(id, slot, "preparing", slot * 60);
    }
    EXPECT_THAT(NamesAfter(absl::Minutes(4)), IsEmpty()) << id;
    SetState(id, "starting");
    EXPECT_THAT(NamesAfter(absl::Minutes(4)), IsEmpty()) << id;
    SetState(id, "running");
    EXPECT_THAT(NamesAfter(absl::Minutes(4)), IsEmpty()) << id;
  }
}

// A slot comes to no state that it had not been in.
TEST_F(StalledUpdatesTest, AreThoseWhoseTasksFailAgainAndAgain) {
  Update("orders:2", "starting");
  SetState("new1", "running");
  NamesAfter(absl::Seconds(10));
  int stalls = 0;
  std::string task = "new1";
  for (int i = 0; i < 20; ++i) {
    End(task, "failed", "task: non-zero exit (4)");
    Task(task)["Version"]["Index"] = 1000 + i;
    task = absl::StrCat("again", i);
    AddTask(task, 1, i % 2 == 0 ? "preparing" : "running", 60 + i);
    const auto names = NamesAfter(absl::Seconds(30));
    EXPECT_THAT(names, Not(Contains(kResumed)));
    for (const v1::ChangeEvent& event : last_) {
      if (!event.has_service_update_stalled()) continue;
      ++stalls;
      EXPECT_EQ(event.service_update_stalled().waiting_task().error(), "task: non-zero exit (4)");
    }
  }
  EXPECT_EQ(stalls, 1);
}

TEST_F(StalledUpdatesTest, ComeFurtherWhereOneOfSeveralTasksDoes) {
  Spec()["UpdateConfig"] = {{"Parallelism", 2}};
  Read();
  Update("orders:2", "preparing");
  AddTask("new2", 2, "preparing", 2);
  SetState("new1", "starting");
  NamesAfter(absl::Seconds(10));
  EXPECT_THAT(NamesAfter(absl::Minutes(4)), IsEmpty());
  SetState("new2", "starting");  // where the other has long been
  EXPECT_THAT(NamesAfter(absl::Minutes(4)), IsEmpty());
  EXPECT_THAT(NamesAfter(absl::Minutes(4)), IsEmpty());
  EXPECT_THAT(NamesAfter(absl::Seconds(65)), ElementsAre(kStalled));
}

// It is not the update that comes further when an old task fails and its slot waits too.
TEST_F(StalledUpdatesTest, AreNotMovedOnByOldTasksThatFail) {
  Update("orders:2", "preparing");
  EXPECT_THAT(NamesAfter(absl::Minutes(4)), IsEmpty());
  End("old2", "failed", "task: non-zero exit (1)");
  AddTask("new2", 2, "preparing", 40);
  EXPECT_THAT(NamesAfter(absl::Seconds(30)), ElementsAre("task_failed"));
  EXPECT_THAT(NamesAfter(absl::Seconds(35)), ElementsAre(kStalled));
}

TEST_F(StalledUpdatesTest, AreNotThoseInWhichTheEngineRests) {
  Spec()["UpdateConfig"] = {{"Delay", 600'000'000'000}, {"Monitor", 5'000'000'000}};
  Read();
  Update("orders:2", "starting");
  SetState("new1", "running");
  NamesAfter(absl::Seconds(10));
  EXPECT_THAT(NamesAfter(absl::Seconds(904)), IsEmpty());
  EXPECT_THAT(NamesAfter(absl::Seconds(1)), ElementsAre(kStalled));
}

TEST_F(StalledUpdatesTest, AreThoseThatWaitWhateverTheEnginesRest) {
  Spec()["UpdateConfig"] = {{"Delay", 600'000'000'000}, {"Parallelism", 1}};
  Read();
  Update("orders:2", "starting");
  EXPECT_THAT(NamesAfter(absl::Seconds(305)), ElementsAre(kStalled));
}

TEST_F(StalledUpdatesTest, AreRollbacksToo) {
  Update("orders:2", "starting");
  Spec() = services_[0]["PreviousSpec"];
  services_[0].erase("PreviousSpec");
  services_[0]["UpdateStatus"]["State"] = "rollback_started";
  End("new1", "failed", "task: non-zero exit (1)");
  AddTask("back1", 1, "pending", 60);
  NamesAfter(absl::Minutes(4));
  EXPECT_THAT(NamesAfter(absl::Minutes(4)), IsEmpty());
  ASSERT_THAT(NamesAfter(absl::Seconds(65)), ElementsAre(kStalled));
  EXPECT_EQ(Stall().state(), v1::UPDATE_STATE_ROLLBACK_STARTED);
  EXPECT_EQ(Stall().updated_tasks(), 2U);
  EXPECT_EQ(Stall().waiting_task().id(), "back1");
  ASSERT_EQ(Stall().fields_size(), 1);
  EXPECT_EQ(Stall().fields(0).previous_value(), "orders:2");
  SetState("back1", "running");
  services_[0]["UpdateStatus"]["State"] = "rollback_completed";
  EXPECT_THAT(NamesAfter(absl::Minutes(1)), ElementsAre("service_update_state_changed"));
}

TEST_F(StalledUpdatesTest, AreOverWhenNothingIsLeftToReplace) {
  Update("orders:2");
  ASSERT_THAT(NamesAfter(absl::Seconds(305)), ElementsAre(kStalled));
  Spec() = services_[0]["PreviousSpec"];
  services_[0].erase("UpdateStatus");
  EXPECT_THAT(NamesAfter(absl::Seconds(10)), ElementsAre("service_task_template_changed"));
  ASSERT_THAT(NamesAfter(absl::Seconds(10)), ElementsAre(kResumed));
  EXPECT_EQ(last_[0].service_update_resumed().state(), v1::UPDATE_STATE_UNSPECIFIED);
  EXPECT_THAT(NamesAfter(absl::Hours(1)), IsEmpty());
}

TEST_F(StalledUpdatesTest, GiveWayToTheNextUpdate) {
  Update("orders:2");
  ASSERT_THAT(NamesAfter(absl::Seconds(305)), ElementsAre(kStalled));
  services_[0].erase("UpdateStatus");
  Container()["Image"] = "orders:3";
  NamesAfter(absl::Milliseconds(5));
  services_[0]["UpdateStatus"] = {{"State", "updating"}, {"StartedAt", "2026-11-22T12:30:00Z"}};
  EXPECT_THAT(NamesAfter(absl::Seconds(10)), ElementsAre("service_update_state_changed"));
  EXPECT_THAT(NamesAfter(absl::Seconds(304)), IsEmpty());
  EXPECT_THAT(NamesAfter(absl::Seconds(1)), ElementsAre(kStalled));
}

TEST_F(StalledUpdatesTest, HaveOneIdentifierOnEveryCollector) {
  Update("orders:2");
  Known late;
  ReadBy(late, absl::Minutes(2));
  NamesAfter(absl::Seconds(185));
  ASSERT_TRUE(last_[0].has_service_update_stalled());
  EXPECT_THAT(ReadBy(late), IsEmpty());
  const Events events = ReadBy(late, absl::Seconds(125));
  ASSERT_THAT(Names(events), ElementsAre(kStalled));
  EXPECT_EQ(events[0].event_id(), last_[0].event_id());
}

// One of them has seen a state that the other has not.
TEST_F(StalledUpdatesTest, HaveOneIdentifierOnCollectorsThatLookedAtOtherMoments) {
  Update("orders:2", "starting");
  Known late;
  End("new1", "failed", "task: non-zero exit (1)");
  AddTask("again1", 1, "preparing", 5);
  ReadBy(late, absl::Seconds(2));
  Read();
  ASSERT_THAT(NamesAfter(absl::Seconds(305)), ElementsAre(kStalled));
  const Events events = ReadBy(late);
  ASSERT_THAT(Names(events), ElementsAre(kStalled));
  EXPECT_EQ(events[0].event_id(), last_[0].event_id());
  SetState("again1", "running");
  ASSERT_THAT(NamesAfter(absl::Seconds(10)), ElementsAre(kResumed));
  const Events resumed = ReadBy(late);
  ASSERT_THAT(Names(resumed), ElementsAre(kResumed));
  EXPECT_EQ(resumed[0].event_id(), last_[0].event_id());
}

TEST_F(StalledUpdatesTest, ThatGoOnHaveOneIdentifierEach) {
  Update("orders:2", "preparing");
  NamesAfter(absl::Seconds(305));
  ASSERT_TRUE(last_.at(0).has_service_update_stalled());
  std::set<std::string> ids = {last_[0].event_id()};
  for (const char* state : {"starting", "running"}) {
    SetState("new1", state);
    ASSERT_THAT(NamesAfter(absl::Minutes(1)), ElementsAre(kResumed));
    EXPECT_TRUE(ids.insert(last_[0].event_id()).second);
    ASSERT_THAT(NamesAfter(absl::Seconds(305)), ElementsAre(kStalled));
    EXPECT_TRUE(ids.insert(last_[0].event_id()).second);
  }
}

TEST_F(StalledUpdatesTest, DoNotWaitLongerBecauseTheClockWasSetBack) {
  Update("orders:2");
  EXPECT_THAT(NamesAfter(-absl::Hours(3)), IsEmpty());
  EXPECT_THAT(NamesAfter(absl::Seconds(305)), ElementsAre(kStalled));
}

// Three tasks at once are not the update's doing, and it goes on beside them.
TEST_F(StalledUpdatesTest, HideNoTasksThatAreMissingBesides) {
  context_.degraded_after = absl::Minutes(1);
  Spec()["UpdateConfig"] = {{"Parallelism", 1}};
  Read();
  Update("orders:2", "preparing");
  End("old3", "failed", "task: non-zero exit (137)");
  AddTask("new3", 3, "pending", 40);
  NamesAfter(absl::Seconds(10));
  for (const char* state : {"starting", "running"}) {
    EXPECT_THAT(NamesAfter(absl::Minutes(2)), IsEmpty());
    SetState("new1", state);
  }
  End("old2", "shutdown");
  AddTask("new2", 2, "starting", 50);
  ASSERT_THAT(NamesAfter(absl::Seconds(65)), ElementsAre("service_degraded"));
  EXPECT_EQ(last_[0].service_degraded().running_tasks(), 1U);
}

TEST_F(StalledUpdatesTest, SayThemselvesWhatIsMissing) {
  context_.degraded_after = absl::Minutes(1);
  Update("orders:2", "preparing");
  End("old2", "failed");
  End("old3", "failed");
  NamesAfter(absl::Seconds(10));
  ASSERT_THAT(NamesAfter(absl::Seconds(305)), ElementsAre(kStalled));
  EXPECT_EQ(Stall().running_tasks(), 0U);
  EXPECT_THAT(NamesAfter(absl::Hours(1)), IsEmpty());
}

TEST_F(StalledUpdatesTest, OfGlobalServicesAreCountedByNode) {
  Spec()["Mode"] = {{"Global", Json::object()}};
  Read();
  Update("orders:2", "running");
  tasks_.back()["Slot"] = 0;
  AddTask("new2", 0, "running", 2);
  tasks_.back()["NodeID"] = "n2";
  NamesAfter(absl::Minutes(4));
  EXPECT_THAT(NamesAfter(absl::Minutes(4)), IsEmpty());
}

class ScheduledStallTest : public SwarmFixture {
 protected:
  ScheduledStallTest() {
    nodes_.push_back(NodeJson("n1", "west1"));
    services_.push_back(ServiceJson("s1", "report", 0));
    Template()["RestartPolicy"] = {{"Condition", "none"}};
    Spec()["Labels"] = {{"swarm.cronjob.enable", "true"}};
    Read();
  }
  void Start(bool keeps_previous_spec) {
    if (keeps_previous_spec) services_[0]["PreviousSpec"] = Spec();
    Spec()["Mode"]["Replicated"]["Replicas"] = 1;
    if (keeps_previous_spec) Template()["ForceUpdate"] = 1;
    services_[0]["Version"]["Index"] = 11;
    services_[0]["UpdateStatus"] = Status("updating", 10);
    tasks_.push_back(TaskJson("t1", "s1", 1, "preparing"));
  }
};

// No word of an update tells that it hangs.
TEST_F(ScheduledStallTest, ARunThatDoesNotStartIsDegraded) {
  Start(true);
  EXPECT_THAT(Read(), IsEmpty());
  EXPECT_THAT(Read(absl::Minutes(5)), IsEmpty());
  EXPECT_THAT(Names(Read(absl::Seconds(5))), ElementsAre("service_degraded"));
  EXPECT_THAT(Read(absl::Minutes(30)), IsEmpty());
}

TEST_F(ScheduledStallTest, TroubleOfAChangeThatIsNotKnownIsTold) {
  Start(false);
  EXPECT_THAT(Read(), IsEmpty());
  services_[0]["UpdateStatus"] = Status("paused", 10, "update paused due to failure of task t1");
  EXPECT_THAT(Names(Read()), ElementsAre("service_update_state_changed"));
}

}  // namespace
}  // namespace swarmbell
