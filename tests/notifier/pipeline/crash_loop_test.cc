#include "notifier/pipeline/crash_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "notifier/alert/change_facts.h"
#include "tests/notifier/pipeline/sample_events.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class CrashLoopsTest : public testing::Test {
 protected:
  std::vector<v1::ChangeEvent> Fail(const std::string& service, absl::Duration at) {
    v1::ChangeEvent event = TaskFailure(absl::StrCat("f", ++count_), service, start_ + at);
    event.mutable_task_failed()->mutable_task()->set_node_hostname(absl::StrCat("node", count_ % 2));
    event.mutable_resource()->set_stack("shop");
    return loops_.Replace(event, start_ + at);
  }

  std::vector<v1::ChangeEvent> FailSlot(int slot, const std::string& node, absl::Duration at) {
    return loops_.Replace(SlotFailure(absl::StrCat("f", ++count_), "web", slot, node, start_ + at),
                          start_ + at);
  }

  // As a notifier that hears from the swarms' collectors until then.
  std::vector<v1::ChangeEvent> TakeOverRead(absl::Duration at) {
    return loops_.EndCalmLoops(start_ + at, [this](const std::string& cluster_id) {
      const auto found = read_.find(cluster_id);
      return found == read_.end() ? std::nullopt : std::optional(start_ + found->second);
    });
  }

  std::map<std::string, absl::Duration> read_;  // until when, by swarm
  const absl::Time start_ = absl::FromUnixSeconds(1'700'000'000);
  CrashLoops loops_{CrashLoopConfig{3, absl::Minutes(5), absl::Minutes(2)}};
  int count_ = 0;
};

TEST_F(CrashLoopsTest, TellsALoopAtTheThirdFailureWithinTheWindow) {
  EXPECT_THAT(Fail("web", absl::Seconds(0)), SizeIs(1));
  EXPECT_THAT(Fail("web", absl::Seconds(10)), SizeIs(1));
  const std::vector<v1::ChangeEvent> third = Fail("web", absl::Seconds(20));
  ASSERT_THAT(third, SizeIs(2));
  EXPECT_TRUE(third[0].has_task_failed());
  const v1::ChangeEvent& loop = third[1];
  EXPECT_EQ(loop.service_crash_loop().failures(), 3u);
  EXPECT_EQ(FromProto(loop.service_crash_loop().start_time()), start_);
  EXPECT_EQ(FromProto(loop.service_crash_loop().last_time()), start_ + absl::Seconds(20));
  EXPECT_EQ(loop.service_crash_loop().last_task().id(), "task-f3");
  EXPECT_THAT(loop.service_crash_loop().nodes(), ElementsAre("node0", "node1"));
  EXPECT_EQ(loop.resource().kind(), v1::RESOURCE_KIND_SERVICE);
  EXPECT_EQ(loop.resource().id(), "web");
  EXPECT_EQ(loop.resource().name(), "web-name");
  EXPECT_EQ(loop.resource().stack(), "shop");
  EXPECT_FALSE(loop.event_id().empty());
}

TEST_F(CrashLoopsTest, FailuresThatWereFoundOutAfterwardsCountByWhenTheyHappened) {
  for (int i = 0; i < 3; ++i) {
    v1::ChangeEvent event = TaskFailure(absl::StrCat("f", i), "web", start_);
    event.set_recollected(true);
    *event.mutable_occur_time() = ToProto(start_ - absl::Minutes(40 * (3 - i)));
    EXPECT_THAT(loops_.Replace(event, start_), SizeIs(1));
  }
}

TEST_F(CrashLoopsTest, TellsTheLoopOnceAndAbsorbsItsFurtherFailures) {
  for (int i = 0; i < 3; ++i) Fail("web", absl::Seconds(i));
  std::size_t passed_on = 0;
  for (int i = 3; i < 1000; ++i) passed_on += Fail("web", absl::Seconds(i)).size();
  EXPECT_EQ(passed_on, 0u);
}

