#include "notifier/pipeline/pipeline_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <latch>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "notifier/pipeline/shared_failures.h"
#include "swarmbell/v1/notifier_state.pb.h"
#include "tests/fakes/fake_clock.h"
#include "tests/notifier/pipeline/sample_events.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class PipelineRunnerTest : public testing::Test {
 protected:
  Pipeline MakePipeline() {
    return Pipeline(
        PipelineOptions(), [](const v1::ChangeEvent& event, absl::Time) { return AlertOf(event); }, handled_);
  }

  PipelineRunner::Sink Collect() {
    return [this](OutgoingGroup message) {
      std::lock_guard lock(mutex_);
      told_.push_back(message.group.alerts.front().event.event_id());
    };
  }

  FeedBatch Batch(const std::string& id) {
    FeedBatch batch;
    batch.events = {NodeEvent(id, "node-" + id)};
    return batch;
  }

  std::vector<std::string> Told() {
    std::lock_guard lock(mutex_);
    return told_;
  }

  HandledChanges handled_;
  FakeClock clock_;
  std::mutex mutex_;
  std::vector<std::string> told_;  // guarded by mutex_
};

TEST_F(PipelineRunnerTest, TellsWhenTheWindowEnds) {
  PipelineRunner runner(MakePipeline(), Collect(), clock_);
  ASSERT_TRUE(runner.Push(Batch("a"), {}));
  ASSERT_TRUE(clock_.WaitForSleeper(absl::Milliseconds(500)));
  EXPECT_THAT(Told(), IsEmpty());
  clock_.Advance(absl::Milliseconds(500));
  ASSERT_TRUE(clock_.WaitForSleeper(absl::InfiniteDuration()));
  EXPECT_THAT(Told(), ElementsAre("a"));
}

TEST_F(PipelineRunnerTest, AClockThatIsSetMakesNoMessageWaitLonger) {
  PipelineRunner runner(MakePipeline(), Collect(), clock_);
  ASSERT_TRUE(runner.Push(Batch("a"), {}));
  ASSERT_TRUE(clock_.WaitForSleeper(absl::Milliseconds(500)));
  clock_.StepWall(-absl::Seconds(600));
  ASSERT_TRUE(runner.Push(Batch("b"), {}));
  ASSERT_TRUE(clock_.WaitForSleeper(absl::Seconds(1)));  // until the burst is over
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(clock_.WaitForSleeper(absl::InfiniteDuration()));
  EXPECT_THAT(Told(), ElementsAre("a", "b"));
}

