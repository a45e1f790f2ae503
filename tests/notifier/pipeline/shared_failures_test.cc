#include "notifier/pipeline/shared_failures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tests/notifier/pipeline/sample_events.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

constexpr char kPool[] = "Pool overlaps with other one on this address space";
constexpr CrashLoopConfig kLimits{3, absl::Minutes(5), absl::Minutes(2)};

class SharedFailuresTest : public testing::Test {
 protected:
  bool Tell(const PassingChange& change) {
    if (change.event->has_services_failing() && !wants_shared_) return false;
    told_.push_back(*change.event);
    return true;
  }
  void PassShared(const PassingChange& change, absl::Time now) {
    shared_.Pass(change, {now}, [this](const PassingChange& told) { return Tell(told); });
  }

  // The way of a change as in the pipeline.
  void Pass(const v1::ChangeEvent& event, absl::Duration at) {
    const absl::Time now = start_ + at;
    for (const v1::ChangeEvent& counted : loops_.Replace(event, now)) {
      PassShared({.event = &counted, .hold = std::make_shared<Receipt>()}, now);
    }
  }
  void Tick(absl::Duration at) {
    const absl::Time now = start_ + at;
    shared_.Tick({now}, [this](const PassingChange& told) { return Tell(told); });
    for (const v1::ChangeEvent& over : loops_.EndCalmLoops(now, read_until_)) {
      PassShared({.event = &over, .own = true}, now);
    }
  }
  void Refuse(const std::string& service, absl::Duration at, const std::string& error = kPool) {
    Pass(Refusal(absl::StrCat("r", ++count_), service, error, start_ + at), at);
  }
  // Two services whose failures are told together at 4 s.
  void BeginTogether() {
    Refuse("api", absl::ZeroDuration());
    Refuse("web", absl::ZeroDuration());
    Tick(absl::Seconds(4));
    ASSERT_THAT(Told(), ElementsAre("services_failing"));
    told_.clear();
  }

  std::vector<std::string> Told() const {
    std::vector<std::string> names;
    for (const v1::ChangeEvent& event : told_) {
      const auto* details = v1::ChangeEvent::descriptor()->FindOneofByName("details");
      names.emplace_back(event.GetReflection()->GetOneofFieldDescriptor(event, details)->name());
    }
    return names;
  }
  template <typename Change>
  static std::vector<std::string> Services(const Change& change) {
    std::vector<std::string> services;
    for (const v1::FailingService& service : change.services()) {
      services.push_back(absl::StrCat(service.service_name(), " ", service.failures()));
    }
    return services;
  }