TEST_F(CrashLoopsTest, HidesTheShortageThatALoopMakesAndItsEnd) {
  v1::ChangeEvent degraded = SampleEvent("d", v1::RESOURCE_KIND_SERVICE, "web");
  degraded.mutable_service_degraded();
  v1::ChangeEvent recovered = SampleEvent("r", v1::RESOURCE_KIND_SERVICE, "web");
  recovered.mutable_service_recovered();
  EXPECT_THAT(loops_.Replace(degraded, start_), SizeIs(1));
  EXPECT_THAT(loops_.Replace(recovered, start_), SizeIs(1));
  for (int i = 0; i < 3; ++i) Fail("web", absl::Seconds(i));
  EXPECT_THAT(loops_.Replace(degraded, start_), IsEmpty());
  EXPECT_THAT(loops_.Replace(recovered, start_), IsEmpty());
  EXPECT_THAT(loops_.Replace(recovered, start_), SizeIs(1));
}

TEST_F(CrashLoopsTest, ALoopThatEndsWithoutTasksIsAShortageNotTheEndOfTrouble) {
  v1::ChangeEvent degraded = SampleEvent("d", v1::RESOURCE_KIND_SERVICE, "web");
  degraded.mutable_service_degraded();
  v1::ChangeEvent recovered = SampleEvent("r", v1::RESOURCE_KIND_SERVICE, "web");
  recovered.mutable_service_recovered();
  for (int i = 0; i < 3; ++i) Fail("web", absl::Seconds(i));
  EXPECT_THAT(loops_.Replace(degraded, start_), IsEmpty());
  const std::vector<v1::ChangeEvent> told = loops_.EndCalmLoops(start_ + absl::Hours(1));
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_TRUE(told[0].has_service_degraded());
  EXPECT_THAT(loops_.Replace(recovered, start_), SizeIs(1));
}

TEST_F(CrashLoopsTest, ReplicasThatFailOnceTogetherAreNoLoop) {
  for (int slot = 1; slot <= 12; ++slot) EXPECT_THAT(FailSlot(slot, "w1", absl::ZeroDuration()), SizeIs(1));
  // Nor when the engine is restarted once more.
  for (int slot = 1; slot <= 12; ++slot) EXPECT_THAT(FailSlot(slot, "w1", absl::Minutes(1)), SizeIs(1));
  EXPECT_THAT(loops_.OpenLoops(), IsEmpty());
  EXPECT_THAT(loops_.EndCalmLoops(start_ + absl::Hours(1)), IsEmpty());
}

TEST_F(CrashLoopsTest, ASlotThatFailsAgainAndAgainIsALoopAmongReplicasThatFailedOnce) {
  for (const int slot : {1, 2, 3, 2}) EXPECT_THAT(FailSlot(slot, "w1", absl::Seconds(slot)), SizeIs(1));
  const std::vector<v1::ChangeEvent> told = FailSlot(2, "w2", absl::Seconds(9));
  ASSERT_THAT(told, SizeIs(2));
  EXPECT_EQ(told[1].service_crash_loop().failures(), 5u);
  EXPECT_EQ(FromProto(told[1].service_crash_loop().start_time()), start_ + absl::Seconds(1));
  EXPECT_THAT(told[1].service_crash_loop().nodes(), ElementsAre("w1", "w2"));
  EXPECT_THAT(FailSlot(3, "w1", absl::Seconds(10)), IsEmpty());
}

TEST_F(CrashLoopsTest, AGlobalServiceThatFailsOnceOnEachNodeIsInNoLoop) {
  for (const char* node : {"m1", "m2", "m3"}) EXPECT_THAT(FailSlot(0, node, absl::ZeroDuration()), SizeIs(1));
  EXPECT_THAT(FailSlot(0, "m2", absl::Seconds(5)), SizeIs(1));
  EXPECT_THAT(FailSlot(0, "m2", absl::Seconds(10)), SizeIs(2));
}

TEST_F(CrashLoopsTest, AGlobalServiceOnNodesOfOneHostnameCountsEachNode) {
  for (int i = 0; i < 6; ++i) {
    v1::ChangeEvent event = SlotFailure(absl::StrCat("g", i), "web", 0, "docker", start_);
    event.mutable_task_failed()->mutable_task()->set_node_id(absl::StrCat("node", i));
    EXPECT_THAT(loops_.Replace(event, start_), SizeIs(1));
  }
}

