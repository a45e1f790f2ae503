// Changes that a first reading proves to have happened before it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "collector/diff/diff.h"
#include "common/time/proto_time.h"
#include "tests/collector/diff/swarm_fixture.h"

namespace swarmbell {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::string EngineTime(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E9SZ", time, absl::UTCTimeZone());
}

class RecollectTest : public SwarmFixture {
 protected:
  RecollectTest() {
    services_.push_back(ServiceJson("s1", "web", 2));
    Long(services_[0]);
  }

  // Made and changed so long ago that it is no news.
  void Long(Json& object) const {
    object["CreatedAt"] = EngineTime(now_ - absl::Hours(1000));
    object["UpdatedAt"] = EngineTime(now_ - absl::Hours(1000));
  }

  // An accepted update of the service that sets a variable.
  void SetEnv(const std::string& value) {
    services_[0]["PreviousSpec"] = Spec();
    Container()["Env"] = {"A=" + value};
  }
  void SetStatus(const std::string& state, absl::Time started, std::optional<absl::Time> completed = {}) {
    services_[0]["UpdateStatus"] = {{"State", state}, {"StartedAt", EngineTime(started)}};
    if (completed) services_[0]["UpdateStatus"]["CompletedAt"] = EngineTime(*completed);
  }

  Events Recollected() {
    Snapshot first;
    first.read_time = now_;
    first.services = *reader_.ReadServices(services_.dump());
    first.nodes = *reader_.ReadNodes(nodes_.dump());
    first.tasks = *reader_.ReadTasks(tasks_.dump());
    return Recollect(first, context_);
  }
  absl::Duration Ago(const v1::ChangeEvent& event) const { return now_ - FromProto(event.occur_time()); }

  static std::set<std::string> Ids(const Events& events) {
    std::set<std::string> ids;
    for (const v1::ChangeEvent& event : events) ids.insert(event.event_id());
    return ids;
  }
};

TEST_F(RecollectTest, ASwarmThatHasRestedGivesNothing) {
  nodes_.push_back(NodeJson("n1", "m1"));
  Long(nodes_[0]);
  EXPECT_THAT(Recollected(), IsEmpty());
}

TEST_F(RecollectTest, AServiceThatWasMadeLately) {
  services_[0]["CreatedAt"] = EngineTime(now_ - absl::Minutes(3));
  const Events events = Recollected();
  ASSERT_THAT(Names(events), ElementsAre("service_appeared"));
  EXPECT_TRUE(events[0].recollected());
  EXPECT_EQ(Ago(events[0]), absl::Minutes(3));
}

TEST_F(RecollectTest, ATimeThatIsStillToComeProvesNothing) {
  services_[0]["CreatedAt"] = EngineTime(now_ + absl::Minutes(3));
  EXPECT_THAT(Recollected(), IsEmpty());
}

TEST_F(RecollectTest, ANodeThatJoinedLately) {
  nodes_.push_back(NodeJson("n1", "m1"));
  nodes_.push_back(NodeJson("n2", "w1"));
  Long(nodes_[0]);
  nodes_[1]["CreatedAt"] = EngineTime(now_ - absl::Seconds(30));
  const Events events = Recollected();
  ASSERT_THAT(Names(events), ElementsAre("node_appeared"));
  EXPECT_EQ(events[0].resource().id(), "n2");
}

TEST_F(RecollectTest, AnUpdateThatCameAndWent) {
  SetEnv("1");
  SetStatus("completed", now_ - absl::Seconds(50), now_ - absl::Seconds(20));
  const Events events = Recollected();
  ASSERT_THAT(Names(events), ElementsAre("service_task_template_changed", "service_update_state_changed",
                                         "service_update_state_changed"));
  EXPECT_EQ(Ago(events[0]), absl::Seconds(50));
  EXPECT_EQ(events[0].service_task_template_changed().fields(0).current_value(), "1");
  EXPECT_EQ(Ago(events[1]), absl::Seconds(50));
  EXPECT_EQ(Ago(events[2]), absl::Seconds(20));
  EXPECT_EQ(events[2].service_update_state_changed().current_state(), v1::UPDATE_STATE_COMPLETED);
}

TEST_F(RecollectTest, HasTheIdentifiersOfACollectorThatSawIt) {
  Read();
  SetEnv("1");
  SetStatus("updating", now_ + absl::Seconds(5));
  const Events seen = Read();
  now_ += absl::Seconds(10);
  EXPECT_EQ(Ids(Recollected()), Ids(seen));
}

TEST_F(RecollectTest, AnUpdateThatPausedHasTheTimeOfTheServicesLastChange) {
  SetEnv("1");
  SetStatus("paused", now_ - absl::Hours(30));
  services_[0]["UpdatedAt"] = EngineTime(now_ - absl::Minutes(4));
  const Events events = Recollected();
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].service_update_state_changed().current_state(), v1::UPDATE_STATE_PAUSED);
  EXPECT_EQ(Ago(events[0]), absl::Minutes(4));
}

