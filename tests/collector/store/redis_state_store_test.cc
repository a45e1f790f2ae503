// A collector that ends and starts again, with a real Redis between.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "collector/store/record.h"
#include "collector/store/state_store.h"
#include "tests/collector/store/state_harness.h"

namespace swarmbell {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class RedisStateStoreTest : public StateHarness {};

TEST_F(RedisStateStoreTest, FirstStartFindsNothing) {
  FakeCollector collector(Options());
  const KeptState kept = collector.Begin();
  EXPECT_FALSE(kept.found);
  EXPECT_EQ(kept.marker_key.size(), 32u);
  EXPECT_EQ(Logged("Redis holds no state of this collector yet"), 1);
}

TEST_F(RedisStateStoreTest, GoesOnAfterARestart) {
  LogPosition after_two;
  std::string marker_key;
  {
    FakeCollector first(Options());
    marker_key = first.Begin().marker_key;
    first.Append({"e1", "e2"});
    after_two = first.log.Newest();
    first.Append({"e3"});
    first.Know({"web", "db"});
    first.book.Acknowledge("notifier", after_two, {"e3"}, "state");
  }
  FakeCollector second(Options());
  const KeptState kept = second.Begin();
  EXPECT_TRUE(kept.found);
  EXPECT_TRUE(kept.same_reader);
  EXPECT_EQ(kept.marker_key, marker_key);
  EXPECT_THAT(ServiceNames(kept.swarm), ElementsAre("db", "web"));
  EXPECT_THAT(second.After(after_two), ElementsAre("e3"));
  const SubscriptionRecord subscription = second.book.All()["notifier"];
  EXPECT_EQ(subscription.position, after_two);
  EXPECT_THAT(subscription.marks, ElementsAre("e3"));
  EXPECT_EQ(subscription.state, "state");
}

// Events that were sent, but not stored, had sequences too.
TEST_F(RedisStateStoreTest, SequencesAreNeverGivenTwice) {
  LogPosition newest;
  {
    FakeCollector first(Options());
    first.Begin();
    first.Append({"e1"});
    newest = first.log.Newest();
  }
  for (std::uint64_t run = 1; run <= 3; ++run) {
    FakeCollector next(Options());
    next.Begin();
    const LogPosition seen_but_lost{newest.log_id, (run - 1) * kSequencesPerRun + 50};
    next.Append({"again"});
    EXPECT_EQ(next.log.Newest(), (LogPosition{newest.log_id, run * kSequencesPerRun + 1}));
    EXPECT_THAT(next.After(seen_but_lost), ElementsAre("again"));
    // Not stored in time: the next run must not know of it.
    if (run == 2) next.store->End();
  }
}

TEST_F(RedisStateStoreTest, PositionInAnEmptyLogStaysGood) {
  LogPosition start;
  {
    FakeCollector first(Options());
    first.Begin();
    start = first.log.Newest();
  }
  for (int i = 0; i < 2; ++i) {
    FakeCollector next(Options());
    EXPECT_TRUE(next.Begin().found);
    EXPECT_THAT(next.After(start), IsEmpty());
  }
  FakeCollector last(Options());
  last.Begin();
  last.Append({"e1"});
  EXPECT_THAT(last.After(start), ElementsAre("e1"));
}

TEST_F(RedisStateStoreTest, OnlyWhatChangesIsWritten) {
  FakeCollector collector(Options());
  collector.Begin();
  std::vector<std::string> names;
  for (int i = 0; i < 11'000; ++i) names.push_back("service-" + std::to_string(i));
  collector.Know(names);
  ASSERT_TRUE(Eventually([&] { return Redis({"HLEN", "bell:collector:{node1}:known"}).integer == 11'001; }));
  double writes = collector.Metric("swarmbell_redis_writes_total");
  ASSERT_TRUE(Eventually([&] { return collector.Metric("swarmbell_redis_written_bytes_total") > 11'000; }));
  writes = collector.Metric("swarmbell_redis_writes_total");
  const double bytes = collector.Metric("swarmbell_redis_written_bytes_total");
  names[5000] = "renamed";
  collector.Know(names);
  ASSERT_TRUE(WaitUntilStored(collector, writes));
  EXPECT_LT(collector.Metric("swarmbell_redis_written_bytes_total") - bytes, 200);
  collector.Know(names);
  collector.Stop();
  EXPECT_EQ(collector.Metric("swarmbell_redis_writes_total"), writes + 1);
  EXPECT_EQ(Redis({"HLEN", "bell:collector:{node1}:known"}).integer, 11'001);
}

TEST_F(RedisStateStoreTest, RestartWritesOnlyWhatChanges) {
  std::vector<std::string> names;
  for (int i = 0; i < 1000; ++i) names.push_back("service-" + std::to_string(i));
  {
    FakeCollector first(Options());
    first.Begin();
    first.Know(names);
  }
  FakeCollector second(Options());
  EXPECT_EQ(second.Begin().swarm.services->size(), 1000u);
  second.Know(names);
  second.Stop();
  EXPECT_LT(second.Metric("swarmbell_redis_written_bytes_total"), 200);
}

TEST_F(RedisStateStoreTest, LogIsTrimmedAsInMemory) {
  {
    FakeCollector collector(Options(), /*max_events=*/3);
    collector.Begin();
    for (int i = 1; i <= 10; ++i) collector.Append({"e" + std::to_string(i)});
  }
  EXPECT_EQ(Redis({"XLEN", "bell:collector:{node1}:changes"}).integer, 3);
  FakeCollector next(Options(), 3);
  next.Begin();
  EXPECT_THAT(next.After(next.log.Oldest()), ElementsAre("e8", "e9", "e10"));
  EXPECT_THAT(next.After({next.log.Newest().log_id, 2}), ElementsAre("gap", "e8", "e9", "e10"));
}

TEST_F(RedisStateStoreTest, KeysExpireAndTheirExpiryIsPutOff) {
  RedisStateOptions options = Options();
  options.expire_after = absl::Milliseconds(1500);
  FakeCollector collector(options);
  collector.Begin();
  collector.Append({"e1"});
  collector.Know({"web"});
  collector.book.Acknowledge("n", LogPosition{"l", 1}, {}, {});
  ASSERT_TRUE(Eventually([&] {
    return Redis({"EXISTS", "bell:collector:{node1}:subscriptions"}).integer == 1;
  }));
  for (const char* key : {"head", "changes", "known", "subscriptions"}) {
    const auto ttl = Redis({"PTTL", std::string("bell:collector:{node1}:") + key}).integer;
    EXPECT_GT(ttl, 0) << key;
    EXPECT_LE(ttl, 1500) << key;
  }
  const double writes = collector.Metric("swarmbell_redis_writes_total");
  EXPECT_TRUE(WaitUntilStored(collector, writes + 4));  // nothing changes: these only refresh
  EXPECT_EQ(Redis({"EXISTS", "bell:collector:{node1}:head", "bell:collector:{node1}:changes"}).integer, 2);
  collector.Stop();
  EXPECT_TRUE(Eventually([&] { return Redis({"DBSIZE"}).integer == 0; }));
}

TEST_F(RedisStateStoreTest, AnotherSwarmsStateIsNotUsed) {
  {
    FakeCollector first(Options());
    first.Begin("cluster1");
    first.Append({"e1"});
    first.Know({"web"});
  }
  FakeCollector second(Options());
  const KeptState kept = second.Begin("cluster2");
  EXPECT_FALSE(kept.found);
  EXPECT_EQ(Logged("it belongs to another swarm"), 1);
  second.Stop();
  FakeCollector third(Options());
  EXPECT_TRUE(third.Begin("cluster2").found);
  EXPECT_THAT(third.After(third.log.Oldest()), IsEmpty());
}

TEST_F(RedisStateStoreTest, ALogThatIsResetIsStoredAnew) {
  FakeCollector collector(Options());
  collector.Begin("cluster1");
  collector.Append({"old"});
  collector.store->End();
  collector.log.Reset();
  EXPECT_FALSE(collector.Begin("cluster2").found);
  collector.Append({"new"});
  collector.Stop();
  FakeCollector next(Options());
  next.Begin("cluster2");
  EXPECT_THAT(next.After(next.log.Oldest()), ElementsAre("new"));
}

TEST_F(RedisStateStoreTest, WhatWasFoundBeforeTheStateCameIsTold) {
  {
    FakeCollector first(Options());
    first.Begin();
    first.Append({"e1"});
  }
  FakeCollector second(Options());
  second.Append({"early"});
  second.Begin();
  EXPECT_THAT(second.After(second.log.Oldest()), ElementsAre("e1", "early"));
  second.Stop();
  FakeCollector third(Options());
  third.Begin();
  EXPECT_THAT(third.After(third.log.Oldest()), ElementsAre("e1", "early"));
}

TEST_F(RedisStateStoreTest, NewerCollectorOfTheNodeWins) {
  FakeCollector first(Options());
  first.Begin();
  first.Append({"e1"});
  ASSERT_TRUE(Eventually([&] { return Redis({"XLEN", "bell:collector:{node1}:changes"}).integer == 1; }));
  FakeCollector second(Options());
  EXPECT_TRUE(second.Begin().found);
  first.Append({"from the first"});
  EXPECT_TRUE(Eventually([&] { return Logged("has taken over the state in Redis") == 1; }));
  first.Append({"more"});
  first.Stop();
  second.Append({"from the second"});
  second.Stop();
  FakeCollector third(Options());
  third.Begin();
  EXPECT_THAT(third.After(third.log.Oldest()), ElementsAre("e1", "from the second"));
  EXPECT_EQ(Logged("has taken over the state in Redis"), 1);
}

TEST_F(RedisStateStoreTest, OtherMaskingIsNoticed) {
  {
    FakeCollector first(Options());
    first.Begin("cluster1", {"A"});
    first.Know({"web"});
  }
  FakeCollector second(Options());
  const KeptState kept = second.Begin("cluster1", {"A", "B"});
  EXPECT_TRUE(kept.found);
  EXPECT_FALSE(kept.same_reader);
}

TEST_F(RedisStateStoreTest, NothingButOurKeysIsTouched) {
  Redis({"SET", "bell:other", "1"});
  Redis({"SET", "foreign", "1"});
  Redis({"CONFIG", "SET", "slowlog-log-slower-than", "0"});
  Redis({"CONFIG", "SET", "slowlog-max-len", "10000"});
  for (int run = 0; run < 2; ++run) {
    FakeCollector collector(Options());
    collector.Begin();
    collector.Append({"e1", "e2"});
    collector.Know({run == 0 ? "web" : "db"});
    collector.book.Acknowledge("n", LogPosition{"l", 1}, {"m"}, "s");
  }
  int ours = 0;
  for (const RedisReply& entry : Redis({"SLOWLOG", "GET", "10000"}).elements) {
    const std::vector<RedisReply>& words = entry.elements[3].elements;
    const std::string& name = words[0].text;
    if (name == "CONFIG" || name == "SLOWLOG" || name == "MULTI" || name == "EXEC") continue;
    const std::size_t keys = name == "UNLINK" ? words.size() - 1 : 1;
    for (std::size_t i = 1; i <= keys; ++i) {
      // The keys without braces are those of older versions.
      EXPECT_TRUE(absl::StartsWith(words[i].text, "bell:collector:{node1}:") ||
                  absl::StartsWith(words[i].text, "bell:collector:node1:"))
          << name << " " << words[i].text;
      ++ours;
    }
    EXPECT_THAT(name, testing::Not(testing::AnyOf("KEYS", "SCAN", "FLUSHDB", "FLUSHALL")));
  }
  EXPECT_GT(ours, 20);
  EXPECT_EQ(Redis({"GET", "foreign"}).text, "1");
  EXPECT_EQ(Redis({"DBSIZE"}).integer, 6);
}

}  // namespace
}  // namespace swarmbell