  const absl::Time start_ = absl::FromUnixSeconds(1'700'000'000);
  CrashLoops loops_{kLimits};
  SharedFailures shared_{kLimits.window, loops_};
  ReadUntil read_until_;
  std::vector<v1::ChangeEvent> told_;
  bool wants_shared_ = true;
  int count_ = 0;
};

TEST_F(SharedFailuresTest, TheSameErrorInSeveralServicesIsToldOnce) {
  // As five services of a stack are refused again and again within 14 seconds.
  const char* const services[] = {"web", "api", "db", "cache", "agent"};
  for (int second = 0; second <= 60; ++second) {
    for (const char* service : services) {
      if (second % 5 == 0) Refuse(service, absl::Seconds(second));
    }
    Tick(absl::Seconds(second));
  }
  ASSERT_THAT(Told(), ElementsAre("services_failing"));
  const v1::ServicesFailing& failing = told_[0].services_failing();
  EXPECT_EQ(failing.error(), kPool);
  EXPECT_THAT(Services(failing),
              ElementsAre("agent-name 1", "api-name 1", "cache-name 1", "db-name 1", "web-name 1"));
  EXPECT_EQ(FromProto(failing.start_time()), start_);
  EXPECT_THAT(failing.nodes(), ElementsAre("w1"));
  EXPECT_EQ(told_[0].resource().kind(), v1::RESOURCE_KIND_SERVICE);

  told_.clear();
  Tick(absl::Seconds(60) + absl::Minutes(2));
  ASSERT_THAT(Told(), ElementsAre("services_failing_over"));
  EXPECT_THAT(Services(told_[0].services_failing_over()),
              ElementsAre("agent-name 13", "api-name 13", "cache-name 13", "db-name 13", "web-name 13"));
  EXPECT_EQ(FromProto(told_[0].services_failing_over().last_time()), start_ + absl::Seconds(60));
  EXPECT_THAT(shared_.Open(), IsEmpty());
  EXPECT_EQ(shared_.NextDeadline(), std::nullopt);
}

TEST_F(SharedFailuresTest, ServicesThatAreDeployedOneAfterAnotherAreWaitedForButNotForLong) {
  for (int i = 0; i < 10; ++i) {
    Refuse(absl::StrCat("s", i), absl::Seconds(3) * i);
    Tick(absl::Seconds(3) * i);
  }
  ASSERT_THAT(Told(), ElementsAre("services_failing"));
  EXPECT_THAT(Services(told_[0].services_failing()), SizeIs(5));  // those of the first 12 seconds
}

TEST_F(SharedFailuresTest, AFailureByItselfIsToldAsItIsAfterAMoment) {
  Refuse("api", absl::ZeroDuration());
  Tick(absl::Seconds(3));
  EXPECT_THAT(Told(), IsEmpty());
  EXPECT_EQ(shared_.NextDeadline(), start_ + absl::Seconds(4));
  Tick(absl::Seconds(4));
  EXPECT_THAT(Told(), ElementsAre("task_failed"));
  Refuse("api", absl::Seconds(5));
  Refuse("api", absl::Seconds(10));
  Tick(absl::Seconds(14));
  EXPECT_THAT(Told(), ElementsAre("task_failed", "service_crash_loop"));
  Tick(absl::Minutes(3));
  EXPECT_THAT(Told(), ElementsAre("task_failed", "service_crash_loop", "service_crash_loop_over"));
}

TEST_F(SharedFailuresTest, AServiceThatWasToldByItselfIsNamedWithTheNextOne) {
  Refuse("api", absl::ZeroDuration());
  Tick(absl::Seconds(4));
  told_.clear();
  Refuse("web", absl::Seconds(30));
  Tick(absl::Seconds(34));
  ASSERT_THAT(Told(), ElementsAre("services_failing"));
  EXPECT_THAT(Services(told_[0].services_failing()), ElementsAre("api-name 1", "web-name 1"));
  EXPECT_EQ(told_[0].resource().name(), "api-name");
}

TEST_F(SharedFailuresTest, AnotherErrorAnotherSwarmAndOtherLabelsAreToldApart) {
  Refuse("api", absl::ZeroDuration());
  Refuse("db", absl::ZeroDuration(), "No such image: db:1");
  v1::ChangeEvent other_swarm = Refusal("o", "web", kPool, start_);
  other_swarm.mutable_cluster()->set_id("swarm2");
  Pass(other_swarm, absl::ZeroDuration());
  for (const char* label :
       {"swarmbell.receiver", "swarmbell.colors", "swarmbell.enable", "swarmbell.mention"}) {
    v1::ChangeEvent steered = Refusal(label, label, kPool, start_);
    (*steered.mutable_resource()->mutable_labels())[label] = "x";
    Pass(steered, absl::ZeroDuration());
  }
  Tick(absl::Seconds(4));
  EXPECT_THAT(Told(), testing::AllOf(SizeIs(7), testing::Each("task_failed")));
}

TEST_F(SharedFailuresTest, ServicesThatEndWithOneExitCodeHaveNoErrorInCommon) {
  for (const char* service : {"api", "web"}) {
    for (int i = 0; i < 3; ++i) {
      v1::ChangeEvent event = SlotFailure(absl::StrCat(service, i), service, 1, "w1", start_);
      event.mutable_task_failed()->mutable_task()->set_error("task: non-zero exit (1)");
      Pass(event, absl::ZeroDuration());
    }
  }
  // At once, as always.
  const std::vector<std::string> told = Told();
  EXPECT_EQ(std::count(told.begin(), told.end(), "service_crash_loop"), 2);
  EXPECT_EQ(shared_.NextDeadline(), std::nullopt);
}

TEST_F(SharedFailuresTest, AServiceThatJoinsIsToldByOneMoreCardInAWindow) {
  BeginTogether();
  for (int second = 20; second < 304; ++second) {
    if (second % 60 == 0) Refuse("api", absl::Seconds(second));
    if (second % 60 == 0) Refuse("web", absl::Seconds(second));
    if (second % 60 == 20) Refuse("db", absl::Seconds(second));
    if (second == 200 || second == 300) Refuse("cache", absl::Seconds(second));
    Tick(absl::Seconds(second));
  }
  EXPECT_THAT(Told(), IsEmpty());
  // It is kept at once: a notifier that is started again tells it.
  EXPECT_THAT(shared_.Open(), SizeIs(1));
  EXPECT_THAT(Services(shared_.Open()[0].services_failing()), SizeIs(4));
  Tick(absl::Seconds(304));
  ASSERT_THAT(Told(), ElementsAre("services_failing"));
  EXPECT_THAT(Services(told_[0].services_failing()),
              ElementsAre("api-name 6", "cache-name 2", "db-name 5", "web-name 6"));
}

TEST_F(SharedFailuresTest, AServiceThatHasStoppedIsNotNamedAmongThoseThatFail) {
  BeginTogether();
  for (const int second : {60, 120, 180}) Refuse("web", absl::Seconds(second));
  Tick(absl::Seconds(200));  // api has been calm for two minutes
  Refuse("web", absl::Seconds(240));
  Refuse("db", absl::Seconds(250));
  Tick(absl::Seconds(304));
  ASSERT_THAT(Told(), ElementsAre("services_failing"));
  EXPECT_THAT(Services(told_[0].services_failing()), ElementsAre("db-name 1", "web-name 5"));
}

TEST_F(SharedFailuresTest, LongAfterThatAServiceBeginsAnew) {
  BeginTogether();
  for (int minute = 1; minute < 10; ++minute) {
    Refuse("api", absl::Minutes(minute));
    Refuse("web", absl::Minutes(minute));
    Tick(absl::Minutes(minute));
  }
  Refuse("db", absl::Minutes(9));
  Tick(absl::Minutes(9) + absl::Seconds(4));
  EXPECT_THAT(Told(), ElementsAre("task_failed"));
}

TEST_F(SharedFailuresTest, NewSettingsThatFailTooAreToldSoon) {
  BeginTogether();
  v1::ChangeEvent update = ServiceChange("u", "web");
  update.mutable_service_task_template_changed();
  Pass(update, absl::Seconds(30));
  for (const int second : {40, 45, 50}) Refuse("web", absl::Seconds(second));
  Tick(absl::Seconds(54));
  EXPECT_THAT(Told(), ElementsAre("service_task_template_changed", "services_failing"));
}

TEST_F(SharedFailuresTest, IsOverWhenTheLastServiceHasStoppedAndTheSwarmIsRead) {
  std::optional<absl::Time> read;
  read_until_ = [&read](const std::string&) { return read; };
  BeginTogether();
  Refuse("web", absl::Minutes(2));
  Tick(absl::Hours(1));
  EXPECT_THAT(Told(), IsEmpty());
  read = start_ + absl::Minutes(3);
  Tick(absl::Hours(1) + absl::Seconds(5));
  EXPECT_THAT(Told(), IsEmpty());
  read = start_ + absl::Minutes(30);
  Tick(absl::Hours(1) + absl::Seconds(10));
  EXPECT_THAT(Told(), ElementsAre("services_failing_over"));
}

TEST_F(SharedFailuresTest, AServiceThatStoppedBecauseItRunsNothingIsNotWell) {
  BeginTogether();
  v1::ChangeEvent degraded = ServiceChange("d", "web");
  degraded.mutable_service_degraded();
  Pass(degraded, absl::Minutes(1));
  EXPECT_THAT(Told(), IsEmpty());
  Tick(absl::Minutes(3));
  EXPECT_THAT(Told(), ElementsAre("services_failing_over", "service_degraded"));
  EXPECT_THAT(Services(told_[0].services_failing_over()), ElementsAre("api-name 1"));
}

TEST_F(SharedFailuresTest, ServicesThatAreRemovedEndIt) {
  BeginTogether();
  Pass(Removed("g1", "api"), absl::Minutes(1));
  Pass(Removed("g2", "web"), absl::Minutes(1));
  Tick(absl::Hours(1));
  EXPECT_THAT(Told(), ElementsAre("service_disappeared", "service_disappeared"));
  EXPECT_THAT(shared_.Open(), IsEmpty());
}

TEST_F(SharedFailuresTest, AJobThatFailedIsToldInPlaceOfItsAttempts) {
  Refuse("backup", absl::ZeroDuration());
  Refuse("web", absl::ZeroDuration());
  Pass(JobFailed("j", "backup"), absl::Seconds(1));
  Tick(absl::Hours(1));
  EXPECT_THAT(Told(), ElementsAre("service_job_failed", "task_failed"));
}

TEST_F(SharedFailuresTest, AnUpdateThatFailsSharesTheCardOfItsFailure) {
  Refuse("api", absl::ZeroDuration());
  Pass(UpdateState("p", "api", v1::UPDATE_STATE_PAUSED), absl::Seconds(1));
  EXPECT_THAT(Told(), ElementsAre("task_failed", "service_update_state_changed"));
}

TEST_F(SharedFailuresTest, WithoutARuleForAllEachIsTold) {
  wants_shared_ = false;
  Refuse("api", absl::ZeroDuration());
  Refuse("web", absl::ZeroDuration());
  Tick(absl::Seconds(4));
  EXPECT_THAT(Told(), ElementsAre("task_failed", "task_failed"));
  EXPECT_THAT(loops_.OpenLoops(), IsEmpty());
}

TEST_F(SharedFailuresTest, GoesOnAfterARestart) {
  BeginTogether();
  const std::vector<v1::ChangeEvent> loops = loops_.OpenLoops();
  const std::vector<v1::ChangeEvent> open = shared_.Open();
  ASSERT_THAT(open, SizeIs(1));
  loops_ = CrashLoops(kLimits);
  shared_ = SharedFailures(kLimits.window, loops_);
  EXPECT_FALSE(shared_.Restore(open[0], start_));  // none of them fails any more
  for (const v1::ChangeEvent& loop : loops) ASSERT_TRUE(loops_.Restore(loop, start_ + absl::Minutes(1)));
  EXPECT_TRUE(shared_.Restore(open[0], start_ + absl::Minutes(1)));
  EXPECT_FALSE(shared_.Restore(open[0], start_ + absl::Minutes(1)));
  for (const v1::ChangeEvent& loop : loops) EXPECT_TRUE(shared_.IsPart(loop));
  Refuse("api", absl::Seconds(90));
  Tick(absl::Seconds(100));
  EXPECT_THAT(Told(), IsEmpty());
  Tick(absl::Minutes(5));
  ASSERT_THAT(Told(), ElementsAre("services_failing_over"));
  EXPECT_THAT(Services(told_[0].services_failing_over()), ElementsAre("api-name 2", "web-name 1"));
}

TEST_F(SharedFailuresTest, EndsAlsoWhenFailuresAreCountedForASecond) {
  loops_ = CrashLoops({3, absl::Seconds(1), absl::Minutes(2)});
  shared_ = SharedFailures(absl::Seconds(1), loops_);
  for (int second = 0; second <= 4; ++second) {
    if (second == 0) Refuse("api", absl::ZeroDuration());
    if (second == 0) Refuse("web", absl::ZeroDuration());
    Tick(absl::Seconds(second));
  }
  ASSERT_THAT(Told(), ElementsAre("services_failing"));
  EXPECT_THAT(loops_.OpenLoops(), SizeIs(2));
  Tick(absl::Minutes(3));
  EXPECT_THAT(Told(), ElementsAre("services_failing", "services_failing_over"));
  EXPECT_THAT(shared_.Open(), IsEmpty());
  Refuse("api", absl::Minutes(4));
  Tick(absl::Minutes(4) + absl::Seconds(4));
  EXPECT_EQ(Told().back(), "task_failed");
}

TEST_F(SharedFailuresTest, ServicesThatTheRulesTreatDifferentlyAreToldApart) {
  shared_ = SharedFailures(kLimits.window, loops_, [](const v1::ChangeEvent& event, absl::Time) {
    return event.task_failed().task().service_name() == "pay-name" ? "red team-a" : "red ops";
  });
  Refuse("api", absl::ZeroDuration());
  Refuse("pay", absl::ZeroDuration());
  Refuse("web", absl::ZeroDuration());
  Tick(absl::Seconds(4));
  EXPECT_THAT(Told(), UnorderedElementsAre("services_failing", "task_failed"));
  // Nor does it join them later.
  told_.clear();
  Refuse("db", absl::Minutes(1));
  Refuse("pay", absl::Minutes(1), kPool);
  Tick(absl::Minutes(1) + absl::Seconds(4));
  Tick(absl::Minutes(5) + absl::Seconds(4));
  for (const v1::ChangeEvent& event : told_) {
    if (!event.has_services_failing()) continue;
    EXPECT_THAT(Services(event.services_failing()), ElementsAre("api-name 1", "db-name 1", "web-name 1"));
  }
}

TEST_F(SharedFailuresTest, ALoopOfAServiceThatWaitsStaysWithItsRejection) {
  shared_ = SharedFailures(kLimits.window, loops_, [](const v1::ChangeEvent& event, absl::Time) {
    return event.has_task_failed() ? "yellow ops" : "red ops";
  });
  for (int second = 0; second < 3; ++second) {
    Refuse("api", absl::Seconds(second));
    Refuse("web", absl::Seconds(second));
  }
  Tick(absl::Seconds(12));
  EXPECT_THAT(Told(), ElementsAre("services_failing"));
}

TEST_F(SharedFailuresTest, WhatWasToldStaysAtTheServiceAtWhichItWasTold) {
  BeginTogether();
  const std::string first = shared_.Open()[0].resource().name();
  // Found out only now, and failed before the others.
  v1::ChangeEvent earlier = Refusal("e", "db", kPool, start_);
  earlier.set_recollected(true);
  *earlier.mutable_occur_time() = ToProto(start_ - absl::Minutes(2));
  Pass(earlier, absl::Seconds(20));
  Tick(absl::Seconds(304));
  ASSERT_FALSE(told_.empty());
  ASSERT_TRUE(told_[0].has_services_failing());
  EXPECT_THAT(told_[0].services_failing().services(), SizeIs(3));
  EXPECT_EQ(told_[0].resource().name(), first);
}

TEST_F(SharedFailuresTest, AServiceThatJoinsWithoutARuleForAllIsToldByItselfAndSoIsItsEnd) {
  BeginTogether();
  for (const int second : {100, 200, 290}) {
    Refuse("api", absl::Seconds(second));
    Refuse("web", absl::Seconds(second));
  }
  Refuse("db", absl::Seconds(290));
  wants_shared_ = false;
  Tick(absl::Seconds(304));
  ASSERT_THAT(Told(), ElementsAre("task_failed"));
  EXPECT_EQ(told_[0].task_failed().task().service_id(), "db");
  ASSERT_THAT(shared_.Open(), SizeIs(1));
  EXPECT_THAT(Services(shared_.Open()[0].services_failing()), ElementsAre("api-name 4", "web-name 4"));
  told_.clear();
  Tick(absl::Hours(1));
  EXPECT_THAT(Told(), UnorderedElementsAre("services_failing_over", "service_crash_loop_over"));
}

TEST_F(SharedFailuresTest, TakesInAfterARestartWhatTheRulesTreatAlike) {
  const auto steered = [](const v1::ChangeEvent& event, absl::Time) -> std::string {
    return event.has_services_failing() ? "yellow all" : "red ops";
  };
  shared_ = SharedFailures(kLimits.window, loops_, steered);
  BeginTogether();
  const v1::ChangeEvent open = shared_.Open()[0];
  shared_ = SharedFailures(kLimits.window, loops_, steered);
  ASSERT_TRUE(shared_.Restore(open, start_ + absl::Minutes(1)));
  Refuse("db", absl::Seconds(90));
  Tick(absl::Seconds(100));
  EXPECT_THAT(Told(), IsEmpty());
  EXPECT_THAT(shared_.Open()[0].services_failing().services(), SizeIs(3));
}

}  // namespace
}  // namespace swarmbell
