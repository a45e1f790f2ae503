#include "notifier/feed/feed_set.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <latch>
#include <optional>

#include "tests/fakes/free_port.h"
#include "tests/notifier/feed/collected.h"
#include "tests/notifier/feed/test_collector.h"
#include "tests/notifier/pipeline/sample_events.h"

namespace swarmbell {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class FeedSetTest : public testing::Test {
 protected:
  FeedSetTest() {
    DeclareFeedMetrics(metrics_);
    options_.look_up = [this](const std::string& host, std::stop_token) {
      std::lock_guard lock(mutex_);
      EXPECT_EQ(host, "collector");
      ++lookups_;
      return found_;
    };
  }

  void Found(absl::StatusOr<std::vector<std::string>> addresses) {
    std::lock_guard lock(mutex_);
    found_ = std::move(addresses);
  }

  int Lookups() {
    std::lock_guard lock(mutex_);
    return lookups_;
  }

  void Start(const std::vector<std::string>& targets) {
    auto set = FeedSet::Start(
        targets, options_,
        [](const FeedPeer& peer) {
          return grpc::CreateChannel(peer.target, grpc::InsecureChannelCredentials());
        },
        collected_.Sink(), handled_, clock_, metrics_);
    ASSERT_TRUE(set.ok()) << set.status();
    set_ = *std::move(set);
  }

  bool Follows(std::size_t count) {
    return Eventually([&] { return set_->Following() == count && set_->Size() == count; });
  }

