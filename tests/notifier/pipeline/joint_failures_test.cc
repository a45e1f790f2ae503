#include "notifier/pipeline/joint_failures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/notifier/pipeline/sample_events.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class JointFailuresTest : public testing::Test {
 protected:
  void Watch(const v1::ChangeEvent& event, absl::Duration at) {
    const auto hold = std::make_shared<Receipt>();
    hold->Hold(std::make_shared<Receipt>([this](bool lost) { lost_ += lost ? 1U : 0U; }));
    joint_.Pass({.event = &event, .hold = hold}, {start_ + at}, [](const PassingChange&) { return true; });
  }
  void Fail(const std::string& service, int slot, const std::string& node, absl::Duration at) {
    Watch(SlotFailure(absl::StrCat("f", ++count_), service, slot, node, start_ + at), at);
  }

  std::vector<v1::ChangeEvent> ToldAt(absl::Duration at) {
    std::vector<v1::ChangeEvent> told;
    std::uint32_t failures = 0;
    lost_ = 0;
    joint_.Tick({start_ + at}, [&](const PassingChange& change) {
      failures += change.event->service_tasks_failed().failures();
      change.hold->MarkLost();
      told.push_back(*change.event);
      return true;
    });
    // Each failure is held until all are told together.
    EXPECT_EQ(lost_, failures);
    return told;
  }

  const absl::Time start_ = absl::FromUnixSeconds(1'700'000'000);
  JointFailures joint_{absl::Minutes(5)};
  int count_ = 0;
  std::uint32_t lost_ = 0;  // holds that were let go as lost
};

TEST_F(JointFailuresTest, ReplicasThatFailTogetherAreToldOnceTheyHaveAllFailed) {
  Fail("api", 1, "w1", absl::Seconds(0));
  Fail("api", 2, "w1", absl::Seconds(1));
  Fail("api", 3, "w2", absl::Seconds(3));
  Fail("api", 4, "w1", absl::Seconds(5));
  EXPECT_THAT(ToldAt(absl::Seconds(8)), IsEmpty());
  EXPECT_EQ(joint_.NextDeadline(), start_ + absl::Seconds(9));
  const std::vector<v1::ChangeEvent> told = ToldAt(absl::Seconds(9));
  ASSERT_THAT(told, SizeIs(1));
  const v1::ServiceTasksFailed& failed = told[0].service_tasks_failed();
  EXPECT_EQ(failed.failures(), 4u);
  EXPECT_EQ(FromProto(failed.start_time()), start_);
  EXPECT_EQ(FromProto(failed.last_time()), start_ + absl::Seconds(5));
  EXPECT_EQ(failed.last_task().name(), "api-name.4");
  EXPECT_THAT(failed.nodes(), ElementsAre("w1", "w2"));
  EXPECT_EQ(told[0].resource().kind(), v1::RESOURCE_KIND_SERVICE);
  EXPECT_EQ(told[0].resource().name(), "api-name");
  EXPECT_EQ(joint_.NextDeadline(), std::nullopt);
}

TEST_F(JointFailuresTest, AGlobalServiceThatFailsOnEachNodeIsToldToo) {
  for (const char* node : {"m1", "m2", "m3"}) Fail("agent", 0, node, absl::ZeroDuration());
  const std::vector<v1::ChangeEvent> told = ToldAt(absl::Seconds(4));
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_THAT(told[0].service_tasks_failed().nodes(), ElementsAre("m1", "m2", "m3"));
}

TEST_F(JointFailuresTest, ATaskThatFailsByItselfStaysSilent) {
  Fail("api", 2, "w1", absl::Seconds(0));
  Fail("api", 2, "w1", absl::Seconds(2));
  Fail("web", 1, "w1", absl::Seconds(0));
  Fail("agent", 0, "w1", absl::Seconds(0));
  EXPECT_THAT(ToldAt(absl::Hours(1)), IsEmpty());
}

TEST_F(JointFailuresTest, TheWaitIsBounded) {
  for (int i = 0; i < 100; ++i) Fail("api", i + 1, "w1", absl::Milliseconds(100) * i);
  EXPECT_EQ(joint_.NextDeadline(), start_ + absl::Seconds(10));
}

TEST_F(JointFailuresTest, WhatTellsTheFailureOtherwiseTakesItsPlace) {
  v1::ChangeEvent loop = ServiceChange("l", "api");
  loop.mutable_service_crash_loop();
  for (const v1::ChangeEvent& other :
       {loop, JobFailed("j", "api"), Removed("r", "api"), UpdateState("p", "api", v1::UPDATE_STATE_PAUSED),
        UpdateState("b", "api", v1::UPDATE_STATE_ROLLBACK_STARTED)}) {
    Fail("api", 1, "w1", absl::Seconds(0));
    Fail("api", 2, "w1", absl::Seconds(0));
    Watch(other, absl::Seconds(1));
    EXPECT_THAT(ToldAt(absl::Minutes(1)), IsEmpty()) << other.event_id();
  }
  Fail("api", 1, "w1", absl::Seconds(0));
  Fail("api", 2, "w1", absl::Seconds(0));
  Watch(UpdateState("c", "api", v1::UPDATE_STATE_COMPLETED), absl::Seconds(1));
  Watch(JobFailed("j", "web"), absl::Seconds(1));
  EXPECT_THAT(ToldAt(absl::Minutes(1)), SizeIs(1));
}

TEST_F(JointFailuresTest, ReplicasThatGoOnFailingAreToldOnceInAWindow) {
  std::size_t told = 0;
  for (int round = 0; round < 20; ++round) {
    for (const int slot : {1, 2}) Fail("api", slot, "w1", absl::Seconds(30) * round);
    told += ToldAt(absl::Seconds(30) * round + absl::Seconds(4)).size();
  }
  EXPECT_EQ(told, 2u);  // in ten minutes
}

TEST_F(JointFailuresTest, WhatWasFoundOutAfterwardsIsJoinedByWhenItHappened) {
  for (const int hours : {3, 3, 1, 1, 1, 2}) {
    ++count_;
    v1::ChangeEvent event = SlotFailure(absl::StrCat("f", count_), "api", count_, "w1", start_);
    event.set_recollected(true);
    event.mutable_task_failed()->clear_previous_state();
    *event.mutable_occur_time() = ToProto(start_ - absl::Hours(hours));
    Watch(event, absl::ZeroDuration());
  }
  std::vector<v1::ChangeEvent> told = ToldAt(absl::Seconds(4));
  ASSERT_THAT(told, SizeIs(2));
  EXPECT_EQ(told[0].service_tasks_failed().failures() + told[1].service_tasks_failed().failures(), 5u);
}

TEST_F(JointFailuresTest, TasksThatFailAtTheirStartAreNotCounted) {
  // As of services whose database is not there yet when a stack is deployed.
  for (const v1::TaskState before : {v1::TASK_STATE_STARTING, v1::TASK_STATE_UNSPECIFIED}) {
    v1::ChangeEvent event = SlotFailure(absl::StrCat("f", before), "api", before + 1, "w1", start_);
    event.mutable_task_failed()->set_previous_state(before);
    Watch(event, absl::ZeroDuration());
  }
  EXPECT_EQ(joint_.NextDeadline(), std::nullopt);
}

TEST_F(JointFailuresTest, ARefusalIsNotCounted) {
  Watch(Refusal("r", "api", "No such image: a", start_), absl::ZeroDuration());
  Fail("api", 2, "w1", absl::ZeroDuration());
  EXPECT_THAT(ToldAt(absl::Minutes(1)), IsEmpty());
}

}  // namespace
}  // namespace swarmbell