TEST_F(CrashLoopsTest, ReplicasThatFailSlowlyTogetherDoNotLeaveTheirLoopInBetween) {
  for (const int at : {0, 140, 280}) {
    EXPECT_THAT(loops_.EndCalmLoops(start_ + absl::Seconds(at)), IsEmpty());
    for (int slot = 1; slot <= 4; ++slot) FailSlot(slot, "w1", absl::Seconds(at));
  }
  EXPECT_EQ(loops_.NextDeadline(), start_ + absl::Seconds(280 + 280));
}

TEST_F(CrashLoopsTest, TheAttemptsOfAJobThatIsToldAsFailedAreNoLoop) {
  for (int i = 0; i < 5; ++i) Fail("backup", absl::Seconds(i));
  v1::ChangeEvent degraded = ServiceChange("d", "backup");
  degraded.mutable_service_degraded();
  EXPECT_THAT(loops_.Replace(degraded, start_ + absl::Seconds(5)), IsEmpty());
  EXPECT_THAT(loops_.Replace(JobFailed("j", "backup"), start_ + absl::Seconds(6)), SizeIs(1));
  EXPECT_THAT(loops_.OpenLoops(), IsEmpty());
  EXPECT_THAT(loops_.HiddenShortages(), IsEmpty());
  EXPECT_THAT(loops_.EndCalmLoops(start_ + absl::Hours(1)), IsEmpty());
  // The next run counts from the beginning.
  EXPECT_THAT(Fail("backup", absl::Seconds(10)), SizeIs(1));
  EXPECT_THAT(Fail("backup", absl::Seconds(11)), SizeIs(1));
}

TEST_F(CrashLoopsTest, ARejectionThatDiffersByIdentifiersAloneIsToldOnce) {
  const char* const errors[] = {"network sandbox 4f1e6a0b9c3d join failed on w1: no address",
                                "network sandbox 90ab12cd34ef join failed on w1: no address"};
  EXPECT_THAT(loops_.Replace(Refusal("r1", "web", errors[0], start_), start_), SizeIs(1));
  EXPECT_THAT(loops_.Replace(Refusal("r2", "web", errors[1], start_), start_), IsEmpty());
}

TEST_F(CrashLoopsTest, ALoopThatIsToldWithOthersIsCalmedLikeAnyOther) {
  const v1::ChangeEvent refused = Refusal("r1", "web", "No such image: a", start_);
  loops_.StartLoop(refused);  // not known
  EXPECT_FALSE(loops_.HasLoop(ServiceKey(refused)));
  loops_.Replace(refused, start_);
  loops_.StartLoop(refused);
  EXPECT_TRUE(loops_.HasLoop(ServiceKey(refused)));
  EXPECT_THAT(Fail("web", absl::Seconds(20)), IsEmpty());
  EXPECT_EQ(loops_.CountOf(ServiceKey(refused))->failures, 2u);
  EXPECT_THAT(TakeOverRead(absl::Minutes(10)), IsEmpty());
  read_["swarm1"] = absl::Minutes(3);
  ASSERT_THAT(TakeOverRead(absl::Minutes(11)), SizeIs(1));
}

TEST_F(CrashLoopsTest, CountsEachServiceForItself) {
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(Fail("web", absl::Seconds(i)), SizeIs(1));
    EXPECT_THAT(Fail("api", absl::Seconds(i)), SizeIs(1));
  }
}

TEST_F(CrashLoopsTest, FailuresFurtherApartThanTheWindowAreNoLoop) {
  for (int i = 0; i < 10; ++i) EXPECT_THAT(Fail("web", i * absl::Seconds(151)), SizeIs(1));
}

TEST_F(CrashLoopsTest, PassesOnWhatDoesNotCount) {
  for (int i = 0; i < 5; ++i) {
    v1::ChangeEvent stopping = TaskFailure(absl::StrCat("s", i), "web", start_);
    stopping.mutable_task_failed()->set_stopping(true);
    EXPECT_THAT(loops_.Replace(stopping, start_), SizeIs(1));
    v1::ChangeEvent orphaned = TaskFailure(absl::StrCat("o", i), "web", start_);
    orphaned.mutable_task_failed()->set_current_state(v1::TASK_STATE_ORPHANED);
    EXPECT_THAT(loops_.Replace(orphaned, start_), SizeIs(1));
    EXPECT_THAT(loops_.Replace(NodeEvent("n", "node1"), start_), SizeIs(1));
  }
}

