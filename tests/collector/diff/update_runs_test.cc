// Changes of a service's updates and rollbacks.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/collector/diff/swarm_fixture.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class UpdateRunsTest : public SwarmFixture {
 protected:
  UpdateRunsTest() { services_.push_back(ServiceJson("s1", "web", 2)); }

  void SetEnv(const std::string& value) {
    services_[0]["PreviousSpec"] = Spec();
    Container()["Env"] = {"A=" + value};
  }
  void SetStatus(const std::string& state, int second, const std::string& message = "") {
    services_[0]["UpdateStatus"] = Status(state, second, message);
  }

  // A task of the present template.
  void AddTask(const std::string& id, int slot, const std::string& state, int second) {
    tasks_.push_back(TaskJson(id, "s1", slot, state));
    tasks_.back()["CreatedAt"] = absl::StrFormat("2026-11-22T12:00:%02dZ", second);
    MakeFromTemplate(static_cast<int>(tasks_.size()) - 1);
  }
  void MakeFromTemplate(int task) { tasks_[static_cast<std::size_t>(task)]["Spec"] = Template(); }
  // As the engine does by itself.
  void RollBack() {
    Spec() = services_[0]["PreviousSpec"];
    services_[0].erase("PreviousSpec");
  }

  const v1::ServiceUpdateStateChanged& Change(std::size_t step) const {
    return last_.at(step).service_update_state_changed();
  }
  std::string Updated(std::size_t step) const {
    return absl::StrCat(Change(step).updated_tasks(), " of ", Change(step).wanted_tasks());
  }

  // The steps told of updates, for example `-updating!` when it came first and was inferred.
  std::vector<std::string> Steps() {
    std::vector<std::string> steps;
    last_ = Events();
    for (const v1::ChangeEvent& event : Read()) {
      if (!event.has_service_update_state_changed()) continue;
      const auto& changed = event.service_update_state_changed();
      steps.push_back(absl::StrCat(Short(changed.previous_state()), "-", Short(changed.current_state()),
                                   changed.inferred() ? "!" : ""));
      last_.push_back(event);
    }
    return steps;
  }

  std::string FieldOf(std::size_t step) {
    const auto& fields = last_.at(step).service_update_state_changed().fields();
    return fields.empty() ? "" : absl::StrCat(fields[0].previous_value(), ">", fields[0].current_value());
  }

  static std::string Short(v1::UpdateState state) {
    if (state == v1::UPDATE_STATE_UNSPECIFIED) return "";
    std::string name = v1::UpdateState_Name(state).substr(std::string("UPDATE_STATE_").size());
    for (char& c : name) c = static_cast<char>(std::tolower(c));
    return name;
  }

  Events last_;
};

TEST_F(UpdateRunsTest, TellEachStateOnce) {
  Read();
  SetEnv("1");
  SetStatus("updating", 10);
  EXPECT_THAT(Steps(), ElementsAre("-updating"));
  EXPECT_THAT(Steps(), IsEmpty());
  SetStatus("completed", 10);
  EXPECT_THAT(Steps(), ElementsAre("updating-completed"));
  EXPECT_EQ(FieldOf(0), ">1");
}

TEST_F(UpdateRunsTest, AreNotOverBecauseTheStatusIsGone) {
  SetStatus("completed", 10);
  Read();
  services_[0].erase("UpdateStatus");
  EXPECT_THAT(Steps(), IsEmpty());
}

TEST_F(UpdateRunsTest, AreToldWholeWhenSkipped) {
  SetStatus("completed", 10);
  Read();
  SetEnv("1");
  SetStatus("completed", 20);
  EXPECT_THAT(Steps(), ElementsAre("-updating!", "updating-completed"));
  EXPECT_EQ(FieldOf(0), ">1");
  EXPECT_EQ(FieldOf(1), ">1");
  SetEnv("2");
  SetStatus("paused", 30, "update paused due to failure or early termination of task t1");
  tasks_.push_back(TaskJson("t1", "s1", 1, "failed"));
  EXPECT_THAT(Steps(), ElementsAre("-updating!", "updating-paused"));
  EXPECT_EQ(last_.at(1).service_update_state_changed().failed_task().id(), "t1");
  EXPECT_FALSE(last_.at(0).service_update_state_changed().has_failed_task());
}

