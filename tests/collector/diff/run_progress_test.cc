// How far the updates in progress have come.

#include "collector/diff/run_progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/collector/diff/swarm_fixture.h"

namespace swarmbell {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class RunProgressTest : public SwarmFixture {
 protected:
  RunProgressTest() {
    services_.push_back(ServiceJson("s1", "orders", 3));
    nodes_.push_back(NodeJson("n1", "west1"));
    for (int slot = 1; slot <= 3; ++slot) AddTask(absl::StrCat("old", slot), slot, "running");
    Read();
  }

  void AddTask(const std::string& id, int slot, const std::string& state) {
    tasks_.push_back(TaskJson(id, "s1", slot, state));
    tasks_.back()["CreatedAt"] = "2026-11-22T12:10:10Z";
    tasks_.back()["Spec"] = Template();
  }

  void End(const std::string& id, const std::string& state) {
    for (Json& task : tasks_) {
      if (task["ID"] != id) continue;
      task["Status"]["State"] = state;
      task["DesiredState"] = "shutdown";
    }
  }

  void Update() {
    services_[0]["PreviousSpec"] = Spec();
    Container()["Image"] = "orders:2";
    services_[0]["UpdateStatus"] = {{"State", "updating"}, {"StartedAt", "2026-11-22T12:10:09Z"}};
  }

  // The progress that another reading shows.
  Events Next(RunProgressReports& reports) {
    Read();
    Snapshot fresh;
    fresh.tasks = known_.tasks;
    fresh.read_time = now_;
    return reports.Next(known_, fresh, context_);
  }
  Events Next() { return Next(reports_); }

  RunProgressReports reports_;
};

TEST_F(RunProgressTest, IsReportedWhenANumberDiffers) {
  EXPECT_THAT(Next(), IsEmpty());
  Update();
  Events events = Next();
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].service_update_progress().state(), v1::UPDATE_STATE_UPDATING);
  EXPECT_EQ(events[0].service_update_progress().updated_tasks(), 0U);
  EXPECT_EQ(events[0].service_update_progress().wanted_tasks(), 3U);
  EXPECT_EQ(events[0].resource().name(), "orders");
  EXPECT_THAT(events[0].resource().labels(), IsEmpty());
  EXPECT_THAT(Next(), IsEmpty());
  End("old1", "shutdown");
  AddTask("new1", 1, "running");
  events = Next();
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].service_update_progress().updated_tasks(), 1U);
  EXPECT_LT(events[0].ByteSizeLong(), 300U);
  EXPECT_THAT(Next(), IsEmpty());
}

TEST_F(RunProgressTest, CountsTheTasksOfTheRunThatFailed) {
  Update();
  Next();
  End("old1", "failed");
  EXPECT_THAT(Next(), IsEmpty());
  AddTask("new1", 1, "running");
  End("new1", "failed");
  const Events events = Next();
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].service_update_progress().failed_tasks(), 1U);
}

TEST_F(RunProgressTest, EndsWithTheRun) {
  Update();
  ASSERT_THAT(Next(), SizeIs(1));
  services_[0]["UpdateStatus"]["State"] = "completed";
  EXPECT_THAT(Next(), IsEmpty());
}

TEST_F(RunProgressTest, HasTheSameIdentifierFromEachCollectorAndAfterARestart) {
  Update();
  const Events events = Next();
  RunProgressReports restarted;
  const Events again = Next(restarted);
  ASSERT_THAT(events, SizeIs(1));
  ASSERT_THAT(again, SizeIs(1));
  EXPECT_EQ(events[0].event_id(), again[0].event_id());
}

}  // namespace
}  // namespace swarmbell