TEST_F(CrashLoopsTest, ASlowLoopIsNotOverBetweenItsFailures) {
  // Three within five minutes are a loop, although each is further from the next than the calm time.
  std::size_t loops = 0;
  std::size_t over = 0;
  absl::Time last;
  for (int i = 0; i < 30; ++i) {
    last = start_ + i * absl::Seconds(140);
    over += loops_.EndCalmLoops(last - absl::Seconds(1)).size();
    loops += Fail("web", last - start_).size() > 1 ? 1 : 0;
  }
  EXPECT_EQ(loops, 1u);
  EXPECT_EQ(over, 0u);
  EXPECT_THAT(loops_.EndCalmLoops(last + absl::Seconds(279)), IsEmpty());
  EXPECT_THAT(loops_.EndCalmLoops(last + absl::Seconds(280)), SizeIs(1));
}

TEST_F(CrashLoopsTest, ALoopThatHasBecomeFastIsOverAsSoonAsAnyOther) {
  for (const int at : {0, 140, 280, 281, 282}) Fail("web", absl::Seconds(at));
  EXPECT_THAT(loops_.EndCalmLoops(start_ + absl::Seconds(282) + absl::Minutes(2)), SizeIs(1));
}

TEST_F(CrashLoopsTest, ASlowLoopIsOverAfterTheWindowAtTheLatest) {
  for (const int at : {0, 10, 290}) Fail("web", absl::Seconds(at));
  EXPECT_EQ(loops_.NextDeadline(), start_ + absl::Seconds(290) + absl::Minutes(5));
}

TEST_F(CrashLoopsTest, ARejectionIsToldOnceWhileItsReasonStays) {
  const auto reject = [&](int at, const std::string& why) {
    v1::ChangeEvent event = TaskFailure(absl::StrCat("r", at), "web", start_ + absl::Seconds(at));
    event.mutable_task_failed()->set_current_state(v1::TASK_STATE_REJECTED);
    event.mutable_task_failed()->mutable_task()->set_error(why);
    return loops_.Replace(event, start_ + absl::Seconds(at));
  };
  EXPECT_THAT(reject(0, "No such image: a"), SizeIs(1));
  EXPECT_THAT(reject(1, "No such image: a"), IsEmpty());
  const auto third = reject(2, "No such image: a");
  ASSERT_THAT(third, SizeIs(1));
  EXPECT_TRUE(third[0].has_service_crash_loop());
  loops_.EndCalmLoops(start_ + absl::Hours(1));
  EXPECT_THAT(reject(7200, "No such image: a"), SizeIs(1));
  EXPECT_THAT(reject(7201, "No such image: b"), SizeIs(1));
  EXPECT_THAT(Fail("web", absl::Seconds(7202)), SizeIs(2));
}

TEST_F(CrashLoopsTest, IsOverAfterTheCalmWithTheWholeCount) {
  for (int i = 0; i < 7; ++i) Fail("web", absl::Seconds(i));
  EXPECT_EQ(loops_.NextDeadline(), start_ + absl::Seconds(6) + absl::Minutes(2));
  EXPECT_THAT(loops_.EndCalmLoops(start_ + absl::Minutes(2)), IsEmpty());
  const auto over = loops_.EndCalmLoops(start_ + absl::Seconds(6) + absl::Minutes(2));
  ASSERT_THAT(over, SizeIs(1));
  EXPECT_EQ(over[0].service_crash_loop_over().failures(), 7u);
  EXPECT_EQ(FromProto(over[0].service_crash_loop_over().start_time()), start_);
  EXPECT_EQ(FromProto(over[0].service_crash_loop_over().last_time()), start_ + absl::Seconds(6));
  EXPECT_EQ(over[0].resource().name(), "web-name");
  EXPECT_THAT(loops_.EndCalmLoops(start_ + absl::Hours(1)), IsEmpty());
  EXPECT_EQ(loops_.NextDeadline(), std::nullopt);
}

