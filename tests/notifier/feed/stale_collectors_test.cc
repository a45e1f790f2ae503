#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/time/proto_time.h"
#include "notifier/feed/feed_events.h"
#include "tests/notifier/feed/feed_client_fixture.h"

namespace swarmbell {
namespace {

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
  *event.mutable_observe_time() = ToProto(absl::FromUnixSeconds(1000));
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
  std::optional<v1::ChangeEvent> Hears(const v1::Progress& progress) {
    return collectors_.Heard(progress, absl::FromUnixSeconds(3000));
  }

  StaleCollectors collectors_;
};

TEST_F(StaleCollectorsTest, OneThatIsStartedAnewAndReadsIsToldOnce) {
  collectors_.Heard(Stale("node1"));
  EXPECT_FALSE(Hears(Reads("node1")).has_value());
  const std::optional<v1::ChangeEvent> over = Hears(Reads("node1"));
  ASSERT_TRUE(over.has_value());
  EXPECT_TRUE(over->collector_recovered().restarted());
  EXPECT_EQ(over->collector_recovered().last_read_time().seconds(), 900);
  EXPECT_EQ(over->resource().id(), "node1");
  EXPECT_NE(over->event_id(), Stale("node1").event_id());
  EXPECT_EQ(FromProto(over->observe_time()), absl::FromUnixSeconds(3000));
  EXPECT_FALSE(Hears(Reads("node1")).has_value());
  EXPECT_FALSE(Hears(Reads("node1")).has_value());
}

// A progress may overtake what the collector is about to tell.
TEST_F(StaleCollectorsTest, OneThatLivesTellsTheEndItself) {
  collectors_.Heard(Stale("node1"));
  EXPECT_FALSE(Hears(Reads("node1")).has_value());
  collectors_.Heard(Recovered("node1"));
  EXPECT_FALSE(Hears(Reads("node1")).has_value());
}

TEST_F(StaleCollectorsTest, OneThatCannotReadYetHasNotRecovered) {
  collectors_.Heard(Stale("node1"));
  v1::Progress blind = Reads("node1");
  blind.clear_poll_time();
  v1::Progress stale = Reads("node1");
  stale.set_stale(true);
  v1::Progress before = Reads("node1");
  *before.mutable_poll_time() = ToProto(absl::FromUnixSeconds(1000));
  const v1::Progress of_older_collector = Reads("");
  for (const v1::Progress& progress : {blind, stale, before, of_older_collector}) {
    EXPECT_FALSE(Hears(progress).has_value()) << progress.DebugString();
    EXPECT_FALSE(Hears(progress).has_value()) << progress.DebugString();
  }
  EXPECT_FALSE(Hears(Reads("node1")).has_value());
  EXPECT_FALSE(Hears(stale).has_value());
  EXPECT_FALSE(Hears(Reads("node1")).has_value());
  EXPECT_TRUE(Hears(Reads("node1")).has_value());
}

TEST_F(StaleCollectorsTest, AnotherCollectorsReadingEndsNothing) {
  collectors_.Heard(Stale("node1"));
  v1::Progress other_swarm = Reads("node1");
  other_swarm.mutable_cluster()->set_id("swarm2");
  for (const v1::Progress& progress : {Reads("node2"), other_swarm}) {
    EXPECT_FALSE(Hears(progress).has_value());
    EXPECT_FALSE(Hears(progress).has_value());
  }
}

TEST_F(FeedClientTest, TellsThatACollectorThatWasStartedAnewReadsAgain) {
  MemoryChangeLog other_log;
  std::optional<TestCollector> collector(std::in_place, log_);
  const int port = collector->Port();
  Follow(collector->Target());
  ASSERT_TRUE(Reaches(FeedState::kFollowing));
  log_.Append({Stale("node1")});
  ASSERT_TRUE(collected_.WaitForEvents(1));
  collector.reset();
  collector.emplace(other_log, port, "127.0.0.1", "", nullptr, clock_.Now());
  ASSERT_TRUE(TryingUntil([&] { return collected_.Ids().size() >= 3; }));
  EXPECT_THAT(collected_.Ids(), testing::ElementsAre("stale of node1", "gap", "restarted"));
  client_.reset();
}

}  // namespace
}  // namespace swarmbell
