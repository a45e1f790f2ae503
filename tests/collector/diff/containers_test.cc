// Changes of containers that no service owns.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/collector/diff/swarm_fixture.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ContainersTest : public SwarmFixture {
 protected:
  ContainersTest() { Set("running", "Up 2 hours"); }
  void Set(const std::string& state, const std::string& status) {
    containers_ = Json::array({ContainerJson("c1", state, status)});
  }
};

TEST_F(ContainersTest, TellARestartLoopOnceAndItsEnd) {
  Read();
  Set("restarting", "Restarting (3) 1 second ago");
  const Events events = Read();
  ASSERT_THAT(Names(events), ElementsAre("container_restarting"));
  EXPECT_EQ(events[0].container_restarting().previous_state(), "running");
  EXPECT_EQ(events[0].container_restarting().exit_code(), 3);
  EXPECT_EQ(events[0].container_restarting().container().node_hostname(), "host1");
  for (int i = 0; i < 20; ++i) {
    Set(i % 2 == 0 ? "running" : "restarting", "Up 5 seconds");
    EXPECT_THAT(Read(), IsEmpty());
  }
  Set("running", "Up About a minute");
  EXPECT_THAT(Read(), IsEmpty());
  EXPECT_THAT(Read(absl::Seconds(59)), IsEmpty());
  EXPECT_THAT(Names(Read(absl::Seconds(1))), ElementsAre("container_recovered"));
}

TEST_F(ContainersTest, TellAFailingHealthCheckOnceAndItsEnd) {
  Read();
  Set("running", "Up 2 hours (unhealthy)");
  const Events events = Read();
  ASSERT_THAT(Names(events), ElementsAre("container_unhealthy"));
  EXPECT_EQ(events[0].container_unhealthy().container().status(), "Up 2 hours (unhealthy)");
  EXPECT_EQ(events[0].container_unhealthy().container().node_hostname(), "host1");
  for (int i = 0; i < 20; ++i) {
    Set("running", i % 2 == 0 ? "Up 2 hours (healthy)" : "Up 2 hours (unhealthy)");
    EXPECT_THAT(Read(), IsEmpty());
  }
  Set("running", "Up 2 seconds (health: starting)");
  EXPECT_THAT(Read(absl::Minutes(2)), IsEmpty());
  Set("running", "Up 2 minutes (healthy)");
  EXPECT_THAT(Read(), IsEmpty());
  EXPECT_THAT(Read(absl::Seconds(59)), IsEmpty());
  const Events end = Read(absl::Seconds(1));
  ASSERT_THAT(Names(end), ElementsAre("container_recovered"));
  EXPECT_EQ(end[0].container_recovered().previous_state(), "unhealthy");
  EXPECT_EQ(end[0].container_recovered().current_state(), "running");
}

TEST_F(ContainersTest, AnUnhealthyOneThatSomebodyStopsOrRemovesIsOver) {
  Read();
  Set("running", "Up 2 hours (unhealthy)");
  const Events first = Read();
  Set("exited", "Exited (1) 1 second ago");
  EXPECT_THAT(Read(), IsEmpty());
  stopped_containers_ = {"c1"};
  EXPECT_THAT(Names(Read()), ElementsAre("container_recovered"));
  Set("running", "Up 2 hours (unhealthy)");
  const Events second = Read();
  ASSERT_THAT(Names(second), ElementsAre("container_unhealthy"));
  EXPECT_NE(first[0].event_id(), second[0].event_id());
  containers_ = Json::array();
  EXPECT_THAT(Names(Read()), ElementsAre("container_recovered"));
}

TEST_F(ContainersTest, AnUnhealthyOneMayFallIntoARestartLoopAndBeUnhealthyAfterIt) {
  Read();
  Set("running", "Up 2 hours (unhealthy)");
  Read();
  Set("restarting", "Restarting (3) 1 second ago");
  const Events loop = Read();
  ASSERT_THAT(Names(loop), ElementsAre("container_restarting"));
  EXPECT_EQ(loop[0].container_restarting().previous_state(), "unhealthy");
  Set("running", "Up 5 seconds (unhealthy)");
  EXPECT_THAT(Read(), IsEmpty());
  Set("running", "Up 2 minutes (unhealthy)");
  EXPECT_THAT(Names(Read(absl::Minutes(2))), ElementsAre("container_unhealthy"));
}

TEST_F(ContainersTest, OneThatWasUnhealthyAtTheBaselineIsNotTold) {
  Set("running", "Up 2 hours (unhealthy)");
  EXPECT_THAT(Read(), IsEmpty());
  EXPECT_THAT(Read(), IsEmpty());
  Set("running", "Up 2 hours (healthy)");
  EXPECT_THAT(Read(), IsEmpty());
  EXPECT_THAT(Read(absl::Minutes(2)), IsEmpty());
  Set("running", "Up 2 hours (unhealthy)");
  EXPECT_THAT(Names(Read()), ElementsAre("container_unhealthy"));
}