TEST_F(CrashLoopsTest, ASecondLoopIsToldAgainUnderAnotherId) {
  for (int i = 0; i < 2; ++i) Fail("web", absl::Seconds(i));
  const auto first = Fail("web", absl::Seconds(2));
  loops_.EndCalmLoops(start_ + absl::Minutes(10));
  for (int i = 0; i < 2; ++i) Fail("web", absl::Minutes(11));
  const auto second = Fail("web", absl::Minutes(11));
  ASSERT_THAT(second, SizeIs(2));
  EXPECT_NE(first[1].event_id(), second[1].event_id());
}

TEST_F(CrashLoopsTest, NewSettingsThatFailTooAreTold) {
  for (int i = 0; i < 3; ++i) Fail("web", absl::Seconds(i));
  v1::ChangeEvent update = SampleEvent("u", v1::RESOURCE_KIND_SERVICE, "web");
  update.mutable_service_task_template_changed();
  EXPECT_THAT(loops_.Replace(update, start_ + absl::Seconds(5)), SizeIs(1));
  v1::ChangeEvent degraded = SampleEvent("d", v1::RESOURCE_KIND_SERVICE, "web");
  degraded.mutable_service_degraded();
  EXPECT_THAT(loops_.Replace(degraded, start_ + absl::Seconds(6)), SizeIs(1));
  EXPECT_THAT(Fail("web", absl::Seconds(10)), SizeIs(1));
  EXPECT_THAT(Fail("web", absl::Seconds(20)), SizeIs(1));
  const std::vector<v1::ChangeEvent> third = Fail("web", absl::Seconds(30));
  ASSERT_THAT(third, SizeIs(2));
  EXPECT_EQ(third[1].service_crash_loop().failures(), 3u);
  EXPECT_EQ(FromProto(third[1].service_crash_loop().start_time()), start_ + absl::Seconds(10));
  EXPECT_THAT(Fail("web", absl::Seconds(40)), IsEmpty());
  EXPECT_THAT(loops_.EndCalmLoops(start_ + absl::Minutes(10)), SizeIs(1));
}

TEST_F(CrashLoopsTest, NewSettingsThatDoNotFailEndTheLoop) {
  for (int i = 0; i < 3; ++i) Fail("web", absl::Seconds(i));
  v1::ChangeEvent update = SampleEvent("u", v1::RESOURCE_KIND_SERVICE, "web");
  update.mutable_service_task_template_changed();
  loops_.Replace(update, start_ + absl::Seconds(5));
  const std::vector<v1::ChangeEvent> over = loops_.EndCalmLoops(start_ + absl::Minutes(3));
  ASSERT_THAT(over, SizeIs(1));
  EXPECT_EQ(over[0].service_crash_loop_over().failures(), 3u);
}

TEST_F(CrashLoopsTest, ForgetsAServiceThatDisappeared) {
  for (int i = 0; i < 3; ++i) Fail("web", absl::Seconds(i));
  v1::ChangeEvent gone = SampleEvent("gone", v1::RESOURCE_KIND_SERVICE, "web");
  gone.mutable_service_disappeared();
  EXPECT_THAT(loops_.Replace(gone, start_ + absl::Seconds(4)), SizeIs(1));
  EXPECT_THAT(loops_.EndCalmLoops(start_ + absl::Hours(1)), IsEmpty());
}

TEST_F(CrashLoopsTest, SilenceIsNotCalmWhileNobodyReadsTheSwarm) {
  for (int i = 0; i < 3; ++i) Fail("web", absl::Seconds(i));
  EXPECT_THAT(TakeOverRead(absl::Hours(1)), IsEmpty());  // never heard of
  read_["swarm2"] = absl::Hours(9);
  read_["swarm1"] =
      absl::Seconds(2) + absl::Minutes(2) - absl::Milliseconds(1);  // and then the last one went
  EXPECT_THAT(TakeOverRead(absl::Hours(2)), IsEmpty());
  read_["swarm1"] += absl::Milliseconds(1);
  const auto over = TakeOverRead(absl::Hours(3));
  ASSERT_THAT(over, SizeIs(1));
  EXPECT_EQ(over[0].service_crash_loop_over().failures(), 3u);
}