TEST_F(PipelineRunnerTest, OtherOptionsComeAfterWhatWaitsIsHandedOut) {
  std::promise<void> b_is_told;
  const auto sink = [&, collect = Collect()](const OutgoingGroup& message) {
    collect(message);
    if (message.group.alerts.front().event.event_id() == "b") b_is_told.set_value();
  };
  PipelineRunner runner(MakePipeline(), sink, clock_);
  ASSERT_TRUE(runner.Push(Batch("a"), {}));
  ASSERT_TRUE(clock_.WaitForSleeper(absl::Milliseconds(500)));
  std::promise<std::vector<std::string>> told_before;
  PipelineOptions at_once;
  at_once.grouping.window = absl::ZeroDuration();
  runner.Configure(at_once, [&] { told_before.set_value(Told()); });
  EXPECT_THAT(told_before.get_future().get(), ElementsAre("a"));
  ASSERT_TRUE(runner.Push(Batch("b"), {}));
  EXPECT_EQ(b_is_told.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

TEST_F(PipelineRunnerTest, StopHandlesAndFlushesEverything) {
  PipelineRunner runner(MakePipeline(), Collect(), clock_);
  runner.Push(Batch("a"), {});
  runner.Push(Batch("b"), {});
  runner.Stop();
  EXPECT_THAT(Told(), ElementsAre("a", "b"));
  EXPECT_FALSE(runner.Push(Batch("c"), {}));
}

TEST_F(PipelineRunnerTest, APipelineThatIsBehindMakesTheFeedWaitUntilItIsStopped) {
  std::latch entered(1);
  std::latch release(1);
  Pipeline slow(
      PipelineOptions(),
      [&](const v1::ChangeEvent& event, absl::Time) {
        if (event.event_id() == "a") {
          entered.count_down();
          release.wait();
        }
        return AlertOf(event);
      },
      handled_);
  PipelineRunner runner(std::move(slow), Collect(), clock_, 1);
  ASSERT_TRUE(runner.Push(Batch("a"), {}));
  entered.wait();
  ASSERT_TRUE(runner.Push(Batch("b"), {}));  // fills the inbox
  std::stop_source stop;
  auto waiting = std::async(std::launch::async, [&] { return runner.Push(Batch("c"), stop.get_token()); });
  EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
  stop.request_stop();
  EXPECT_FALSE(waiting.get());
  release.count_down();
  runner.Stop();
  EXPECT_THAT(Told(), ElementsAre("a", "b"));
}

TEST_F(PipelineRunnerTest, OtherOptionsDoNotTellWhatWaitsForItsLike) {
  FeedBatch refused;
  refused.events = {Refusal("a", "api", "No such image: base:1", clock_.Now())};
  PipelineRunner runner(MakePipeline(), Collect(), clock_);
  ASSERT_TRUE(runner.Push(refused, {}));
  ASSERT_TRUE(clock_.WaitForSleeper(SharedFailures::kWait));
  std::promise<void> configured;
  runner.Configure(PipelineOptions(), [&] { configured.set_value(); });
  configured.get_future().wait();
  EXPECT_THAT(Told(), IsEmpty());
  refused.events = {Refusal("b", "web", "No such image: base:1", clock_.Now())};
  ASSERT_TRUE(runner.Push(refused, {}));
  runner.Stop();
  EXPECT_THAT(Told(), ElementsAre("services_failing:a"));
}

TEST_F(PipelineRunnerTest, AHandOverIsOverOnceEverythingBeforeItIsProcessed) {
  PipelineRunner runner(MakePipeline(), Collect(), clock_);
  std::atomic<bool> was_lost = false;
  FeedBatch batch = Batch("a");
  batch.receipt = std::make_shared<Receipt>([&](bool lost) { was_lost = lost; });
  ASSERT_TRUE(runner.Push(std::move(batch), {}));
  runner.HandOver(absl::Seconds(30));
  EXPECT_TRUE(was_lost);
}

TEST_F(PipelineRunnerTest, OptionsThatComeJustBeforeTheEndAreApplied) {
  for (int attempt = 0; attempt < 100; ++attempt) {
    PipelineRunner runner(MakePipeline(), Collect(), clock_);
    bool applied = false;
    runner.Configure(PipelineOptions(), [&] { applied = true; });
    runner.Stop();
    EXPECT_TRUE(applied) << attempt;
  }
}

TEST_F(PipelineRunnerTest, AClockThatIsSetDoesNotChangeTheTimeOfTheEnd) {
  FeedBatch refused;
  refused.events = {Refusal("a", "api", "No such image: base:1", clock_.Now()),
                    Refusal("b", "web", "No such image: base:1", clock_.Now())};
  refused.receipt = std::make_shared<Receipt>(nullptr);
  const absl::Time start = clock_.Now();
  PipelineRunner runner(MakePipeline(), Collect(), clock_);
  ASSERT_TRUE(runner.Push(refused, {}));
  ASSERT_TRUE(clock_.WaitForSleeper(SharedFailures::kWait));
  clock_.StepWall(absl::Hours(1));
  runner.Stop();
  EXPECT_THAT(Told(), ElementsAre("services_failing:a"));
  v1::NotifierState state;
  ASSERT_TRUE(state.ParseFromString(handled_.Since(0).state));
  EXPECT_EQ(FromProto(state.change_time()), start);
}

}  // namespace
}  // namespace swarmbell
