#include "collector/stream/change_feed_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <latch>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/grpc/auth_token.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "tests/collector/stream/feed_harness.h"

namespace swarmbell {
namespace {

using testing::HasSubstr;

FeedSetup WithProgress() { return {.feed = {.progress_interval = absl::Milliseconds(20)}}; }

TEST(ChangeFeedServiceTest, OpenedComesFirstEvenWhenThereIsMuchToSend) {
  FeedHarness harness({.feed = {.progress_interval = absl::Milliseconds(2500), .summary = [] {
                                  v1::GetSnapshotSummaryResponse summary;
                                  summary.mutable_cluster()->set_name("prod");
                                  return summary;
                                }}});
  harness.log.Append(NodeEvents("a", 2));
  const auto stub = harness.Stub();
  FeedClient client(*stub, FromOldest());
  const v1::SubscribeResponse first = client.Next();
  ASSERT_TRUE(first.has_opened());
  EXPECT_EQ(first.opened().progress_interval().seconds(), 2);
  EXPECT_EQ(first.opened().progress_interval().nanos(), 500000000);
  EXPECT_EQ(first.opened().cluster().name(), "prod");
  EXPECT_EQ(first.cursor().log_id(), harness.log.Newest().log_id);
  EXPECT_EQ(first.cursor().sequence(), 0u);
  EXPECT_EQ(client.NextIds(), "a0 a1");
}

TEST(ChangeFeedServiceTest, SendsWhatHappensAfterTheStart) {
  FeedHarness harness;
  harness.log.Append(NodeEvents("before", 1));
  const auto stub = harness.Stub();
  FeedClient client(*stub, FromNow());
  EXPECT_EQ(client.Open().sequence(), 1u);
  harness.log.Append(NodeEvents("a", 2));
  EXPECT_EQ(client.NextIds(), "a0 a1");
  EXPECT_EQ(client.cursor.sequence(), 3u);
  harness.log.Append(NodeEvents("b", 1));
  EXPECT_EQ(client.NextIds(), "b0");
}

TEST(ChangeFeedServiceTest, ResumesWithNothingLostAndNothingTwice) {
  FeedHarness harness;
  const auto stub = harness.Stub();
  v1::Cursor cursor;
  {
    FeedClient client(*stub, FromNow());
    cursor = client.Open();
  }
  std::vector<std::string> seen;
  for (int round = 0; round < 5; ++round) {
    harness.log.Append(NodeEvents("off" + std::to_string(round) + '.', 2));
    FeedClient client(*stub, After(cursor));
    client.Open();
    harness.log.Append(NodeEvents("on" + std::to_string(round) + '.', 1));
    seen.push_back(client.NextIds());
    seen.push_back(client.NextIds());
    cursor = client.cursor;
  }
  EXPECT_THAT(seen, testing::ElementsAre("off0.0 off0.1", "on0.0", "off1.0 off1.1", "on1.0", "off2.0 off2.1",
                                         "on2.0", "off3.0 off3.1", "on3.0", "off4.0 off4.1", "on4.0"));
}

// A log that holds up the reader of one position, at the moment when it has found nothing more.
class HeldLog final : public ChangeLog {
 public:
  static constexpr char kHeld[] = "held";  // the log_id of that position

  LogRead ReadAfter(const LogPosition& position, std::size_t max_events) const override {
    if (position.log_id != kHeld) return log_.ReadAfter(position, max_events);
    const LogRead read = log_.ReadAfter({log_.Newest().log_id, position.sequence}, max_events);
    if (read.batches.empty()) {
      std::call_once(once_, [this] {
        found_nothing.count_down();
        go_on.wait();
      });
    }
    return read;
  }
  void Append(std::vector<v1::ChangeEvent> events) override { log_.Append(std::move(events)); }
  LogPosition Oldest() const override { return log_.Oldest(); }
  LogPosition Newest() const override { return log_.Newest(); }
  void Reset() override { log_.Reset(); }
  std::unique_ptr<Listener> Listen(std::function<void()> on_change) override {
    return log_.Listen(std::move(on_change));
  }

  mutable std::latch found_nothing{1};
  mutable std::latch go_on{1};