TEST_F(UpdateRunsTest, AreTakenOneAfterTheOther) {
  Read();
  SetEnv("1");
  SetStatus("updating", 10);
  EXPECT_THAT(Steps(), ElementsAre("-updating"));
  SetEnv("2");
  SetStatus("updating", 20);
  EXPECT_THAT(Steps(), ElementsAre("-updating"));
  EXPECT_EQ(FieldOf(0), "1>2");
}

TEST_F(UpdateRunsTest, ClaimTheChangeSeenAMomentBefore) {
  Read();
  SetEnv("1");
  EXPECT_THAT(Names(Read()), ElementsAre("service_task_template_changed"));
  services_[0].erase("PreviousSpec");
  SetStatus("updating", 10);
  EXPECT_THAT(Steps(), ElementsAre("-updating"));
  EXPECT_EQ(FieldOf(0), ">1");
}

TEST_F(UpdateRunsTest, RollBackByThemselvesWithinOneRun) {
  Read();
  SetEnv("1");
  SetStatus("updating", 10);
  Steps();
  services_[0].erase("PreviousSpec");
  Container().erase("Env");
  SetStatus("rollback_completed", 10, "rollback completed");
  EXPECT_THAT(Steps(), ElementsAre("updating-rollback_started!", "rollback_started-rollback_completed"));
  EXPECT_EQ(FieldOf(1), "1>");  // what it goes back to
}

TEST_F(UpdateRunsTest, AreToldOfAServiceThatComesWithAPausedOne) {
  const Json service = services_[0];
  services_.erase(0);
  Read();
  services_.push_back(service);
  SetStatus("paused", 10, "update paused due to failure");
  EXPECT_THAT(Steps(), ElementsAre("-updating!", "updating-paused"));
}

TEST_F(UpdateRunsTest, AreToldWholeWhenRolledBackUnseen) {
  Read();
  SetStatus("rollback_completed", 10, "rollback completed");
  EXPECT_THAT(Steps(),
              ElementsAre("-updating!", "updating-rollback_started!", "rollback_started-rollback_completed"));
  EXPECT_EQ(FieldOf(2), "");
}

TEST_F(UpdateRunsTest, RollBackByHandAsARunOfTheirOwn) {
  SetEnv("1");
  SetStatus("completed", 10);
  Read();
  SetEnv("0");
  SetStatus("rollback_started", 20, "manually requested rollback");
  EXPECT_THAT(Steps(), ElementsAre("-rollback_started"));
  EXPECT_EQ(FieldOf(0), "1>0");
  SetStatus("rollback_completed", 20, "rollback completed");
  EXPECT_THAT(Steps(), ElementsAre("rollback_started-rollback_completed"));
}

TEST_F(UpdateRunsTest, TellARollbackByHandThatCameBackToTheSpecKnown) {
  SetEnv("0");
  Read();
  SetEnv("1");
  SetEnv("0");
  SetStatus("rollback_completed", 20, "rollback completed");
  EXPECT_THAT(Steps(), ElementsAre("-rollback_started!", "rollback_started-rollback_completed"));
  EXPECT_EQ(FieldOf(1), "1>0");
}

TEST_F(UpdateRunsTest, GoOnAfterTheBaselineWithWhatTheyAreAbout) {
  SetEnv("1");
  SetStatus("updating", 10);
  Read();
  SetStatus("completed", 10);
  EXPECT_THAT(Steps(), ElementsAre("updating-completed"));
  EXPECT_EQ(FieldOf(0), ">1");
}

