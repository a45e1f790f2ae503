#include "notifier/pipeline/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/notifier/pipeline/sample_events.h"

namespace swarmbell {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

std::optional<Alert> TellAll(const v1::ChangeEvent& event, absl::Time) { return AlertOf(event); }

FeedBatch Batch(std::vector<v1::ChangeEvent> events, bool continued = false,
                const std::string& collector = "one") {
  FeedBatch batch;
  batch.collector = collector;
  batch.events = std::move(events);
  batch.continued = continued;
  return batch;
}

PipelineOptions ByRead() {
  PipelineOptions options;
  options.grouping = {absl::ZeroDuration(), 5};
  return options;
}

TEST(PipelineTest, TellsAChangeThatTwoCollectorsSawOnce) {
  Pipeline pipeline(ByRead(), TellAll);
  EXPECT_THAT(pipeline.Process(Batch({NodeEvent("a", "node1")}, false, "one"), kStart), SizeIs(1));
  EXPECT_THAT(pipeline.Process(Batch({NodeEvent("a", "node1")}, false, "two"), kStart), IsEmpty());
}

TEST(PipelineTest, AReadInSeveralPartsIsGroupedAsOne) {
  Pipeline pipeline(ByRead(), TellAll);
  EXPECT_THAT(pipeline.Process(Batch({NodeEvent("a", "node1")}, true), kStart), IsEmpty());
  // Another collector's read in between ends only itself.
  EXPECT_THAT(pipeline.Process(Batch({NodeEvent("b", "node2")}, false, "two"), kStart), SizeIs(1));
  const auto messages = pipeline.Process(Batch({NodeEvent("c", "node1")}), kStart);
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_THAT(messages[0].group.alerts, SizeIs(2));
}

TEST(PipelineTest, WhatNoRuleTellsMakesNoMessageAndIsSettledAtOnce) {
  Pipeline pipeline(ByRead(), [](const v1::ChangeEvent&, absl::Time) { return std::nullopt; });
  bool settled = false;
  FeedBatch batch = Batch({NodeEvent("a", "node1")});
  batch.receipt = std::make_shared<Receipt>([&](bool) { settled = true; });
  EXPECT_THAT(pipeline.Process(batch, kStart), IsEmpty());
  batch.receipt.reset();
  EXPECT_TRUE(settled);
}

TEST(PipelineTest, ACrashLoopIsToldOnceAndWhenItIsOver) {
  PipelineOptions options = ByRead();
  options.crash_loop = {3, absl::Minutes(5), absl::Minutes(2)};
  Pipeline pipeline(options, [](const v1::ChangeEvent& event, absl::Time) -> std::optional<Alert> {
    if (event.has_task_failed()) return std::nullopt;
    return AlertOf(event, Color::kRed);
  });
  int messages = 0;
  for (int i = 0; i < 100; ++i) {
    const absl::Time now = kStart + i * absl::Seconds(5);
    messages += static_cast<int>(
        pipeline.Process(Batch({TaskFailure(absl::StrCat("f", i), "web", now)}), now).size());
  }
  EXPECT_EQ(messages, 1);
  const absl::Time over = kStart + 99 * absl::Seconds(5) + absl::Minutes(2);
  EXPECT_EQ(pipeline.NextDeadline(), over);
  const auto last = pipeline.Tick(over);
  ASSERT_THAT(last, SizeIs(1));
  EXPECT_EQ(last[0].group.alerts[0].event.service_crash_loop_over().failures(), 100u);
}

TEST(PipelineTest, AFloodIsOneDigest) {
  Pipeline pipeline(ByRead(), TellAll);
  std::vector<v1::ChangeEvent> events;
  for (int i = 0; i < 40; ++i) events.push_back(NodeEvent(absl::StrCat("e", i), absl::StrCat("node", i)));
  const auto messages = pipeline.Process(Batch(std::move(events)), kStart);
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_TRUE(messages[0].group.digest);
  EXPECT_THAT(messages[0].group.alerts, SizeIs(40));
}

TEST(PipelineTest, FlushLeavesNothingBehind) {
  Pipeline pipeline(PipelineOptions(), TellAll);
  EXPECT_THAT(pipeline.Process(Batch({NodeEvent("a", "node1")}), kStart), IsEmpty());
  EXPECT_THAT(pipeline.Flush(), SizeIs(1));
  EXPECT_THAT(pipeline.Flush(), IsEmpty());
  EXPECT_EQ(pipeline.NextDeadline(), std::nullopt);
}

}  // namespace
}  // namespace swarmbell