TEST_F(RecollectTest, AScaleIsTheDifferenceToThePreviousSpec) {
  services_[0]["PreviousSpec"] = Spec();
  Spec()["Mode"]["Replicated"]["Replicas"] = 5;
  services_[0]["UpdatedAt"] = EngineTime(now_ - absl::Minutes(2));
  const Events events = Recollected();
  ASSERT_THAT(Names(events), ElementsAre("service_mode_changed"));
  EXPECT_EQ(events[0].service_mode_changed().previous_mode().replicas(), 2);
  EXPECT_EQ(events[0].service_mode_changed().current_mode().replicas(), 5);
  EXPECT_EQ(Ago(events[0]), absl::Minutes(2));
}

TEST_F(RecollectTest, AnAutomaticRollbackClaimsNothingOfWhatItUndid) {
  SetStatus("rollback_completed", now_ - absl::Minutes(2), now_ - absl::Minutes(1));
  EXPECT_THAT(Names(Recollected()),
              ElementsAre("service_update_state_changed", "service_update_state_changed",
                          "service_update_state_changed"));
}

TEST_F(RecollectTest, FailedTasksButNotThoseOfAnUpdate) {
  for (const char* id : {"t1", "t2", "t3"}) tasks_.push_back(TaskJson(id, "s1", 1, "failed"));
  SetStatus("completed", now_ - absl::Minutes(10), now_ - absl::Minutes(8));
  // May have been told to stop: no later than the end of the update, by what the managers count.
  tasks_[0]["Version"]["Index"] = 9;
  tasks_[0]["Status"]["Timestamp"] = EngineTime(now_ - absl::Minutes(5));
  tasks_[1]["Status"]["Timestamp"] = EngineTime(now_ - absl::Minutes(5));
  tasks_[2]["Status"]["Timestamp"] = EngineTime(now_ - absl::Hours(50));
  const Events events = Recollected();
  EXPECT_THAT(Names(events), Contains("task_failed").Times(1));
  EXPECT_EQ(events.back().resource().id(), "t2");
}

TEST_F(RecollectTest, OfAnUpdateThatGoesOnTheFailuresBeforeIt) {
  for (const char* id : {"before", "since", "own"}) tasks_.push_back(TaskJson(id, "s1", 1, "failed"));
  SetStatus("updating", now_ - absl::Minutes(2));
  const int versions[] = {9, 11, 9};
  for (std::size_t i = 0; i < 3; ++i) {
    tasks_[i]["Version"]["Index"] = versions[i];
    tasks_[i]["CreatedAt"] = EngineTime(now_ - (i == 2 ? absl::Minutes(1) : absl::Hours(9)));
    tasks_[i]["Status"]["Timestamp"] = EngineTime(now_ - absl::Minutes(1));  // by a clock that may be wrong
  }
  const Events events = Recollected();
  EXPECT_THAT(Names(events), Contains("task_failed").Times(1));
  EXPECT_EQ(events.back().resource().id(), "before");
}

TEST_F(RecollectTest, TasksThatHadToLeaveTheirNode) {
  tasks_.push_back(TaskJson("t1", "s1", 1, "rejected"));
  tasks_[0]["Status"]["Err"] = "assigned node no longer meets constraints";
  tasks_[0]["Status"]["Timestamp"] = EngineTime(now_ - absl::Minutes(3));
  EXPECT_THAT(Names(Recollected()), ElementsAre("task_evicted"));
}

TEST_F(RecollectTest, KeepsTheNewestOfTooMany) {
  for (int i = 0; i < 1200; ++i) {
    Json service = ServiceJson("x" + std::to_string(i), "x" + std::to_string(i), 0);
    service["CreatedAt"] = EngineTime(now_ - absl::Seconds(i));
    services_.push_back(service);
  }
  const Events events = Recollected();
  ASSERT_THAT(events, SizeIs(kMostRecollected));
  EXPECT_EQ(Ago(events.back()), absl::ZeroDuration());
  EXPECT_EQ(Ago(events.front()), absl::Seconds(kMostRecollected - 1));
}

TEST_F(RecollectTest, MakesAPreviousModeOfEveryKindComparable) {
  services_[0]["PreviousSpec"] = Spec();
  Spec()["Mode"] = {{"Global", Json::object()}};
  services_[0]["UpdatedAt"] = EngineTime(now_ - absl::Minutes(2));
  const Events events = Recollected();
  ASSERT_THAT(Names(events), ElementsAre("service_mode_changed"));
  EXPECT_EQ(events[0].service_mode_changed().previous_mode().kind(), v1::SERVICE_MODE_KIND_REPLICATED);
}

}  // namespace
}  // namespace swarmbell
