#include "notifier/feed/feed_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <thread>

#include "tests/notifier/feed/feed_client_fixture.h"
#include "tests/notifier/pipeline/sample_events.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Accepts calls and then says nothing more, or not even that.
class SilentService final : public v1::ChangeFeedService::Service {
 public:
  explicit SilentService(bool opens) : opens_(opens) {}

  grpc::Status Subscribe(grpc::ServerContext* context, const v1::SubscribeRequest*,
                         grpc::ServerWriter<v1::SubscribeResponse>* writer) override {
    if (opens_) {
      v1::SubscribeResponse response;
      response.mutable_opened()->mutable_progress_interval()->set_seconds(10);
      writer->Write(response);
    }
    ++calls;
    while (!context->IsCancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    return grpc::Status::CANCELLED;
  }

  std::atomic<int> calls = 0;

 private:
  const bool opens_;
};

TEST_F(FeedClientTest, StartsAtThePresentAndHandsOnEachChange) {
  TestCollector collector(log_);
  log_.Append({NodeEvent("before", "node1")});
  Follow(collector.Target());
  ASSERT_TRUE(Reaches(FeedState::kFollowing));
  log_.Append({NodeEvent("a", "node1"), NodeEvent("b", "node2")});
  log_.Append({NodeEvent("c", "node1")});
  ASSERT_TRUE(collected_.WaitForEvents(3));
  EXPECT_THAT(collected_.Ids(), ElementsAre("a", "b", "c"));
  EXPECT_THAT(metrics_.Render(), HasSubstr("swarmbell_events_received_total 3"));
  EXPECT_THAT(metrics_.Render(),
              HasSubstr("swarmbell_feed_connected{collector=\"" + collector.Target() + "\"} 1"));
}

TEST_F(FeedClientTest, ResumesWhereTheConnectionBroke) {
  std::optional<TestCollector> collector(std::in_place, log_);
  const int port = collector->Port();
  Follow(collector->Target());
  ASSERT_TRUE(Reaches(FeedState::kFollowing));
  log_.Append({NodeEvent("a", "node1")});
  ASSERT_TRUE(collected_.WaitForEvents(1));
  collector.reset();
  ASSERT_TRUE(Eventually([&] { return client_->State() != FeedState::kFollowing; }));
  log_.Append({NodeEvent("b", "node1")});
  collector.emplace(log_, port);
  ASSERT_TRUE(FollowsAgain());
  log_.Append({NodeEvent("c", "node1")});
  ASSERT_TRUE(collected_.WaitForEvents(3));
  EXPECT_THAT(collected_.Ids(), ElementsAre("a", "b", "c"));
}

TEST_F(FeedClientTest, ResumesAfterTheOpeningWhenNothingElseCame) {
  std::optional<TestCollector> collector(std::in_place, log_);
  const int port = collector->Port();
  Follow(collector->Target());
  ASSERT_TRUE(Reaches(FeedState::kFollowing));
  collector.reset();
  ASSERT_TRUE(Eventually([&] { return client_->State() != FeedState::kFollowing; }));
  log_.Append({NodeEvent("missed", "node1")});
  collector.emplace(log_, port);
  ASSERT_TRUE(TryingUntil([&] { return !collected_.Ids().empty(); }));
  EXPECT_THAT(collected_.Ids(), ElementsAre("missed"));
}

TEST_F(FeedClientTest, ALongOutageIsToldOnceAndItsEnd) {
  options_.disconnected_after = absl::Seconds(60);
  std::optional<TestCollector> collector(std::in_place, log_);
  const int port = collector->Port();
  Follow(collector->Target());
  ASSERT_TRUE(Reaches(FeedState::kFollowing));
  collector.reset();
  ASSERT_TRUE(RunClockUntil(clock_, [&] { return !collected_.Ids().empty(); }));
  const absl::Time told = clock_.Now();
  ASSERT_TRUE(RunClockUntil(clock_, [&] { return clock_.Now() > told + absl::Minutes(5); }));
  collector.emplace(log_, port);
  ASSERT_TRUE(TryingUntil([&] { return collected_.Ids().size() >= 2; }));
  EXPECT_THAT(collected_.Ids(), ElementsAre("disconnected", "connected"));
  const v1::ChangeEvent cut_off = collected_.Events()[0];
  EXPECT_GE(FromProto(cut_off.observe_time()) - FromProto(cut_off.feed_disconnected().start_time()),
            absl::Seconds(60));
  EXPECT_THAT(cut_off.feed_disconnected().error(), testing::Not(IsEmpty()));
  EXPECT_TRUE(cut_off.feed_disconnected().connected_before());
  EXPECT_TRUE(collected_.Events()[1].feed_connected().connected_before());
}

TEST_F(FeedClientTest, AShortOutageIsNotTold) {
  std::optional<TestCollector> collector(std::in_place, log_);
  const int port = collector->Port();
  Follow(collector->Target());
  ASSERT_TRUE(Reaches(FeedState::kFollowing));
  collector.reset();
  ASSERT_TRUE(Eventually([&] { return client_->State() != FeedState::kFollowing; }));
  collector.emplace(log_, port);
  ASSERT_TRUE(FollowsAgain());
  EXPECT_THAT(collected_.Ids(), IsEmpty());
}

TEST_F(FeedClientTest, ThreeMissedIntervalsAreALostConnection) {
  SilentService service(/*opens=*/true);
  const auto server = GrpcServer::Start("127.0.0.1:0", ServerTls(), {&service});
  Follow(absl::StrCat("127.0.0.1:", (*server)->Port()));
  ASSERT_TRUE(Reaches(FeedState::kFollowing));
  ASSERT_TRUE(clock_.WaitForSleeper(absl::Seconds(30)));
  clock_.Advance(absl::Seconds(29));
  EXPECT_EQ(client_->State(), FeedState::kFollowing);
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(Reaches(FeedState::kWaiting));
  ASSERT_TRUE(TryingUntil([&] { return service.calls == 2; }));
  client_.reset();
}

TEST_F(FeedClientTest, ACollectorThatNeverOpensIsGivenUp) {
  SilentService service(/*opens=*/false);
  const auto server = GrpcServer::Start("127.0.0.1:0", ServerTls(), {&service});
  Follow(absl::StrCat("127.0.0.1:", (*server)->Port()));
  ASSERT_TRUE(Eventually([&] { return service.calls == 1; }));
  EXPECT_EQ(client_->State(), FeedState::kConnecting);
  clock_.Advance(absl::Seconds(20));
  ASSERT_TRUE(Reaches(FeedState::kWaiting));
  client_.reset();
}

TEST_F(FeedClientTest, EndsAtOnceWhateverItIsDoing) {
  TestCollector collector(log_);
  Follow(collector.Target());
  ASSERT_TRUE(Reaches(FeedState::kFollowing));
  EndsAtOnce();

  Follow("127.0.0.1:1");
  ASSERT_TRUE(Reaches(FeedState::kWaiting));
  EndsAtOnce();

  SilentService service(/*opens=*/false);
  const auto server = GrpcServer::Start("127.0.0.1:0", ServerTls(), {&service});
  Follow(absl::StrCat("127.0.0.1:", (*server)->Port()));
  ASSERT_TRUE(Eventually([&] { return service.calls == 1; }));
  EndsAtOnce();
}

TEST_F(FeedClientTest, ReplaysWhatTheCollectorKeptSinceATime) {
  v1::ChangeEvent old = NodeEvent("old", "node1");
  *old.mutable_observe_time() = ToProto(clock_.Now() - absl::Seconds(1));
  v1::ChangeEvent missed = NodeEvent("missed", "node1");
  *missed.mutable_observe_time() = ToProto(clock_.Now());
  log_.Append({old});
  log_.Append({missed});
  options_.start.from_oldest = true;
  options_.start.news_since = clock_.Now();
  TestCollector collector(log_);
  Follow(collector.Target());
  ASSERT_TRUE(collected_.WaitForEvents(1));
  EXPECT_THAT(collected_.Ids(), ElementsAre("missed"));
}

TEST_F(FeedClientTest, TheSettledPositionFollowsTheReceipts) {
  TestCollector collector(log_);
  Follow(collector.Target());
  ASSERT_TRUE(Reaches(FeedState::kFollowing));
  log_.Append({NodeEvent("a", "node1")});
  ASSERT_TRUE(collected_.WaitForEvents(1));
  EXPECT_EQ(client_->Received()->sequence, 1u);
  EXPECT_EQ(client_->Settled()->sequence, 0u);
  collected_.LetGo();
  EXPECT_TRUE(Eventually([&] { return client_->Settled()->sequence == 1u; }));
}

TEST_F(FeedClientTest, SendsItsToken) {
  TestCollector collector(log_, 0, "127.0.0.1", "token");
  Follow(collector.Target());
  ASSERT_TRUE(Reaches(FeedState::kWaiting));
  client_.reset();
  options_.stream.auth_token = "token";
  Follow(collector.Target());
  EXPECT_TRUE(Reaches(FeedState::kFollowing));
}

}  // namespace
}  // namespace swarmbell