TEST_F(UpdateRunsTest, OfNewServicesAreToldOnlyWhileTheyGoOn) {
  Read();
  services_.push_back(ServiceJson("s2", "done", 1));
  services_[1]["UpdateStatus"] = Status("completed", 10);
  Events events = Read();
  ASSERT_THAT(Names(events), ElementsAre("service_appeared"));
  EXPECT_EQ(events[0].service_appeared().update_state(), v1::UPDATE_STATE_COMPLETED);
  services_.push_back(ServiceJson("s3", "busy", 1));
  services_[2]["UpdateStatus"] = Status("updating", 10);
  EXPECT_THAT(Names(Read()), ElementsAre("service_appeared", "service_update_state_changed"));
  services_[2]["UpdateStatus"] = Status("completed", 10);
  EXPECT_THAT(Names(Read()), ElementsAre("service_update_state_changed"));
}

TEST_F(UpdateRunsTest, CountTasksOfTheNewTemplate) {
  AddTask("old", 1, "running", 0);
  Read();
  SetEnv("1");
  SetStatus("updating", 10);
  AddTask("new", 2, "running", 11);
  Steps();
  EXPECT_EQ(Updated(0), "1 of 2");
}

// The engine replaces a task whose spec stays as it is, too.
TEST_F(UpdateRunsTest, CountNewTasksOfAnEndpoint) {
  AddTask("old", 1, "running", 0);
  Read();
  services_[0]["PreviousSpec"] = Spec();
  Spec()["EndpointSpec"] = {{"Mode", "dnsrr"}};
  SetStatus("updating", 10);
  AddTask("new", 2, "running", 11);
  Steps();
  EXPECT_EQ(Updated(0), "1 of 2");
}

TEST_F(UpdateRunsTest, CountTasksThatCouldStayWhereTheyAre) {
  AddTask("stays", 1, "running", 0);
  AddTask("leaves", 2, "running", 0);
  Read();
  services_[0]["PreviousSpec"] = Spec();
  Template()["Placement"] = {{"Constraints", {"node.labels.disk==ssd"}}};
  SetStatus("updating", 10);
  Steps();
  EXPECT_EQ(Updated(0), "0 of 2");
  tasks_.erase(1);
  AddTask("moved", 2, "running", 11);
  SetStatus("completed", 10);
  Steps();
  EXPECT_EQ(Updated(0), "2 of 2");
  EXPECT_FALSE(Change(0).has_failed_task());
}

// With the order start-first an old task goes on beside a new one that fails.
TEST_F(UpdateRunsTest, CountNoOldTaskThatGoesOnForWantOfANewOne) {
  AddTask("old", 1, "running", 0);
  AddTask("new", 2, "running", 11);
  AddTask("fails", 1, "failed", 11);
  tasks_[0]["Spec"]["ContainerSpec"]["Image"] = "web:0";
  Read();
  SetEnv("1");
  MakeFromTemplate(1);
  MakeFromTemplate(2);
  SetStatus("completed", 10);
  Steps();
  EXPECT_EQ(Updated(1), "1 of 2");
  EXPECT_EQ(Change(1).failed_task().id(), "fails");
}

TEST_F(UpdateRunsTest, NameAFailedTaskWhereTheyCompleteWithoutAll) {
  Read();
  SetEnv("1");
  AddTask("t1", 1, "running", 11);
  AddTask("t2", 2, "failed", 11);
  SetStatus("completed", 10);
  Steps();
  EXPECT_EQ(Change(1).failed_task().id(), "t2");
  // All run in the end.
  SetEnv("2");
  MakeFromTemplate(0);
  AddTask("t3", 2, "running", 11);
  SetStatus("completed", 11);
  Steps();
  EXPECT_EQ(Updated(1), "2 of 2");
  EXPECT_FALSE(Change(1).has_failed_task());
  // One is only on its way; the failure was before.
  SetEnv("3");
  for (int task : {0, 1, 2}) MakeFromTemplate(task);
  tasks_[2]["Status"]["State"] = "preparing";
  SetStatus("completed", 20);
  Steps();
  EXPECT_EQ(Updated(1), "1 of 2");
  EXPECT_FALSE(Change(1).has_failed_task());
}