TEST_F(ContainersTest, SeeRestartsBetweenReadings) {
  Read();
  Set("restarting", "Restarting (3) 1 second ago");
  Read();
  Set("running", "Up 5 seconds");
  for (int i = 0; i < 20; ++i) EXPECT_THAT(Read(), IsEmpty());
}

TEST_F(ContainersTest, EndALoopWhenTheContainerIsGoneOrExited) {
  Read();
  Set("restarting", "Restarting (3) 1 second ago");
  const Events first = Read();
  Set("exited", "Exited (0) 1 second ago");
  EXPECT_THAT(Names(Read()), ElementsAre("container_recovered"));
  Set("restarting", "Restarting (3) 1 second ago");
  const Events second = Read();
  ASSERT_EQ(second.size(), 1u);
  EXPECT_NE(first[0].event_id(), second[0].event_id());
  containers_ = Json::array();
  EXPECT_THAT(Names(Read()), ElementsAre("container_recovered"));
}

TEST_F(ContainersTest, TellOneThatGivesUpInPlaceOfItsEnd) {
  Read();
  Set("restarting", "Restarting (3) 1 second ago");
  Read();
  Set("exited", "Exited (3) 1 second ago");
  const Events events = Read();
  ASSERT_THAT(Names(events), ElementsAre("container_gave_up"));
  EXPECT_EQ(events[0].container_gave_up().previous_state(), "restarting");
  EXPECT_EQ(events[0].container_gave_up().current_state(), "exited");
  EXPECT_EQ(events[0].container_gave_up().exit_code(), 3);
  EXPECT_TRUE(events[0].container_gave_up().has_start_time());
  EXPECT_THAT(Read(), IsEmpty());
  Set("running", "Up 1 second");
  EXPECT_THAT(Read(), IsEmpty());
}

TEST_F(ContainersTest, TellThatOneWhichGaveUpRunsAgain) {
  Read();
  Set("restarting", "Restarting (3) 1 second ago");
  Read();
  Set("exited", "Exited (3) 1 second ago");
  ASSERT_THAT(Names(Read()), ElementsAre("container_gave_up"));
  EXPECT_THAT(Read(absl::Hours(1)), IsEmpty());
  Set("running", "Up 1 second");
  EXPECT_THAT(Read(), IsEmpty());
  Set("running", "Up About a minute");
  const Events events = Read(absl::Minutes(1));
  ASSERT_THAT(Names(events), ElementsAre("container_recovered"));
  EXPECT_EQ(events[0].container_recovered().previous_state(), "exited");
  EXPECT_THAT(Read(), IsEmpty());
}

TEST_F(ContainersTest, TellThatOneWhichGaveUpIsInALoopAgain) {
  Read();
  Set("restarting", "Restarting (3) 1 second ago");
  const Events first = Read();
  Set("exited", "Exited (3) 1 second ago");
  Read();
  Set("restarting", "Restarting (3) 1 second ago");
  const Events again = Read();
  ASSERT_THAT(Names(again), ElementsAre("container_restarting"));
  EXPECT_NE(again[0].event_id(), first[0].event_id());
}

TEST_F(ContainersTest, TellTheEndOfALoopAlsoWhenTheRemovalIsSeen) {
  Read();
  Set("restarting", "Restarting (3) 1 second ago");
  Read();
  Set("removing", "Removal In Progress");
  EXPECT_THAT(Read(), IsEmpty());
  containers_ = Json::array();
  const Events events = Read();
  ASSERT_THAT(Names(events), ElementsAre("container_recovered"));
  EXPECT_EQ(events[0].container_recovered().previous_state(), "restarting");
}

TEST_F(ContainersTest, TakeALongRemovalFromALoopForDead) {
  Read();
  Set("restarting", "Restarting (3) 1 second ago");
  Read();
  Set("removing", "Removal In Progress");
  EXPECT_THAT(Read(), IsEmpty());
  EXPECT_THAT(Read(absl::Seconds(60)), IsEmpty());
  EXPECT_THAT(Names(Read(absl::Seconds(1))), ElementsAre("container_dead"));
  containers_ = Json::array();
  EXPECT_THAT(Names(Read()), ElementsAre("container_recovered"));
}

TEST_F(ContainersTest, TakeAPauseForNoEndOfALoop) {
  Read();
  Set("restarting", "Restarting (3) 1 second ago");
  Read();
  Set("paused", "Up 2 seconds (Paused)");
  EXPECT_THAT(Read(), IsEmpty());
  Set("running", "Up 2 hours");
  EXPECT_THAT(Read(), IsEmpty());
  EXPECT_THAT(Names(Read(absl::Minutes(1))), ElementsAre("container_recovered"));
}

