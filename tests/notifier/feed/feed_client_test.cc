#include "notifier/feed/feed_client.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>

#include "tests/notifier/feed/collected.h"
#include "tests/notifier/feed/test_collector.h"
#include "tests/notifier/pipeline/sample_events.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

FeedConnector Plain() {
  return [](const FeedPeer& peer) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 10);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 20);
    return grpc::CreateCustomChannel(peer.target, grpc::InsecureChannelCredentials(), arguments);
  };
}

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

class FeedClientTest : public testing::Test {
 protected:
  FeedClientTest() { DeclareFeedMetrics(metrics_); }

  void Follow(const std::string& target) {
    client_ = std::make_unique<FeedClient>(FeedPeer{target, target, "", target}, options_, Plain(),
                                           collected_.Sink(), handled_, clock_, metrics_);
  }

  bool Reaches(FeedState state) {
    return Eventually([&] { return client_->State() == state; });
  }

  void EndsAtOnce() {
    const auto before = std::chrono::steady_clock::now();
    client_.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(200));
  }

  FakeClock clock_;
  Metrics metrics_;
  MemoryChangeLog log_;
  Collected collected_;
  Handled handled_;
  FeedOptions options_;
  std::unique_ptr<FeedClient> client_;
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
  ASSERT_TRUE(RunClockUntil(clock_, [&] { return client_->State() == FeedState::kFollowing; }));
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
  ASSERT_TRUE(RunClockUntil(clock_, [&] { return !collected_.Ids().empty(); }));
  EXPECT_THAT(collected_.Ids(), ElementsAre("missed"));
}

TEST_F(FeedClientTest, TellsAGapWhenTheCollectorWasRestarted) {
  MemoryChangeLog other_log;
  std::optional<TestCollector> collector(std::in_place, log_);
  const int port = collector->Port();
  Follow(collector->Target());
  ASSERT_TRUE(Reaches(FeedState::kFollowing));
  collector.reset();
  other_log.Append({NodeEvent("new", "node1")});
  collector.emplace(other_log, port);
  ASSERT_TRUE(RunClockUntil(clock_, [&] { return collected_.Ids().size() >= 2; }));
  EXPECT_THAT(collected_.Ids(), ElementsAre("gap", "new"));
  const v1::ChangeEvent gap = collected_.Events()[0];
  EXPECT_EQ(gap.resource().kind(), v1::RESOURCE_KIND_FEED);
  EXPECT_EQ(gap.cluster().id(), "swarm1");
  EXPECT_THAT(gap.feed_gap().reason(), HasSubstr("restarted"));
  client_.reset();
}

v1::ChangeEvent Recollected(const std::string& id, absl::Time occurred) {
  v1::ChangeEvent event = NodeEvent(id, "node1");
  event.set_recollected(true);
  *event.mutable_occur_time() = ToProto(occurred);
  return event;
}

TEST_F(FeedClientTest, AfterARestartOfTheCollectorWhatItRecollectsOfTheTimeBetweenIsTold) {
  KnownSwarms known;
  options_.known_swarms = &known;
  const absl::Time read = clock_.Now();
  MemoryChangeLog other_log;
  std::optional<TestCollector> collector(std::in_place, log_, 0, "127.0.0.1", "", nullptr, read);
  const int port = collector->Port();
  Follow(collector->Target());
  ASSERT_TRUE(Eventually([&] { return known.Until("swarm1").has_value(); }));
  collector.reset();
  other_log.Append(
      {Recollected("known", read - absl::Seconds(30)), Recollected("missed", read + absl::Seconds(1))});
  collector.emplace(other_log, port, "127.0.0.1", "", nullptr, read + absl::Seconds(10));
  ASSERT_TRUE(RunClockUntil(clock_, [&] { return collected_.Ids().size() >= 2; }));
  EXPECT_THAT(collected_.Ids(), ElementsAre("gap", "missed"));
  client_.reset();
}

// As when both start while the swarm has no leader.
TEST_F(FeedClientTest, ASwarmThatTheCollectorLearnsLateIsKnownWithoutAChange) {
  KnownSwarms known;
  options_.known_swarms = &known;
  std::string asked;
  options_.covered_by_others = [&](const std::string& cluster_id, absl::Time) {
    asked = cluster_id;
    return false;
  };
  const absl::Time read = clock_.Now();
  std::atomic<bool> knows_swarm = false;
  MemoryChangeLog other_log;
  std::optional<TestCollector> collector(std::in_place, log_, 0, "127.0.0.1", "", nullptr, read,
                                         &knows_swarm);
  const int port = collector->Port();
  Follow(collector->Target());
  ASSERT_TRUE(Reaches(FeedState::kFollowing));
  EXPECT_EQ(client_->Cluster().id(), "");
  knows_swarm = true;
  ASSERT_TRUE(Eventually([&] { return known.Until("swarm1").has_value(); }));
  EXPECT_TRUE(client_->FollowingSince("swarm1").has_value());
  collector.reset();
  other_log.Append({Recollected("missed", read + absl::Seconds(1))});
  knows_swarm = false;
  collector.emplace(other_log, port, "127.0.0.1", "", nullptr, read, &knows_swarm);
  ASSERT_TRUE(RunClockUntil(clock_, [&] { return collected_.Ids().size() >= 2; }));
  EXPECT_THAT(collected_.Ids(), ElementsAre("gap", "missed"));
  client_.reset();
  EXPECT_EQ(asked, "swarm1");
}

