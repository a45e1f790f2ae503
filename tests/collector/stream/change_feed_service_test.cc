#include "collector/stream/change_feed_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "common/grpc/auth.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "tests/collector/stream/feed_harness.h"

namespace swarmbell {
namespace {

using testing::HasSubstr;

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