TEST_F(ContainersTest, TellNoSurrenderOfOneThatSomebodyStopped) {
  Read();
  Set("restarting", "Restarting (3) 1 second ago");
  Read();
  Set("exited", "Exited (3) 1 second ago");
  stopped_containers_ = {"c1"};
  EXPECT_THAT(Names(Read()), ElementsAre("container_recovered"));
}

TEST_F(ContainersTest, TakeACodeOfASignalForAStopWhenTheLoopHadAnother) {
  const auto ends = [this](const char* loop, const char* end) {
    Set("running", "Up 3 hours");
    Read(absl::Minutes(2));
    Set("restarting", loop);
    Read();
    Set("exited", end);
    const Events events = Read();
    return events.size() == 1 ? Names(events)[0] : "not one";
  };
  EXPECT_EQ(ends("Restarting (3) 1 second ago", "Exited (143) 1 second ago"), "container_recovered");
  EXPECT_EQ(ends("Restarting (1) 1 second ago", "Exited (137) 2 seconds ago"), "container_recovered");
  EXPECT_EQ(ends("Restarting (2) 1 second ago", "Exited (130) 2 seconds ago"), "container_recovered");
  // Out of memory each time, until its attempts are used up.
  EXPECT_EQ(ends("Restarting (137) 1 second ago", "Exited (137) 2 seconds ago"), "container_gave_up");
  EXPECT_EQ(ends("Restarting (143) 1 second ago", "Exited (143) 2 seconds ago"), "container_gave_up");
  EXPECT_EQ(ends("Restarting (3) 1 second ago", "Exited (4) 2 seconds ago"), "container_gave_up");
}

TEST_F(ContainersTest, TellExitCodesOf32Bits) {
  Read();
  Set("restarting", "Restarting (3221225477) 1 second ago");
  const Events loops = Read();
  ASSERT_THAT(Names(loops), ElementsAre("container_restarting"));
  EXPECT_EQ(loops[0].container_restarting().exit_code(), -1073741819);
  Set("exited", "Exited (3221225477) 1 second ago");
  const Events gave_up = Read();
  ASSERT_THAT(Names(gave_up), ElementsAre("container_gave_up"));
  EXPECT_EQ(gave_up[0].container_gave_up().exit_code(), -1073741819);
}

TEST_F(ContainersTest, TellThatALoopOfTheBaselineGivesUp) {
  Set("restarting", "Restarting (3) 1 second ago");
  Read();
  Set("exited", "Exited (3) 1 second ago");
  EXPECT_THAT(Names(Read()), ElementsAre("container_gave_up"));
}

TEST_F(ContainersTest, TellNothingOfOneThatEndsWithoutHavingBeenRestarted) {
  Read();
  Set("exited", "Exited (3) 1 second ago");
  EXPECT_THAT(Read(), IsEmpty());
}

TEST_F(ContainersTest, TellDeadOnesOnce) {
  Read();
  Set("dead", "Dead");
  const Events events = Read();
  ASSERT_THAT(Names(events), ElementsAre("container_dead"));
  EXPECT_EQ(events[0].container_dead().current_state(), "dead");
  EXPECT_THAT(Read(), IsEmpty());
  containers_ = Json::array();
  EXPECT_THAT(Names(Read()), ElementsAre("container_recovered"));
}

TEST_F(ContainersTest, TakeALongRemovalForDead) {
  Read();
  Set("removing", "Removal In Progress");
  EXPECT_THAT(Read(), IsEmpty());
  EXPECT_THAT(Read(absl::Seconds(60)), IsEmpty());
  const Events events = Read(absl::Seconds(1));
  ASSERT_THAT(Names(events), ElementsAre("container_dead"));
  EXPECT_EQ(events[0].container_dead().current_state(), "removing");
  Set("dead", "Dead");
  EXPECT_THAT(Read(), IsEmpty());
}

TEST_F(ContainersTest, TellNothingOfAShortRemoval) {
  Read();
  Set("removing", "Removal In Progress");
  Read();
  containers_ = Json::array();
  EXPECT_THAT(Read(), IsEmpty());
}

TEST_F(ContainersTest, TellNothingOfTheBaseline) {
  Set("restarting", "Restarting (3) 1 second ago");
  EXPECT_THAT(Read(), IsEmpty());
  EXPECT_THAT(Read(), IsEmpty());
  containers_ = Json::array();
  EXPECT_THAT(Read(), IsEmpty());
}

}  // namespace
}  // namespace swarmbell