TEST_F(FeedClientTest, AGapThatOthersCoveredIsNotTold) {
  std::string asked;
  options_.covered_by_others = [&](const std::string& cluster_id, absl::Time) {
    asked = cluster_id;
    return true;
  };
  MemoryChangeLog other_log;
  std::optional<TestCollector> collector(std::in_place, log_);
  const int port = collector->Port();
  Follow(collector->Target());
  ASSERT_TRUE(Reaches(FeedState::kFollowing));
  collector.reset();
  other_log.Append({NodeEvent("new", "node1")});
  collector.emplace(other_log, port);
  ASSERT_TRUE(RunClockUntil(clock_, [&] { return !collected_.Ids().empty(); }));
  client_.reset();
  EXPECT_THAT(collected_.Ids(), ElementsAre("new"));
  EXPECT_EQ(asked, "swarm1");
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
  ASSERT_TRUE(RunClockUntil(clock_, [&] { return collected_.Ids().size() >= 2; }));
  EXPECT_THAT(collected_.Ids(), ElementsAre("disconnected", "connected"));
  const v1::ChangeEvent cut_off = collected_.Events()[0];
  EXPECT_GE(FromProto(cut_off.observe_time()) - FromProto(cut_off.feed_disconnected().start_time()),
            absl::Seconds(60));
  EXPECT_THAT(cut_off.feed_disconnected().error(), testing::Not(IsEmpty()));
  EXPECT_TRUE(cut_off.feed_disconnected().connected_before());
}

