#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "tests/collector/stream/feed_harness.h"
#include "tests/collector/stream/held_feed.h"

namespace swarmbell {
namespace {

TEST(ChangeFeedServiceTest, WhatIsAppendedJustAfterTheLastReadIsNotForgotten) {
  HeldFeed feed(absl::ZeroDuration());
  FeedClient other(*feed.stub, FromNow());
  other.Open();
  FeedClient held(*feed.stub, HeldFeed::Held());
  held.Open();
  feed.log.found_nothing.wait();
  feed.log.Append({NodeEvent("a")});
  EXPECT_EQ(other.NextIds(), "a");
  // When the other has this one too, everyone has been told of the one before.
  feed.log.Append({NodeEvent("b")});
  EXPECT_EQ(other.NextIds(), "b");
  feed.log.go_on.count_down();
  EXPECT_EQ(held.NextIds(), "a");
  EXPECT_EQ(held.NextIds(), "b");
}

TEST(ChangeFeedServiceTest, ChangesThatKeepComingWaitForEachOther) {
  HeldFeed feed(absl::Hours(1));
  v1::SubscribeRequest joining = HeldFeed::Held();
  joining.set_join_reads(true);  // shows by its messages when it was told
  FeedClient client(*feed.stub, joining);
  client.Open();
  feed.log.found_nothing.wait();  // from now on it looks when it is told
  feed.log.go_on.count_down();
  feed.log.Append({NodeEvent("a")});
  EXPECT_EQ(client.NextIds(), "a") << "a change after a pause comes at once";
  feed.log.Append({NodeEvent("b")});
  FeedClient late(*feed.stub, FromOldest());
  late.Open();
  EXPECT_EQ(late.NextIds(), "a");
  EXPECT_EQ(late.NextIds(), "b") << "who asks anew waits for nothing";
  feed.log.Append({NodeEvent("c")});
  feed.service->Shutdown();
  EXPECT_EQ(client.NextIds(), "b c") << "what has been put off comes before the end";
  EXPECT_EQ(client.Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(late.NextIds(), "c");
  EXPECT_EQ(late.Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

// Catching up while others append: the seam between the two must neither lose nor repeat.
TEST(ChangeFeedServiceTest, CatchUpMeetsLiveWithoutASeam) {
  constexpr int kBatches = 500;
  FeedHarness harness;
  const auto stub = harness.Stub();
  std::jthread appender([&] {
    for (int n = 0; n < kBatches; ++n) harness.log.Append(NodeEvents(std::to_string(n) + '.', 2));
  });
  FeedClient client(*stub, FromOldest());
  client.Open();
  std::uint64_t sequence = 0;
  while (sequence < 2UL * kBatches) {
    const v1::SubscribeResponse response = client.Next();
    ASSERT_EQ(response.changes().events_size(), 2) << response.ShortDebugString();
    for (const v1::ChangeEvent& event : response.changes().events()) ASSERT_EQ(event.sequence(), ++sequence);
    ASSERT_EQ(response.cursor().sequence(), sequence);
  }
}

FeedSetup Spaced(absl::Duration spacing, absl::Duration progress_interval = absl::Hours(1)) {
  return {.feed = {.progress_interval = progress_interval, .spacing = spacing}};
}

TEST(ChangeFeedServiceTest, ChangesComeWhenTheSpacingIsOver) {
  FeedHarness harness(Spaced(absl::Milliseconds(5)));
  const auto stub = harness.Stub();
  FeedClient client(*stub, FromNow());
  client.Open();
  for (int n = 0; n < 20; ++n) {
    for (const char* id : {"a", "b", "c"}) harness.log.Append({NodeEvent(id)});
    for (const char* id : {"a", "b", "c"}) ASSERT_EQ(client.NextIds(), id);
  }
}

TEST(ChangeFeedServiceTest, NoChangeWaitsLongerThanProgress) {
  FeedHarness harness(Spaced(absl::Hours(1), absl::Milliseconds(20)));
  const auto stub = harness.Stub();
  FeedClient client(*stub, FromNow());
  client.Open();
  for (const char* id : {"a", "b", "c"}) {
    harness.log.Append({NodeEvent(id)});
    std::string got;
    while ((got = client.NextIds()) == "progress") {
    }
    ASSERT_EQ(got, id);
  }
}

// Small messages wait for each other, so that the last of those that pass must not wait for what is filtered.
TEST(ChangeFeedServiceTest, NoChangeIsHeldBackByWhatIsFilteredAfterIt) {
  FeedHarness harness;
  constexpr int kEach = 50;
  for (int n = 0; n < kEach; ++n) harness.log.Append({ServiceEvent("s" + std::to_string(n))});
  for (int n = 0; n < kEach; ++n) harness.log.Append({NodeEvent("n" + std::to_string(n))});
  const auto stub = harness.Stub();
  v1::SubscribeRequest request = FromOldest();
  request.add_filters()->add_kinds(v1::RESOURCE_KIND_SERVICE);
  FeedClient client(*stub, request);
  client.Open();
  for (int n = 0; n < kEach; ++n) ASSERT_EQ(client.NextIds(), "s" + std::to_string(n));
  harness.log.Append({ServiceEvent("last")});
  EXPECT_EQ(client.NextIds(), "last");
}

TEST(ChangeFeedServiceTest, JoinsReadsForThoseWhoLetIt) {
  FeedHarness harness;
  for (const char* id : {"a", "b", "c"}) harness.log.Append({NodeEvent(id)});
  const auto stub = harness.Stub();
  v1::SubscribeRequest request = FromOldest();
  request.set_join_reads(true);
  FeedClient client(*stub, request);
  client.Open();
  EXPECT_EQ(client.NextIds(), "a b c");
  EXPECT_EQ(client.cursor.sequence(), 3u);
  harness.log.Append({NodeEvent("d")});
  EXPECT_EQ(client.NextIds(), "d");
}

TEST(ChangeFeedServiceTest, AResetReachesLiveSubscribers) {
  FeedHarness harness;
  const auto stub = harness.Stub();
  FeedClient client(*stub, FromNow());
  client.Open();
  harness.log.Reset();
  EXPECT_EQ(client.NextIds(), "GAP_REASON_LOG_RESET");
  harness.log.Append(NodeEvents("a", 1));
  EXPECT_EQ(client.NextIds(), "a0");
}

FeedSetup WithProgress() { return {.feed = {.progress_interval = absl::Milliseconds(20)}}; }

TEST(ChangeFeedServiceTest, ProgressMovesTheCursorOfAFilteredSubscriber) {
  FeedHarness harness(WithProgress());
  const auto stub = harness.Stub();
  v1::SubscribeRequest request;
  request.add_filters()->add_kinds(v1::RESOURCE_KIND_SERVICE);
  FeedClient client(*stub, request);
  EXPECT_EQ(client.Open().sequence(), 0u);
  harness.log.Append(NodeEvents("n", 7));
  do {
    ASSERT_EQ(client.NextIds(), "progress");
  } while (client.cursor.sequence() == 0);
  EXPECT_EQ(client.cursor.sequence(), 7u);
}

TEST(ChangeFeedServiceTest, ProgressTellsWhoReadsTheSwarmAndWhetherItIsStale) {
  FeedSetup setup = WithProgress();
  setup.feed.summary = [] {
    v1::GetSnapshotSummaryResponse summary;
    summary.mutable_observer()->set_node_id("node1");
    summary.set_stale(true);
    return summary;
  };
  FeedHarness harness(setup);
  const auto stub = harness.Stub();
  FeedClient client(*stub, FromNow());
  client.Open();
  const v1::Progress progress = client.Next().progress();
  EXPECT_EQ(progress.observer().node_id(), "node1");
  EXPECT_TRUE(progress.stale());
}

TEST(ChangeFeedServiceTest, ProgressTellsTheOldestReadAndNoneUntilEverythingIsRead) {
  const auto endpoints = std::make_shared<std::atomic<int>>(1);
  FeedSetup setup = WithProgress();
  setup.feed.summary = [endpoints] {
    v1::GetSnapshotSummaryResponse summary;
    summary.add_endpoints()->mutable_last_read_time()->set_seconds(200);
    summary.add_endpoints();
    if (*endpoints == 2) summary.mutable_endpoints(1)->mutable_last_read_time()->set_seconds(100);
    return summary;
  };
  FeedHarness harness(setup);
  const auto stub = harness.Stub();
  FeedClient client(*stub, FromNow());
  client.Open();
  EXPECT_FALSE(client.Next().progress().has_poll_time());
  *endpoints = 2;
  v1::SubscribeResponse response;
  do {
    response = client.Next();
    ASSERT_TRUE(response.has_progress());
  } while (!response.progress().has_poll_time());
  EXPECT_EQ(response.progress().poll_time().seconds(), 100);
}

}  // namespace
}  // namespace swarmbell
