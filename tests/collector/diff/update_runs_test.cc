// What is told of a service's updates and rollbacks.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
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
  tasks_.push_back(TaskJson("old", "s1", 1, "running"));
  Read();
  SetEnv("1");
  SetStatus("updating", 10);
  tasks_.push_back(TaskJson("new", "s1", 2, "running"));
  tasks_[1]["CreatedAt"] = "2026-11-22T12:00:11Z";
  tasks_[1]["Spec"]["ForceUpdate"] = 1;
  Steps();
  EXPECT_EQ(last_.at(0).service_update_state_changed().updated_tasks(), 1u);
  EXPECT_EQ(last_.at(0).service_update_state_changed().wanted_tasks(), 2u);
}

TEST_F(UpdateRunsTest, NameAFailedTaskWhereTheyCompleteWithoutAll) {
  tasks_.push_back(TaskJson("t1", "s1", 1, "running"));
  tasks_.push_back(TaskJson("t2", "s1", 2, "failed"));
  tasks_[0]["CreatedAt"] = "2026-11-22T12:00:11Z";
  tasks_[1]["Status"]["Timestamp"] = "2026-11-22T12:00:12Z";
  Read();
  SetEnv("1");
  SetStatus("completed", 10);
  Steps();
  EXPECT_EQ(last_.at(1).service_update_state_changed().failed_task().id(), "t2");
  // All run in the end.
  tasks_.push_back(TaskJson("t3", "s1", 2, "running"));
  SetEnv("2");
  tasks_[2]["CreatedAt"] = "2026-11-22T12:00:11Z";
  SetStatus("completed", 11);
  Steps();
  EXPECT_EQ(last_.at(1).service_update_state_changed().updated_tasks(), 2u);
  EXPECT_FALSE(last_.at(1).service_update_state_changed().has_failed_task());
  // One is only on its way; the failure was before.
  tasks_[2]["Status"]["State"] = "preparing";
  SetEnv("3");
  SetStatus("completed", 20);
  Steps();
  EXPECT_LT(last_.at(1).service_update_state_changed().updated_tasks(), 2u);
  EXPECT_FALSE(last_.at(1).service_update_state_changed().has_failed_task());
}

}  // namespace
}  // namespace swarmbell