TEST_F(CrashLoopsTest, AFailureHeardOfAfterTheSilenceKeepsTheLoopGoing) {
  for (int i = 0; i < 3; ++i) Fail("web", absl::Seconds(i));
  EXPECT_THAT(TakeOverRead(absl::Minutes(30)), IsEmpty());
  EXPECT_THAT(Fail("web", absl::Minutes(31)), IsEmpty());
  read_["swarm1"] = absl::Minutes(32);
  EXPECT_THAT(TakeOverRead(absl::Minutes(32)), IsEmpty());
  read_["swarm1"] = absl::Hours(2);
  ASSERT_THAT(TakeOverRead(absl::Hours(2)), SizeIs(1));
}

TEST_F(CrashLoopsTest, LooksAgainLaterForASwarmThatIsNotRead) {
  for (int i = 0; i < 3; ++i) Fail("web", absl::Seconds(i));
  absl::Time now = *loops_.NextDeadline();
  for (int i = 0; i < 10; ++i) {
    EXPECT_THAT(TakeOverRead(now - start_), IsEmpty());
    const std::optional<absl::Time> next = loops_.NextDeadline();
    ASSERT_TRUE(next);
    EXPECT_GE(*next, now + absl::Seconds(1));
    EXPECT_LE(*next, now + absl::Seconds(5));
    now = *next;
  }
  read_["swarm1"] = absl::Hours(1);
  EXPECT_THAT(TakeOverRead(now - start_), SizeIs(1));
  EXPECT_EQ(loops_.NextDeadline(), std::nullopt);
}

TEST_F(CrashLoopsTest, ALoopDoesNotWaitForAnotherSwarm) {
  for (const char* swarm : {"swarm1", "swarm2"}) {
    for (int i = 0; i < 3; ++i) {
      v1::ChangeEvent event = TaskFailure(absl::StrCat(swarm, i), "web", start_);
      event.mutable_cluster()->set_id(swarm);
      loops_.Replace(event, start_);
    }
  }
  read_["swarm2"] = absl::Minutes(2);
  const auto over = TakeOverRead(absl::Minutes(2));
  ASSERT_THAT(over, SizeIs(1));
  EXPECT_EQ(over[0].cluster().id(), "swarm2");
}

TEST_F(CrashLoopsTest, AHiddenShortageWaitsForTheSwarmToBeReadAsTheLoopDoes) {
  v1::ChangeEvent degraded = SampleEvent("d", v1::RESOURCE_KIND_SERVICE, "web");
  degraded.mutable_service_degraded();
  for (int i = 0; i < 3; ++i) Fail("web", absl::Seconds(i));
  EXPECT_THAT(loops_.Replace(degraded, start_), IsEmpty());
  EXPECT_THAT(TakeOverRead(absl::Hours(1)), IsEmpty());
  EXPECT_THAT(loops_.HiddenShortages(), SizeIs(1));
  read_["swarm1"] = absl::Hours(1);
  const auto told = TakeOverRead(absl::Hours(1) + absl::Seconds(10));
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_TRUE(told[0].has_service_degraded());
}

TEST_F(CrashLoopsTest, ARestoredLoopIsOverWhenTheSwarmWasReadSinceTheRestart) {
  for (int i = 0; i < 3; ++i) Fail("web", absl::Seconds(i));
  const v1::ChangeEvent loop = loops_.OpenLoops().at(0);
  loops_ = CrashLoops(CrashLoopConfig{3, absl::Minutes(5), absl::Minutes(2)});
  ASSERT_TRUE(loops_.Restore(loop, start_ + absl::Hours(1)));
  // Its failures since it began were told to the process before; then the collector went.
  read_["swarm1"] = absl::Hours(1) + absl::Seconds(1);
  EXPECT_THAT(TakeOverRead(absl::Hours(2)), IsEmpty());
  read_["swarm1"] = absl::Hours(1) + absl::Minutes(2);
  EXPECT_THAT(TakeOverRead(absl::Hours(3)), SizeIs(1));
}

TEST_F(CrashLoopsTest, FailuresThatAreNoLoopAreForgottenUnread) {
  Fail("web", absl::Seconds(0));
  EXPECT_THAT(TakeOverRead(absl::Minutes(5)), IsEmpty());
  EXPECT_EQ(loops_.NextDeadline(), std::nullopt);
}