TEST_F(UpdateRunsTest, DoNotAskTheClocksOfNodesWhichTaskFailed) {
  AddTask("before", 1, "failed", 0);
  tasks_[0]["Status"]["Timestamp"] = "2026-11-22T13:00:00Z";  // an hour ahead
  Read();
  SetEnv("1");
  AddTask("first", 1, "failed", 11);
  tasks_[1]["Status"]["Timestamp"] = "2026-11-22T12:30:00Z";
  tasks_[1]["Version"]["Index"] = 41;
  AddTask("last", 2, "failed", 12);
  tasks_[2]["Status"]["Timestamp"] = "2026-11-22T11:00:00Z";  // an hour behind
  tasks_[2]["Version"]["Index"] = 42;
  SetStatus("paused", 10, "update paused");
  Steps();
  EXPECT_EQ(Change(1).failed_task().id(), "last");
}

TEST_F(UpdateRunsTest, SayWhenTheEngineRollsBackByItself) {
  AddTask("a1", 1, "running", 0);
  Read();
  SetEnv("1");
  SetStatus("updating", 10);
  AddTask("b2", 2, "failed", 11);
  Steps();
  EXPECT_FALSE(Change(0).automatic());
  RollBack();
  SetStatus("rollback_started", 10, "update rolled back");
  Steps();
  EXPECT_TRUE(Change(0).automatic());
  EXPECT_EQ(Change(0).failed_task().id(), "b2");
  EXPECT_EQ(Updated(0), "1 of 2");
  AddTask("c2", 2, "running", 13);
  SetStatus("rollback_completed", 10, "rollback completed");
  Steps();
  EXPECT_TRUE(Change(0).automatic());
  EXPECT_EQ(Updated(0), "2 of 2");
  EXPECT_FALSE(Change(0).has_failed_task());
}

TEST_F(UpdateRunsTest, SayWhyTheEngineRolledBackBetweenTwoReadings) {
  AddTask("a1", 1, "running", 0);
  Read();
  SetEnv("1");
  AddTask("b2", 2, "failed", 11);
  RollBack();
  AddTask("c2", 2, "rejected", 13);
  SetStatus("rollback_paused", 10, "rollback paused due to failure of task c2");
  EXPECT_THAT(Steps(),
              ElementsAre("-updating!", "updating-rollback_started!", "rollback_started-rollback_paused"));
  EXPECT_FALSE(Change(0).automatic());
  EXPECT_TRUE(Change(1).automatic());
  EXPECT_EQ(Change(1).failed_task().id(), "b2");
  EXPECT_TRUE(Change(2).automatic());
  EXPECT_EQ(Change(2).failed_task().id(), "c2");
}

TEST_F(UpdateRunsTest, AreNotAutomaticWhenRolledBackByHand) {
  SetEnv("1");
  Read();
  SetEnv("0");
  SetStatus("rollback_started", 20, "manually requested rollback");
  Steps();
  EXPECT_FALSE(Change(0).automatic());
  EXPECT_FALSE(Change(0).has_failed_task());
  SetStatus("rollback_completed", 20, "rollback completed");
  Steps();
  EXPECT_FALSE(Change(0).automatic());
}

TEST_F(UpdateRunsTest, RollBackWithoutAll) {
  SetEnv("1");
  AddTask("new", 1, "failed", 5);
  Read();
  SetEnv("0");
  SetStatus("rollback_completed", 20, "rollback completed");
  AddTask("back", 1, "running", 21);
  AddTask("fails", 2, "rejected", 22);
  Steps();
  EXPECT_EQ(Updated(1), "1 of 2");
  EXPECT_EQ(Change(1).failed_task().id(), "fails");
}

}  // namespace
}  // namespace swarmbell
