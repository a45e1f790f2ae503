#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <string>

#include "notifier/feed/feed_events.h"
#include "tests/notifier/feed/feed_client_fixture.h"
#include "tests/notifier/pipeline/sample_events.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(FeedClientTest, TellsAGapWhenTheCollectorWasRestarted) {
  MemoryChangeLog other_log;
  std::optional<TestCollector> collector(std::in_place, log_);
  const int port = collector->Port();
  Follow(collector->Target());
  ASSERT_TRUE(Reaches(FeedState::kFollowing));
  collector.reset();
  other_log.Append({NodeEvent("new", "node1")});
  collector.emplace(other_log, port);
  ASSERT_TRUE(TryingUntil([&] { return collected_.Ids().size() >= 2; }));
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
  KnownSwarms& known = knowledge_.swarms;
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
  ASSERT_TRUE(TryingUntil([&] { return collected_.Ids().size() >= 2; }));
  EXPECT_THAT(collected_.Ids(), ElementsAre("gap", "missed"));
  client_.reset();
}

// As when both start while the swarm has no leader.
TEST_F(FeedClientTest, ASwarmThatTheCollectorLearnsLateIsKnownWithoutAChange) {
  KnownSwarms& known = knowledge_.swarms;
  std::string asked;
  knowledge_.covered = [&](const std::string& cluster_id, absl::Time) {
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
  ASSERT_TRUE(TryingUntil([&] { return collected_.Ids().size() >= 2; }));
  EXPECT_THAT(collected_.Ids(), ElementsAre("gap", "missed"));
  client_.reset();
  EXPECT_EQ(asked, "swarm1");
}

TEST_F(FeedClientTest, AGapThatOthersCoveredIsNotTold) {
  std::string asked;
  knowledge_.covered = [&](const std::string& cluster_id, absl::Time) {
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
  ASSERT_TRUE(TryingUntil([&] { return !collected_.Ids().empty(); }));
  client_.reset();
  EXPECT_THAT(collected_.Ids(), ElementsAre("new"));
  EXPECT_EQ(asked, "swarm1");
}

TEST_F(FeedClientTest, AGapThatOthersCoveredIsNotMetAgainAfterAReconnect) {
  std::atomic<bool> covered = true;
  std::atomic<int> asked = 0;
  knowledge_.covered = [&](const std::string&, absl::Time) {
    ++asked;
    return covered.load();
  };
  MemoryChangeLog other_log;
  std::optional<TestCollector> collector(std::in_place, log_);
  const int port = collector->Port();
  Follow(collector->Target());
  ASSERT_TRUE(Eventually([&] { return client_->Received().has_value(); }));
  const std::optional<FeedPosition> before = client_->Received();
  collector.reset();
  collector.emplace(other_log, port);
  ASSERT_TRUE(TryingUntil([&] { return asked > 0; }));
  ASSERT_TRUE(Eventually([&] { return client_->Received() != before; }));
  covered = false;
  collector.reset();
  ASSERT_TRUE(Eventually([&] { return client_->State() != FeedState::kFollowing; }));
  other_log.Append({NodeEvent("new", "node1")});
  collector.emplace(other_log, port);
  ASSERT_TRUE(TryingUntil([&] { return !collected_.Ids().empty(); }));
  client_.reset();
  EXPECT_THAT(collected_.Ids(), ElementsAre("new"));
}

TEST_F(FeedClientTest, ALogThatStartsOverDoesNotTellWhatWasThereBeforeTheNotifierStarted) {
  options_.start.news_since = clock_.Now();
  MemoryChangeLog other_log;
  std::optional<TestCollector> first(std::in_place, log_);
  const int port = first->Port();
  Follow(first->Target());
  ASSERT_TRUE(Reaches(FeedState::kFollowing));
  first.reset();
  ASSERT_TRUE(Eventually([&] { return client_->State() != FeedState::kFollowing; }));
  v1::ChangeEvent old = NodeEvent("old", "node1");
  *old.mutable_observe_time() = ToProto(options_.start.news_since - absl::Seconds(1));
  v1::ChangeEvent missed = NodeEvent("missed", "node1");
  *missed.mutable_observe_time() = ToProto(options_.start.news_since + absl::Seconds(1));
  other_log.Append({old, missed});
  TestCollector second(other_log, port);
  ASSERT_TRUE(TryingUntil([&] { return collected_.Ids().size() == 2; }));
  EXPECT_THAT(collected_.Ids(), ElementsAre("gap", "missed"));
}

}  // namespace
}  // namespace swarmbell