 private:
  MemoryChangeLog log_;
  mutable std::once_flag once_;
};

// A change feed of a HeldLog.
struct HeldFeed {
  explicit HeldFeed(absl::Duration spacing) {
    ChangeFeedOptions options = QuietFeed();
    options.spacing = spacing;
    options.summary = [] { return v1::GetSnapshotSummaryResponse(); };
    service.emplace(log, book, metrics, options);
    auto started = GrpcServer::Start("127.0.0.1:0", {}, {&*service});
    EXPECT_TRUE(started.ok()) << started.status();
    server = *std::move(started);
    stub = v1::ChangeFeedService::NewStub(grpc::CreateChannel("127.0.0.1:" + std::to_string(server->Port()),
                                                              grpc::InsecureChannelCredentials()));
  }
  ~HeldFeed() {
    service->Shutdown();
    server->Shutdown(absl::Seconds(5));
  }
  HeldFeed(const HeldFeed&) = delete;
  HeldFeed& operator=(const HeldFeed&) = delete;

  static v1::SubscribeRequest Held() {
    v1::Cursor cursor;
    cursor.set_log_id(HeldLog::kHeld);
    return After(cursor);
  }

  HeldLog log;
  Metrics metrics;
  SubscriptionBook book;
  std::optional<ChangeFeedServiceImpl> service;
  std::unique_ptr<GrpcServer> server;
  std::unique_ptr<v1::ChangeFeedService::Stub> stub;
};

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
  while (sequence < kBatches * 2) {
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

TEST(ChangeFeedServiceTest, RefusesWhatIsNoRequest) {
  FeedHarness harness;
  grpc::GenericStub stub(grpc::CreateChannel(harness.Target(), *MakeChannelCredentials(ChannelTls())));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  const grpc::Slice garbage(std::string("\xff\xff"));
  const grpc::ByteBuffer request(&garbage, 1);
  grpc::ByteBuffer response;
  std::promise<grpc::Status> ended;
  stub.UnaryCall(&context, "/swarmbell.v1.ChangeFeedService/Subscribe", grpc::StubOptions(), &request,
                 &response, [&](const grpc::Status& status) { ended.set_value(status); });
  const grpc::Status status = ended.get_future().get();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("SubscribeRequest"));
}

TEST(ChangeFeedServiceTest, TellsWhyAPositionCannotBeResumed) {
  FeedHarness harness({.feed = QuietFeed(), .log = {.max_events = 2}});
  const v1::Cursor old = [&] {
    v1::Cursor cursor;
    cursor.set_log_id(harness.log.Newest().log_id);
    return cursor;
  }();
  for (const char* id : {"a", "b", "c"}) harness.log.Append({NodeEvent(id)});
  const auto stub = harness.Stub();
  FeedClient compacted(*stub, After(old));
  EXPECT_EQ(compacted.Open().sequence(), 0u);
  EXPECT_EQ(compacted.NextIds(), "GAP_REASON_COMPACTED");
  EXPECT_EQ(compacted.cursor.sequence(), 1u);
  EXPECT_EQ(compacted.NextIds(), "b");
  v1::Cursor other;
  other.set_log_id("feedfacefeedfacefeedfacefeedface");
  other.set_sequence(1);
  FeedClient reset(*stub, After(other));
  EXPECT_EQ(reset.Open().log_id(), other.log_id());
  EXPECT_EQ(reset.NextIds(), "GAP_REASON_LOG_RESET");
  EXPECT_EQ(reset.cursor.log_id(), old.log_id());
  EXPECT_EQ(reset.NextIds(), "b");
  EXPECT_THAT(harness.metrics.Render(), HasSubstr("swarmbell_gaps_total{reason=\"compacted\"} 1\n"
                                                  "swarmbell_gaps_total{reason=\"log_reset\"} 1\n"));
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

TEST(ChangeFeedServiceTest, FiltersByKindStackAndName) {
  FeedHarness harness;
  const auto stub = harness.Stub();
  v1::SubscribeRequest kind = FromOldest();
  kind.add_filters()->add_kinds(v1::RESOURCE_KIND_NODE);
  v1::SubscribeRequest stack = FromOldest();
  stack.add_filters()->set_stack("shop");
  v1::SubscribeRequest name = FromOldest();
  name.add_filters()->add_changes("service_appeared");
  harness.log.Append({NodeEvent("n"), ServiceEvent("s1"), ServiceEvent("s2", "shop")});
  for (const auto& [request, ids] :
       {std::pair(kind, "n"), std::pair(stack, "s2"), std::pair(name, "s1 s2")}) {
    FeedClient client(*stub, request);
    client.Open();
    EXPECT_EQ(client.NextIds(), ids);
    EXPECT_EQ(client.cursor.sequence(), 3u);
  }
}

TEST(ChangeFeedServiceTest, RefusesUnknownFilters) {
  FeedHarness harness;
  const auto stub = harness.Stub();
  v1::SubscribeRequest request;
  request.add_filters()->add_changes("servce_appeared");
  FeedClient client(*stub, request);
  const grpc::Status status = client.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("did you mean \"service_appeared\"?"));
}

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
  for (int i = 0; i < kStreams; ++i) clients.push_back(std::make_unique<FeedClient>(*stub, FromNow()));
  for (const auto& client : clients) client->Open();
  const auto start = std::chrono::steady_clock::now();
  harness.service->Shutdown();
  FeedClient late(*stub, FromNow());
  EXPECT_EQ(late.Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  for (const auto& client : clients) EXPECT_EQ(client->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  harness.server->Shutdown(absl::Seconds(5));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
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
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
}

TEST(ChangeFeedServiceTest, EveryCallWantsTheToken) {
  FeedHarness harness({.feed = {.progress_interval = absl::Hours(1), .auth_token = "s3cret"}});
  const auto stub = harness.Stub();
  for (const char* token : {"", "wrong"}) {
    FeedClient client(*stub, FromNow(), token);
    EXPECT_EQ(client.Finish().error_code(), grpc::StatusCode::UNAUTHENTICATED);
    grpc::ClientContext list;
    AddAuthToken(list, token);
    v1::ListChangesResponse changes;
    EXPECT_EQ(stub->ListChanges(&list, {}, &changes).error_code(), grpc::StatusCode::UNAUTHENTICATED);
    grpc::ClientContext get;
    AddAuthToken(get, token);
    v1::GetSnapshotSummaryResponse summary;
    EXPECT_EQ(stub->GetSnapshotSummary(&get, {}, &summary).error_code(), grpc::StatusCode::UNAUTHENTICATED);
  }
  FeedClient client(*stub, FromNow(), "s3cret");
  client.Open();
}

TEST(ChangeFeedServiceTest, ListsTheLogAndTheListLeadsIntoTheStream) {
  FeedHarness harness;
  harness.log.Append(NodeEvents("a", 3));
  const auto stub = harness.Stub();
  grpc::ClientContext context;
  v1::ListChangesResponse page;
  ASSERT_TRUE(stub->ListChanges(&context, {}, &page).ok());
  EXPECT_EQ(page.events_size(), 3);
  harness.log.Append(NodeEvents("b", 1));
  FeedClient client(*stub, After(page.cursor()));
  client.Open();
  EXPECT_EQ(client.NextIds(), "b0");
  grpc::ClientContext second;
  v1::ListChangesRequest bad;
  bad.set_page_token("bogus");
  EXPECT_EQ(stub->ListChanges(&second, bad, &page).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST(ChangeFeedServiceTest, TheSummaryIsTheAppsWithCursorsAndSubscribers) {
  FeedSetup setup{.feed = QuietFeed(), .log = {.max_events = 1}};
  setup.feed.summary = [] {
    v1::GetSnapshotSummaryResponse summary;
    summary.set_engine_version("20.10.24");
    return summary;
  };
  FeedHarness harness(setup);
  harness.log.Append(NodeEvents("a", 1));
  harness.log.Append(NodeEvents("b", 1));
  const auto stub = harness.Stub();
  FeedClient client(*stub, FromNow());
  client.Open();
  grpc::ClientContext context;
  v1::GetSnapshotSummaryResponse summary;
  ASSERT_TRUE(stub->GetSnapshotSummary(&context, {}, &summary).ok());
  EXPECT_EQ(summary.engine_version(), "20.10.24");
  EXPECT_EQ(summary.oldest_cursor().sequence(), 1u);
  EXPECT_EQ(summary.newest_cursor().sequence(), 2u);
  EXPECT_EQ(summary.newest_cursor().log_id(), harness.log.Newest().log_id);
  EXPECT_EQ(summary.subscribers(), 1u);
}

TEST(ChangeFeedServiceTest, CountsWhatItSends) {
  FeedHarness harness;
  const auto stub = harness.Stub();
  FeedClient client(*stub, FromNow());
  client.Open();
  harness.log.Append(NodeEvents("a", 3));
  client.NextIds();
  // The next message starts only after the count of the one before.
  harness.log.Append(NodeEvents("b", 1));
  client.NextIds();
  EXPECT_THAT(harness.metrics.Render(), testing::ContainsRegex("swarmbell_events_sent_total [34]\n"));
}

}  // namespace
}  // namespace swarmbell