  FakeClock clock_;
  Metrics metrics_;
  MemoryChangeLog log_;
  Collected collected_;
  HandledChanges handled_;
  FeedSet::Options options_;
  std::mutex mutex_;
  absl::StatusOr<std::vector<std::string>> found_ = std::vector<std::string>();  // guarded by mutex_
  int lookups_ = 0;                                                              // guarded by mutex_
  std::unique_ptr<FeedSet> set_;
};

TEST_F(FeedSetTest, FollowsEveryAddressOfANameAndEveryTarget) {
  TestCollector one(log_, 0, "127.0.0.1");
  TestCollector two(log_, one.Port(), "127.0.0.2");
  TestCollector three(log_);
  Found(std::vector<std::string>{"127.0.0.1", "127.0.0.2"});
  Start({absl::StrCat("dns:///collector:", one.Port()), three.Target()});
  ASSERT_TRUE(Follows(3));
  log_.Append({NodeEvent("a", "node1")});
  ASSERT_TRUE(collected_.WaitForEvents(3));
  EXPECT_THAT(collected_.Ids(), ElementsAre("a", "a", "a"));
  set_.reset();
}

// A feed that starts asks what its swarm's other feeds know, and these ask the set.
TEST_F(FeedSetTest, AFeedIsMadeWithoutTheLockThatOthersNeed) {
  TestCollector one(log_);
  Found(std::vector<std::string>{"127.0.0.1"});
  std::atomic<std::size_t> seen = 99;
  FeedSet* made = nullptr;
  std::latch started(1);
  auto set = FeedSet::Start(
      {absl::StrCat("collector:", one.Port())}, options_,
      [&](const FeedPeer& peer) {
        started.wait();
        seen = made->Size();
        return grpc::CreateChannel(peer.target, grpc::InsecureChannelCredentials());
      },
      collected_.Sink(), handled_, clock_, metrics_);
  ASSERT_TRUE(set.ok()) << set.status();
  set_ = *std::move(set);
  made = set_.get();
  started.count_down();
  ASSERT_TRUE(Follows(1));
  EXPECT_EQ(seen, 0u);
  set_.reset();
}

TEST_F(FeedSetTest, ANameThatNobodyAnswersForHoldsUpNoOther) {
  TestCollector one(log_);
  options_.look_up = [](const std::string& host, std::stop_token stop) -> FeedSet::Addresses {
    if (host == "collector") return std::vector<std::string>{"127.0.0.1"};
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any().wait(lock, stop, [] { return false; });
    return absl::CancelledError("stopped");
  };
  Start({"silent1:1", "silent2:1", absl::StrCat("collector:", one.Port())});
  ASSERT_TRUE(Follows(1));
  log_.Append({NodeEvent("a", "node1")});
  ASSERT_TRUE(collected_.WaitForEvents(1));
  set_.reset();
}

TEST_F(FeedSetTest, AnAddressThatComesLateTellsWhatItKeptAndOneThatGoesIsLeft) {
  TestCollector one(log_, 0, "127.0.0.1");
  MemoryChangeLog other_log;
  TestCollector two(other_log, one.Port(), "127.0.0.2");
  v1::ChangeEvent missed = NodeEvent("missed", "node1");
  *missed.mutable_observe_time() = ToProto(clock_.Now() + absl::Seconds(5));
  other_log.Append({missed});
  Found(std::vector<std::string>{"127.0.0.1"});
  Start({absl::StrCat("collector:", one.Port())});
  ASSERT_TRUE(Follows(1));
  Found(std::vector<std::string>{"127.0.0.2"});
  ASSERT_TRUE(clock_.WaitForSleeper(absl::Seconds(30)));
  clock_.Advance(absl::Seconds(30));
  ASSERT_TRUE(collected_.WaitForEvents(1));
  ASSERT_TRUE(Follows(1));
  log_.Append({NodeEvent("not followed any more", "node1")});
  other_log.Append({NodeEvent("b", "node1")});
  ASSERT_TRUE(collected_.WaitForEvents(2));
  EXPECT_THAT(collected_.Ids(), ElementsAre("missed", "b"));
  set_.reset();
}

TEST_F(FeedSetTest, ThatAnAddressIsGoneEndsItsOutageWithoutSayingThatItIsHeard) {
  Found(std::vector<std::string>{"127.0.0.1"});
  Start({absl::StrCat("collector:", FreePort())});
  ASSERT_TRUE(RunClockUntil(clock_, [&] { return !collected_.Ids().empty(); }));
  Found(std::vector<std::string>{"127.0.0.2"});
  ASSERT_TRUE(RunClockUntil(clock_, [&] { return collected_.Ids().size() >= 2; }));
  const std::vector<v1::ChangeEvent> events = collected_.Events();
  EXPECT_TRUE(events[0].has_feed_disconnected());
  EXPECT_TRUE(events[1].feed_connected().address_gone());
  EXPECT_EQ(events[1].resource().name(), events[0].resource().name());
  set_.reset();
}

TEST_F(FeedSetTest, ACollectorThatTakesTheOnlyOnesPlaceIsAGap) {
  options_.feed.stream.missed_intervals = 1'000'000;  // the clock jumps
  const auto one = std::make_unique<TestCollector>(log_, 0, "127.0.0.1", "", nullptr, clock_.Now());
  MemoryChangeLog other_log;
  TestCollector two(other_log, one->Port(), "127.0.0.2");
  Found(std::vector<std::string>{"127.0.0.1"});
  Start({absl::StrCat("collector:", one->Port())});
  ASSERT_TRUE(Follows(1));
  ASSERT_TRUE(Eventually([&] { return set_->KnownUntil("swarm1").has_value(); }));
  Found(std::vector<std::string>{"127.0.0.2"});
  ASSERT_TRUE(clock_.WaitForSleeper(absl::Seconds(30)));
  clock_.Advance(absl::Seconds(30));
  ASSERT_TRUE(collected_.WaitForEvents(1));
  EXPECT_THAT(collected_.Events()[0].feed_gap().reason(), HasSubstr("another collector"));
  set_.reset();
}

TEST_F(FeedSetTest, ACollectorThatComesBesideOthersIsNoGap) {
  options_.feed.stream.missed_intervals = 1'000'000;  // the clock runs
  TestCollector one(log_, 0, "127.0.0.1", "", nullptr, clock_.Now() - absl::Minutes(1));
  MemoryChangeLog other_log;
  TestCollector two(other_log, one.Port(), "127.0.0.2");
  Found(std::vector<std::string>{"127.0.0.1"});
  Start({absl::StrCat("collector:", one.Port())});
  ASSERT_TRUE(Follows(1));
  ASSERT_TRUE(Eventually([&] { return set_->KnownUntil("swarm1").has_value(); }));
  Found(std::vector<std::string>{"127.0.0.1", "127.0.0.2"});
  ASSERT_TRUE(RunClockUntil(clock_, [&] { return set_->Following() == 2; }));
  other_log.Append({NodeEvent("a", "node1")});
  ASSERT_TRUE(collected_.WaitForEvents(1));
  EXPECT_THAT(collected_.Ids(), ElementsAre("a"));
  set_.reset();
}

TEST_F(FeedSetTest, ANameThatIsNoLongerFoundKeepsItsAddresses) {
  TestCollector one(log_);
  Found(std::vector<std::string>{"127.0.0.1"});
  Start({absl::StrCat("collector:", one.Port())});
  ASSERT_TRUE(Follows(1));
  Found(absl::UnavailableError("no name server"));
  const int lookups = Lookups();
  ASSERT_TRUE(RunClockUntil(clock_, [&] { return Lookups() > lookups + 1; }));
  EXPECT_EQ(set_->Size(), 1u);
  set_.reset();
}

TEST_F(FeedSetTest, AnAnswerThatMayLackAddressesIsReportedOnceAndEndsNoFeedThatIsFollowed) {
  options_.most_addresses = 2;
  options_.feed.disconnected_after = absl::Hours(10);
  options_.feed.stream.missed_intervals = 1'000'000;  // the clock jumps
  auto one = std::make_unique<TestCollector>(log_, 0, "127.0.0.1");
  const TestCollector two(log_, one->Port(), "127.0.0.2");
  const TestCollector three(log_, one->Port(), "127.0.0.3");
  Found(std::vector<std::string>{"127.0.0.1", "127.0.0.2"});
  const std::string name = absl::StrCat("collector:", one->Port());
  Start({name});
  ASSERT_TRUE(Follows(2));
  ASSERT_TRUE(collected_.WaitForEvents(1));
  const v1::ChangeEvent gap = collected_.Events()[0];
  EXPECT_EQ(gap.resource().name(), name);
  EXPECT_THAT(gap.feed_gap().reason(), HasSubstr("at most 2 addresses"));
  const std::string counter =
      absl::StrCat("swarmbell_feed_truncated_lookups_total{collector=\"", name, "\"} ");
  EXPECT_THAT(metrics_.Render(), HasSubstr(counter + "1\n"));

  const auto look_up = [&](const std::vector<std::string>& addresses) {
    Found(addresses);
    const int before = Lookups();
    ASSERT_TRUE(RunClockUntil(clock_, [&] { return Lookups() > before; }));
  };
  look_up({"127.0.0.2", "127.0.0.3"});
  ASSERT_TRUE(Follows(3));
  one.reset();
  ASSERT_TRUE(Eventually([&] { return set_->Following() == 2; }));
  look_up({"127.0.0.2", "127.0.0.3"});
  ASSERT_TRUE(Follows(2)) << "nobody answers at the address that may be left out";
  look_up({"127.0.0.3"});
  ASSERT_TRUE(Follows(1)) << "this answer is whole";
  EXPECT_THAT(metrics_.Render(), Not(HasSubstr(counter + "1\n")));
  EXPECT_THAT(collected_.Ids(), ElementsAre("gap"));
  set_.reset();
}

TEST_F(FeedSetTest, ANameThatIsNeverFoundIsToldOnceAndWhenSomebodyIsHeardThere) {
  Found(absl::NotFoundError("no such host"));
  const int port = FreePort();
  Start({absl::StrCat("collector:", port)});
  ASSERT_TRUE(RunClockUntil(clock_, [&] { return !collected_.Ids().empty(); }));
  const int lookups = Lookups();
  ASSERT_TRUE(RunClockUntil(clock_, [&] { return Lookups() > lookups + 3; }));
  EXPECT_THAT(collected_.Ids(), ElementsAre("disconnected"));
  EXPECT_THAT(collected_.Events()[0].feed_disconnected().error(), HasSubstr("no such host"));
  EXPECT_FALSE(collected_.Events()[0].feed_disconnected().connected_before());

  Found(std::vector<std::string>{"127.0.0.1"});
  const int found = Lookups();
  ASSERT_TRUE(RunClockUntil(clock_, [&] { return Lookups() > found + 3; }));
  EXPECT_THAT(collected_.Ids(), Not(Contains("connected")));
  const TestCollector collector(log_, port);
  ASSERT_TRUE(RunClockUntil(clock_, [&] { return set_->Following() == 1; }));
  const std::string name = absl::StrCat("collector:", port);
  const auto over = [&] {
    return std::ranges::any_of(collected_.Events(), [&](const v1::ChangeEvent& event) {
      return event.has_feed_connected() && event.resource().name() == name;
    });
  };
  ASSERT_TRUE(RunClockUntil(clock_, over));
  EXPECT_FALSE(collected_.Events().back().feed_connected().connected_before());
  set_.reset();
}

TEST_F(FeedSetTest, AGapOfOneFeedIsNotToldWhileAnotherFollowsTheSwarm) {
  options_.feed.disconnected_after = absl::Hours(10);
  TestCollector steady(log_);
  MemoryChangeLog first_log;
  MemoryChangeLog second_log;
  std::optional<TestCollector> restarted(std::in_place, first_log);
  const int port = restarted->Port();
  Start({steady.Target(), restarted->Target()});
  ASSERT_TRUE(Follows(2));
  clock_.Advance(absl::Seconds(1));
  restarted.reset();
  ASSERT_TRUE(Eventually([&] { return set_->Following() == 1; }));
  second_log.Append({NodeEvent("a", "node1")});
  restarted.emplace(second_log, port);
  ASSERT_TRUE(RunClockUntil(clock_, [&] { return !collected_.Ids().empty(); }));
  EXPECT_THAT(collected_.Ids(), ElementsAre("a"));
  set_.reset();
}

// All collectors are restarted at once, twice: two losses, two alerts.
TEST_F(FeedSetTest, AGapThatEveryFeedHasIsToldOnce) {
  options_.feed.disconnected_after = absl::Hours(10);
  MemoryChangeLog logs[2];
  std::optional<TestCollector> collectors[2];
  for (int i : {0, 1}) collectors[i].emplace(logs[i]);
  const int ports[] = {collectors[0]->Port(), collectors[1]->Port()};
  Start({collectors[0]->Target(), collectors[1]->Target()});
  for (const std::string round : {"first", "second"}) {
    ASSERT_TRUE(Eventually([&] { return set_->Following() == 2; }));
    clock_.Advance(absl::Seconds(1));
    for (auto& collector : collectors) collector.reset();
    ASSERT_TRUE(Eventually([&] { return set_->Following() == 0; }));
    clock_.Advance(absl::Seconds(1));
    for (int i : {0, 1}) {
      logs[i].Reset();
      logs[i].Append({NodeEvent(absl::StrCat(round, i), "node1")});
      collectors[i].emplace(logs[i], ports[i]);
    }
    ASSERT_TRUE(RunClockUntil(clock_, [&] {
      return testing::Matches(testing::IsSupersetOf({round + "0", round + "1"}))(collected_.Ids());
    }));
  }
  const std::vector<std::string> ids = collected_.Ids();
  EXPECT_EQ(std::count(ids.begin(), ids.end(), "gap"), 2);
  set_.reset();
}

TEST_F(FeedSetTest, ATargetOfAnotherFormIsAnError) {
  for (const char* bad : {"", "collector:port", "http://collector:50051", "unix:relative", "a b:1"}) {
    const auto set = FeedSet::Start({bad}, {}, nullptr, nullptr, handled_, clock_, metrics_);
    EXPECT_EQ(set.status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace swarmbell