TEST_F(FeedClientTest, AShortOutageIsNotTold) {
  std::optional<TestCollector> collector(std::in_place, log_);
  const int port = collector->Port();
  Follow(collector->Target());
  ASSERT_TRUE(Reaches(FeedState::kFollowing));
  collector.reset();
  ASSERT_TRUE(Eventually([&] { return client_->State() != FeedState::kFollowing; }));
  collector.emplace(log_, port);
  ASSERT_TRUE(RunClockUntil(clock_, [&] { return client_->State() == FeedState::kFollowing; }));
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
  ASSERT_TRUE(RunClockUntil(clock_, [&] { return service.calls == 2; }));
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
  options_.from_oldest = true;
  options_.news_since = clock_.Now();
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

class SettledFeedTest : public FeedClientTest {
 protected:
  SettledFeedTest() { options_.subscription = "alerts"; }

  bool Keeps(std::uint64_t sequence) {
    return Eventually([&] { return book_.All()["alerts"].position.sequence == sequence; });
  }

  SubscriptionBook book_;
  TestCollector collector_{log_, 0, "127.0.0.1", "", &book_};
};

TEST_F(SettledFeedTest, TheNextProcessGoesOnAfterWhatIsSettled) {
  Follow(collector_.Target());
  ASSERT_TRUE(Reaches(FeedState::kFollowing));
  log_.Append({NodeEvent("a", "node1")});
  ASSERT_TRUE(collected_.WaitForEvents(1));
  collected_.LetGo();
  ASSERT_TRUE(Keeps(1));
  log_.Append({NodeEvent("b", "node1")});
  ASSERT_TRUE(collected_.WaitForEvents(2));
  client_.reset();  // with b unsettled
  log_.Append({NodeEvent("c", "node1")});

  Collected next;
  FeedClient restarted(FeedPeer{"", collector_.Target(), "", ""}, options_, Plain(), next.Sink(), handled_,
                       clock_, metrics_);
  ASSERT_TRUE(next.WaitForEvents(2));
  EXPECT_THAT(next.Ids(), ElementsAre("b", "c"));
}

TEST_F(SettledFeedTest, WhatIsObservedBeforeTheStartIsNewsWhenItWasNotSettled) {
  Follow(collector_.Target());
  ASSERT_TRUE(Reaches(FeedState::kFollowing));
  client_.reset();
  v1::ChangeEvent missed = NodeEvent("missed", "node1");
  *missed.mutable_observe_time() = ToProto(clock_.Now() - absl::Hours(1));
  log_.Append({missed});
  options_.from_oldest = true;
  options_.news_since = clock_.Now();
  Follow(collector_.Target());
  ASSERT_TRUE(collected_.WaitForEvents(1));
  EXPECT_THAT(collected_.Ids(), ElementsAre("missed"));
}

TEST_F(SettledFeedTest, WhatIsSettledAfterTheStreamHasEndedIsStillAcknowledged) {
  Follow(collector_.Target());
  ASSERT_TRUE(Reaches(FeedState::kFollowing));
  log_.Append({NodeEvent("a", "node1")});
  ASSERT_TRUE(collected_.WaitForEvents(1));
  client_->Stop();
  collected_.LetGo();
  client_->FlushAcknowledgements(absl::Seconds(10));
  EXPECT_EQ(book_.All()["alerts"].position.sequence, 1u);
}

TEST_F(SettledFeedTest, TheCollectorKeepsMarksAndStateAndHandsThemBack) {
  Follow(collector_.Target());
  ASSERT_TRUE(Reaches(FeedState::kFollowing));
  handled_.Add("a@slack");
  handled_.SetState("loops");
  client_->Acknowledge();
  client_->FlushAcknowledgements(absl::Seconds(10));
  EXPECT_THAT(book_.All()["alerts"].marks, ElementsAre("a@slack"));

  Handled next;
  Collected collected;
  FeedClient restarted(FeedPeer{"", collector_.Target(), "", ""}, options_, Plain(), collected.Sink(), next,
                       clock_, metrics_);
  EXPECT_TRUE(Eventually([&] { return next.Has("a@slack"); }));
  EXPECT_TRUE(Eventually([&] { return collected.State() == "loops"; }));
}

TEST_F(SettledFeedTest, ACollectorThatComesBackIsToldEverythingAgain) {
  std::optional<TestCollector> first(std::in_place, log_);  // keeps what it is told only as long as it lives
  const int port = first->Port();
  Follow(first->Target());
  ASSERT_TRUE(Reaches(FeedState::kFollowing));
  handled_.Add("a@slack");
  first.reset();
  ASSERT_TRUE(Eventually([&] { return client_->State() != FeedState::kFollowing; }));
  TestCollector second(log_, port, "127.0.0.1", "", &book_);
  ASSERT_TRUE(RunClockUntil(clock_, [&] { return client_->State() == FeedState::kFollowing; }));
  EXPECT_TRUE(Eventually([&] { return book_.All()["alerts"].marks.size() == 1; }));
}

// As behind an address that several collectors share, or one that was given to another.
TEST_F(SettledFeedTest, AnotherCollectorBehindTheAddressGoesOnAfterWhatItWasToldIsSettled) {
  MemoryChangeLog other_log;
  SubscriptionBook other_book;
  other_log.Append({NodeEvent("told before", "node1")});
  other_book.Acknowledge("alerts", other_log.Newest(), {}, {});
  other_log.Append({NodeEvent("b", "node1")});

  std::optional<TestCollector> first(std::in_place, log_);
  const int port = first->Port();
  Follow(first->Target());
  ASSERT_TRUE(Reaches(FeedState::kFollowing));
  first.reset();
  ASSERT_TRUE(Eventually([&] { return client_->State() != FeedState::kFollowing; }));
  TestCollector second(other_log, port, "127.0.0.1", "", &other_book);
  ASSERT_TRUE(RunClockUntil(clock_, [&] { return client_->State() == FeedState::kFollowing; }));
  ASSERT_TRUE(collected_.WaitForEvents(1));
  EXPECT_THAT(collected_.Ids(), ElementsAre("b"));
}

TEST_F(FeedClientTest, ALogThatStartsOverDoesNotTellWhatWasThereBeforeTheNotifierStarted) {
  options_.news_since = clock_.Now();
  MemoryChangeLog other_log;
  std::optional<TestCollector> first(std::in_place, log_);
  const int port = first->Port();
  Follow(first->Target());
  ASSERT_TRUE(Reaches(FeedState::kFollowing));
  first.reset();
  ASSERT_TRUE(Eventually([&] { return client_->State() != FeedState::kFollowing; }));
  v1::ChangeEvent old = NodeEvent("old", "node1");
  *old.mutable_observe_time() = ToProto(options_.news_since - absl::Seconds(1));
  v1::ChangeEvent missed = NodeEvent("missed", "node1");
  *missed.mutable_observe_time() = ToProto(options_.news_since + absl::Seconds(1));
  other_log.Append({old, missed});
  TestCollector second(other_log, port);
  ASSERT_TRUE(RunClockUntil(clock_, [&] { return collected_.Ids().size() == 2; }));
  EXPECT_THAT(collected_.Ids(), ElementsAre("gap", "missed"));
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
