#include "notifier/feed/stale_collectors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/time/proto_time.h"
#include "tests/notifier/feed/feed_client_fixture.h"

namespace swarmbell {
namespace {

const absl::Time kHeard = absl::FromUnixSeconds(1000);

v1::ChangeEvent About(const std::string& node) {
  v1::ChangeEvent event;
  event.mutable_cluster()->set_id("swarm1");
  event.mutable_observer()->set_node_id(node);
  event.mutable_resource()->set_kind(v1::RESOURCE_KIND_COLLECTOR);
  event.mutable_resource()->set_id(node);
  return event;
}

v1::ChangeEvent Stale(const std::string& node) {
  v1::ChangeEvent event = About(node);
  event.set_event_id("stale of " + node);
  *event.mutable_collector_stale()->mutable_last_read_time() = ToProto(absl::FromUnixSeconds(900));
  return event;
}

v1::ChangeEvent Recovered(const std::string& node) {
  v1::ChangeEvent event = About(node);
  event.mutable_collector_recovered();
  return event;
}

v1::Progress Reads(const std::string& node) {
  v1::Progress progress;
  progress.mutable_cluster()->set_id("swarm1");
  progress.mutable_observer()->set_node_id(node);
  *progress.mutable_poll_time() = ToProto(absl::FromUnixSeconds(2000));
  return progress;
}

class StaleCollectorsTest : public testing::Test {
 protected:
  // In a stream that was opened after it was heard.
  std::optional<v1::ChangeEvent> Later(const v1::Progress& progress) {
    return collectors_.Heard(progress, kHeard + absl::Seconds(10), kHeard + absl::Seconds(20));
  }

  StaleCollectors collectors_;
};

TEST_F(StaleCollectorsTest, OneThatIsStartedAnewAndReadsIsToldOnce) {
  collectors_.Heard(Stale("node1"), kHeard);
  const std::optional<v1::ChangeEvent> over = Later(Reads("node1"));
  ASSERT_TRUE(over.has_value());
  EXPECT_TRUE(over->collector_recovered().restarted());
  EXPECT_EQ(over->collector_recovered().last_read_time().seconds(), 900);
  EXPECT_EQ(over->resource().id(), "node1");
  EXPECT_NE(over->event_id(), Stale("node1").event_id());
  EXPECT_EQ(FromProto(over->observe_time()), kHeard + absl::Seconds(20));
  EXPECT_FALSE(Later(Reads("node1")).has_value());
}

TEST_F(StaleCollectorsTest, OneThatLivesTellsTheEndItself) {
  collectors_.Heard(Stale("node1"), kHeard);
  EXPECT_FALSE(collectors_.Heard(Reads("node1"), kHeard - absl::Seconds(1), kHeard).has_value());
  collectors_.Heard(Recovered("node1"), kHeard);
  EXPECT_FALSE(Later(Reads("node1")).has_value());
}

TEST_F(StaleCollectorsTest, OneThatCannotReadYetHasNotRecovered) {
  collectors_.Heard(Stale("node1"), kHeard);
  v1::Progress blind = Reads("node1");
  blind.clear_poll_time();
  EXPECT_FALSE(Later(blind).has_value());
  v1::Progress stale = Reads("node1");
  stale.set_stale(true);
  EXPECT_FALSE(Later(stale).has_value());
  v1::Progress nobody = Reads("");  // an older collector's
  EXPECT_FALSE(Later(nobody).has_value());
  EXPECT_TRUE(Later(Reads("node1")).has_value());
}

TEST_F(StaleCollectorsTest, AnotherCollectorsReadingEndsNothing) {
  collectors_.Heard(Stale("node1"), kHeard);
  EXPECT_FALSE(Later(Reads("node2")).has_value());
  v1::Progress other_swarm = Reads("node1");
  other_swarm.mutable_cluster()->set_id("swarm2");
  EXPECT_FALSE(Later(other_swarm).has_value());
}

TEST_F(FeedClientTest, TellsThatACollectorThatWasStartedAnewReadsAgain) {
  StaleCollectors stale;
  options_.stale_collectors = &stale;
  MemoryChangeLog other_log;
  std::optional<TestCollector> collector(std::in_place, log_);
  const int port = collector->Port();
  Follow(collector->Target());
  ASSERT_TRUE(Reaches(FeedState::kFollowing));
  log_.Append({Stale("node1")});
  ASSERT_TRUE(collected_.WaitForEvents(1));
  collector.reset();
  collector.emplace(other_log, port, "127.0.0.1", "", nullptr, clock_.Now());
  ASSERT_TRUE(RunClockUntil(clock_, [&] { return collected_.Ids().size() >= 3; }));
  EXPECT_THAT(collected_.Ids(), testing::ElementsAre("stale of node1", "gap", "restarted"));
  client_.reset();
}

}  // namespace
}  // namespace swarmbell
