#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/collector/stream/feed_harness.h"

namespace swarmbell {
namespace {

using testing::HasSubstr;

// The reader takes nothing while far more than every buffer on the way is appended.
TEST(ChangeFeedServiceTest, ASlowReaderHoldsUpNobodyAndGetsAGap) {
  constexpr int kBatches = 600;
  FeedHarness harness({.feed = QuietFeed(), .log = {.max_events = 20}});
  const auto stub = harness.Stub();
  FeedClient slow(*stub, FromNow());
  FeedClient quick(*stub, FromNow());
  slow.Open();
  quick.Open();
  const std::string padding(100000, '.');
  for (int n = 0; n < kBatches; ++n) {
    harness.log.Append({NodeEvent(std::to_string(n) + padding)});
    const auto response = quick.Next();
    ASSERT_EQ(response.changes().events(0).sequence(), static_cast<std::uint64_t>(n) + 1);
  }
  bool gap = false;
  while (slow.cursor.sequence() < kBatches) {
    const std::uint64_t before = slow.cursor.sequence();
    const v1::SubscribeResponse response = slow.Next();
    if (response.has_gap()) {
      gap = true;
      EXPECT_EQ(response.gap().reason(), v1::GAP_REASON_COMPACTED);
      ASSERT_GT(response.cursor().sequence(), before);
    } else {
      ASSERT_EQ(response.changes().events(0).sequence(), before + 1);
    }
  }
  EXPECT_TRUE(gap);
}

TEST(ChangeFeedServiceTest, TellsHowFarTheSlowestSubscriberIsBehind) {
  FeedHarness harness({.feed = {.progress_interval = absl::Milliseconds(10)}});
  const auto stub = harness.Stub();
  FeedClient quick(*stub, FromNow());
  FeedClient slow(*stub, FromNow());
  quick.Open();
  slow.Open();
  constexpr int kEvents = 5000;  // more than the connection holds for somebody who does not read
  harness.log.Append(NodeEvents(std::string(10'000, 'n'), kEvents));
  while (quick.cursor.sequence() < kEvents) quick.Next();
  // It is measured before each progress.
  for (int i = 0; i < 3; ++i) quick.Next();
  EXPECT_THAT(harness.metrics.Render(),
              testing::ContainsRegex("swarmbell_subscriber_lag_events [1-9][0-9]*\n"));
  EXPECT_THAT(harness.metrics.Render(), HasSubstr("swarmbell_changelog_events 5000\n"));
  while (slow.cursor.sequence() < kEvents) slow.Next();
  for (int i = 0; i < 3; ++i) slow.Next();
  EXPECT_THAT(harness.metrics.Render(), HasSubstr("swarmbell_subscriber_lag_events 0\n"));
}

TEST(ChangeFeedServiceTest, SubscribersThatVanishAreForgotten) {
  FeedHarness harness;
  {
    const auto stub = harness.Stub();
    std::vector<std::unique_ptr<FeedClient>> clients;
    clients.reserve(10);
    for (int i = 0; i < 10; ++i) clients.push_back(std::make_unique<FeedClient>(*stub, FromNow()));
    for (const auto& client : clients) client->Open();
    EXPECT_TRUE(harness.AwaitSubscribers(10));
    EXPECT_THAT(harness.metrics.Render(), HasSubstr("swarmbell_subscribers 10\n"));
  }
  EXPECT_TRUE(harness.AwaitSubscribers(0));
  EXPECT_THAT(harness.metrics.Render(), HasSubstr("swarmbell_subscribers 0\n"));
  harness.log.Append(NodeEvents("a", 1));
}

TEST(ChangeFeedServiceTest, SubscribersComeAndGoWhileOthersAppend) {
  FeedHarness harness;
  std::jthread appender([&](const std::stop_token& stop) {
    for (int n = 0; !stop.stop_requested(); ++n) {
      harness.log.Append(NodeEvents(std::to_string(n) + '.', 2));
      std::this_thread::yield();
    }
  });
  {
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        const auto stub = harness.Stub();
        for (int round = 0; round < 25; ++round) {
          FeedClient client(*stub, round % 2 == 0 ? FromNow() : FromOldest());
          client.Open();
          EXPECT_TRUE(client.Next().has_cursor());
        }
      });
    }
  }
  appender.request_stop();
  appender.join();
  EXPECT_TRUE(harness.AwaitSubscribers(0));
}

TEST(ChangeFeedServiceTest, TakesNoMoreSubscribersThanAllowed) {
  FeedHarness harness({.feed = {.progress_interval = absl::Hours(1), .max_subscribers = 2}});
  const auto stub = harness.Stub();
  FeedClient first(*stub, FromNow());
  first.Open();
  {
    FeedClient second(*stub, FromNow());
    second.Open();
    FeedClient third(*stub, FromNow());
    const grpc::Status status = third.Finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_THAT(status.error_message(), HasSubstr("2 subscribers"));
  }
  EXPECT_TRUE(harness.AwaitSubscribers(1));
  FeedClient fourth(*stub, FromNow());
  fourth.Open();
}

TEST(ChangeFeedServiceTest, ShutdownEndsEveryStreamQuicklyWithUnavailable) {
  constexpr int kStreams = 50;
  FeedHarness harness;
  const auto stub = harness.Stub();
  std::vector<std::unique_ptr<FeedClient>> clients;
  clients.reserve(kStreams);
  for (int i = 0; i < kStreams; ++i) clients.push_back(std::make_unique<FeedClient>(*stub, FromNow()));
  for (const auto& client : clients) client->Open();
  const auto start = std::chrono::steady_clock::now();
  harness.service->Shutdown();
  FeedClient late(*stub, FromNow());
  EXPECT_EQ(late.Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  for (const auto& client : clients) EXPECT_EQ(client->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  harness.server->Shutdown(absl::Seconds(20));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

TEST(ChangeFeedServiceTest, ShutdownDoesNotWaitForAReaderThatTakesNothing) {
  FeedHarness harness;
  const auto stub = harness.Stub();
  FeedClient stuck(*stub, FromNow());
  stuck.Open();
  const std::string padding(1000000, '.');
  for (int n = 0; n < 20; ++n) harness.log.Append({NodeEvent(std::to_string(n) + padding)});
  const auto start = std::chrono::steady_clock::now();
  harness.service->Shutdown();
  harness.server->Shutdown(absl::Milliseconds(100));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

}  // namespace
}  // namespace swarmbell