TEST_F(CrashLoopsTest, CountsByTheTimeOfObservationWhenAStreamCatchesUp) {
  for (int i = 0; i < 10; ++i) {
    const v1::ChangeEvent event = TaskFailure(absl::StrCat("late", i), "web", start_ + i * absl::Minutes(4));
    EXPECT_THAT(loops_.Replace(event, start_ + absl::Hours(1)), SizeIs(1));  // all arrive at once
  }
}

TEST_F(CrashLoopsTest, ALoopBegunAfterTwoChangesOfSettingsCountsTheLastFailure) {
  for (int i = 0; i < 3; ++i) Fail("web", absl::Seconds(i));
  v1::ChangeEvent update = ServiceChange("u", "web");
  update.mutable_service_task_template_changed();
  loops_.Replace(update, start_ + absl::Seconds(5));
  Fail("web", absl::Seconds(6));
  loops_.Replace(update, start_ + absl::Seconds(7));
  loops_.StartLoop(TaskFailure(absl::StrCat("f", count_), "web", start_ + absl::Seconds(6)));
  const std::vector<v1::ChangeEvent> open = loops_.OpenLoops();
  ASSERT_THAT(open, SizeIs(1));
  EXPECT_EQ(open[0].service_crash_loop().failures(), 1u);
  EXPECT_EQ(FromProto(open[0].service_crash_loop().start_time()), start_ + absl::Seconds(6));
  EXPECT_EQ(FromProto(open[0].service_crash_loop().last_time()), start_ + absl::Seconds(6));
}

// Passes a stopped update, which a rule wants or not, and then three failures; returns how many loops were
// reported.
int LoopsAfterAStop(CrashLoops& loops, bool wanted, absl::Time time) {
  int reported = 0;
  const auto pass = [&](const v1::ChangeEvent& event, absl::Time at) {
    loops.Pass({.event = &event}, {at}, [&](const PassingChange& on) {
      reported += on.event->has_service_crash_loop() ? 1 : 0;
      return wanted;
    });
  };
  pass(UpdateState("u", "web", v1::UPDATE_STATE_PAUSED), time);
  for (int i = 1; i <= 3; ++i) {
    const absl::Time at = time + absl::Seconds(5 * i);
    pass(TaskFailure(absl::StrCat("s", i), "web", at), at);
  }
  return reported;
}

TEST_F(CrashLoopsTest, AfterAnUpdateThatStoppedALoopAndItsEndAreNoNews) {
  EXPECT_EQ(LoopsAfterAStop(loops_, true, start_), 0);
  EXPECT_THAT(Fail("web", absl::Seconds(20)), IsEmpty());
  EXPECT_THAT(loops_.OpenLoops(), IsEmpty());
  EXPECT_THAT(loops_.EndCalmLoops(start_ + absl::Minutes(10)), IsEmpty());
}

TEST_F(CrashLoopsTest, AStopThatNoRuleWantsHidesNoLoop) {
  EXPECT_EQ(LoopsAfterAStop(loops_, false, start_), 1);
}

TEST_F(CrashLoopsTest, ANewUpdateThatFailsTooIsNews) {
  LoopsAfterAStop(loops_, true, start_);
  v1::ChangeEvent settings = ServiceChange("t", "web");
  settings.mutable_service_task_template_changed();
  loops_.Replace(settings, start_ + absl::Seconds(30));
  loops_.Replace(UpdateState("u2", "web", v1::UPDATE_STATE_UPDATING), start_ + absl::Seconds(30));
  Fail("web", absl::Seconds(31));
  Fail("web", absl::Seconds(32));
  EXPECT_THAT(Fail("web", absl::Seconds(33)), SizeIs(2));
}

TEST_F(CrashLoopsTest, WhatALoopAfterAStopHidesIsReportedAtItsEnd) {
  LoopsAfterAStop(loops_, true, start_);
  v1::ChangeEvent degraded = ServiceChange("d", "web");
  degraded.mutable_service_degraded();
  EXPECT_THAT(loops_.Replace(degraded, start_ + absl::Minutes(1)), IsEmpty());
  const std::vector<v1::ChangeEvent> end = loops_.EndCalmLoops(start_ + absl::Minutes(10));
  ASSERT_THAT(end, SizeIs(1));
  EXPECT_TRUE(end[0].has_service_degraded());
}

}  // namespace
}  // namespace swarmbell
