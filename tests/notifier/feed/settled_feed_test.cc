#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>

#include "swarmbell/v1/notifier_state.pb.h"
#include "tests/notifier/feed/feed_client_fixture.h"
#include "tests/notifier/pipeline/sample_events.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;

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
  SharedKnowledge knowledge;
  FeedClient restarted(FeedPeer{"", collector_.Target(), "", ""}, options_, Plain(), next.Sink(), knowledge,
                       handled_, threads_, metrics_);
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
  options_.start.from_oldest = true;
  options_.start.news_since = clock_.Now();
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

  SharedKnowledge knowledge;
  HandledChanges next;
  Collected collected;
  FeedClient restarted(FeedPeer{"", collector_.Target(), "", ""}, options_, Plain(), collected.Sink(),
                       knowledge, next, threads_, metrics_);
  EXPECT_TRUE(Eventually([&] { return next.Has("a@slack"); }));
  EXPECT_TRUE(Eventually([&] { return collected.State() == "loops"; }));
}

// Another process has reported that the collector is stale; its restart ended that without a word.
TEST_F(SettledFeedTest, AStaleCollectorOfTheProcessBeforeThatReadsAgainIsReported) {
  v1::NotifierState state;
  v1::ChangeEvent& stale = *state.add_open_alarms();
  stale = SampleEvent("stale", v1::RESOURCE_KIND_COLLECTOR, "node1");
  stale.mutable_observer()->set_node_id("node1");
  *stale.mutable_observe_time() = ToProto(clock_.Now() - absl::Minutes(1));
  stale.mutable_collector_stale();
  TestCollector collector(log_, 0, "127.0.0.1", "", &book_, clock_.Now());
  Follow(collector.Target());
  ASSERT_TRUE(Reaches(FeedState::kFollowing));
  handled_.SetState(state.SerializeAsString());
  client_->Acknowledge();
  client_->FlushAcknowledgements(absl::Seconds(10));
  client_.reset();

  HandledChanges next;
  SharedKnowledge knowledge;
  Collected collected;
  FeedClient restarted(FeedPeer{"", collector.Target(), "", ""}, options_, Plain(), collected.Sink(),
                       knowledge, next, threads_, metrics_);
  ASSERT_TRUE(collected.WaitForEvents(1));
  EXPECT_THAT(collected.Ids(), ElementsAre("restarted"));
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
  ASSERT_TRUE(FollowsAgain());
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
  ASSERT_TRUE(FollowsAgain());
  ASSERT_TRUE(collected_.WaitForEvents(1));
  EXPECT_THAT(collected_.Ids(), ElementsAre("b"));
}

}  // namespace
}  // namespace swarmbell
