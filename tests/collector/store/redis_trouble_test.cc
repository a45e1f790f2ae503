// Redis is away, stopped, full or refuses, while a collector runs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "tests/collector/store/state_harness.h"

namespace swarmbell {
namespace {

using ::testing::ElementsAre;

class RedisTroubleTest : public StateHarness {
 protected:
  // The state that the next collector finds.
  void ExpectStored(const std::vector<std::string>& services, const std::vector<std::string>& events) {
    FakeCollector next(Options());
    const KeptState kept = next.Begin();
    EXPECT_TRUE(kept.found);
    EXPECT_EQ(ServiceNames(kept.swarm), services);
    EXPECT_EQ(next.After(next.log.Oldest()), events);
  }
};

TEST_F(RedisTroubleTest, AwayAtTheStartCostsTheWaitAndNoMore) {
  server_.Kill();
  RedisStateOptions options = Options();
  options.start_wait = absl::Milliseconds(300);
  FakeCollector collector(options);
  const absl::Time start = absl::Now();
  const KeptState kept = collector.Begin();
  EXPECT_LT(absl::Now() - start, absl::Seconds(9));  // as long as it may be by itself
  EXPECT_FALSE(kept.found);
  EXPECT_EQ(Logged("could not be read from Redis in time"), 1);
  collector.Append({"e1"});
  collector.Know({"web"});
  server_.Start();
  ASSERT_TRUE(Eventually([&] { return Logged("Redis can be used again") == 1; }));
  collector.Stop();
  EXPECT_EQ(Logged("Redis cannot be used;"), 1);
  ExpectStored({"web"}, {"e1"});
}

TEST_F(RedisTroubleTest, BeforeRedisIsAskedNothingSaysThatItIsDown) {
  constexpr double kNoValue = -1;
  FakeCollector well(Options());
  EXPECT_EQ(well.Metric("swarmbell_redis_up"), kNoValue);
  well.Begin();
  EXPECT_EQ(well.Metric("swarmbell_redis_up"), 1);
  server_.Kill();
  RedisStateOptions options = Options();
  options.start_wait = absl::Milliseconds(300);
  FakeCollector cut_off(options);
  EXPECT_EQ(cut_off.Metric("swarmbell_redis_up"), kNoValue);
  cut_off.Begin();
  EXPECT_EQ(cut_off.Metric("swarmbell_redis_up"), 0);
}

TEST_F(RedisTroubleTest, ComingBackWhileTheStartWaitsIsInTime) {
  {
    FakeCollector first(Options());
    first.Begin();
    first.Know({"web"});
  }
  server_.Pause();
  FakeCollector second(Options());
  std::jthread later([&] {
    Eventually([&] { return second.Metric("swarmbell_redis_errors_total") > 0; });
    server_.Resume();
  });
  EXPECT_TRUE(second.Begin().found);
}

TEST_F(RedisTroubleTest, WhatARestartOfRedisLosesIsWrittenAgain) {
  FakeCollector collector(Options());
  collector.Begin();
  collector.Append({"e1"});
  collector.Know({"web"});
  ASSERT_TRUE(Eventually([&] { return Redis({"HLEN", "bell:collector:{node1}:known"}).integer == 2; }));
  server_.Kill();
  server_.Start();
  collector.Append({"e2"});
  collector.Stop();
  ExpectStored({"web"}, {"e1", "e2"});
}

TEST_F(RedisTroubleTest, OlderCopyOfOurOwnIsReplaced) {
  FakeCollector collector(Options());
  collector.Begin();
  collector.Know({"web"});
  ASSERT_TRUE(Eventually([&] { return Redis({"HLEN", "bell:collector:{node1}:known"}).integer == 2; }));
  const std::string old_head = Redis({"GET", "bell:collector:{node1}:head"}).text;
  const std::string old_known = Redis({"DUMP", "bell:collector:{node1}:known"}).text;
  collector.Know({"db", "mail"});
  ASSERT_TRUE(Eventually([&] { return Redis({"HLEN", "bell:collector:{node1}:known"}).integer == 3; }));
  // As after a crash of Redis that had saved a while ago.
  Redis({"RESTORE", "bell:collector:{node1}:known", "0", old_known, "REPLACE"});
  Redis({"SET", "bell:collector:{node1}:head", old_head});
  collector.Know({"db"});
  collector.Stop();
  ExpectStored({"db"}, {});
}

TEST_F(RedisTroubleTest, StoppedRedisDelaysNobody) {
  RedisStateOptions options = Options();
  options.redis.timeout = absl::Seconds(3);
  FakeCollector collector(options);
  collector.Begin();
  collector.Know({"web"});
  ASSERT_TRUE(Eventually([&] { return Redis({"HLEN", "bell:collector:{node1}:known"}).integer == 2; }));
  server_.Pause();
  const absl::Time start = absl::Now();
  for (int i = 0; i < 1000; ++i) {
    collector.Append({"e" + std::to_string(i)});
    collector.Know({"web", "s" + std::to_string(i)});
  }
  EXPECT_LT(absl::Now() - start, absl::Milliseconds(2900));  // less than one timeout
  ASSERT_TRUE(Eventually([&] { return Logged("Redis cannot be used;") == 1; }));
  EXPECT_EQ(collector.Metric("swarmbell_redis_up"), 0);
  server_.Resume();
  ASSERT_TRUE(Eventually([&] { return Logged("Redis can be used again") == 1; }));
  EXPECT_EQ(collector.Metric("swarmbell_redis_up"), 1);
  EXPECT_EQ(collector.Metric("swarmbell_redis_unstored_changes"), 0);
  collector.Stop();
  FakeCollector next(Options());
  EXPECT_EQ(ServiceNames(next.Begin().swarm), (std::vector<std::string>{"s999", "web"}));
  EXPECT_EQ(next.After(next.log.Oldest()).size(), 1000u);
}

TEST_F(RedisTroubleTest, LogThatOverflowsMeanwhileIsStoredAsFarAsItIsHeld) {
  RedisStateOptions options = Options();
  FakeCollector collector(options, /*max_events=*/5);
  collector.Begin();
  collector.Append({"e0"});
  ASSERT_TRUE(Eventually([&] { return Redis({"XLEN", "bell:collector:{node1}:changes"}).integer == 1; }));
  server_.Pause();
  for (int i = 1; i <= 20; ++i) collector.Append({"e" + std::to_string(i)});
  server_.Resume();
  collector.Stop();
  FakeCollector next(Options(), 5);
  next.Begin();
  EXPECT_THAT(next.After({next.log.Newest().log_id, 1}),
              ElementsAre("gap", "e16", "e17", "e18", "e19", "e20"));
}

TEST_F(RedisTroubleTest, FullRedisIsToldOnceAndFilledLater) {
  FakeCollector collector(Options());
  collector.Begin();
  Redis({"CONFIG", "SET", "maxmemory", "1"});
  collector.Append({"e1"});
  collector.Know({"web"});
  ASSERT_TRUE(Eventually([&] { return Logged("maxmemory) or free") == 1; }));
  ASSERT_TRUE(Eventually([&] { return collector.Metric("swarmbell_redis_errors_total") >= 3; }));
  EXPECT_EQ(collector.Metric("swarmbell_redis_unstored_changes"), 1);
  Redis({"CONFIG", "SET", "maxmemory", "0"});
  ASSERT_TRUE(Eventually([&] { return Logged("Redis can be used again") == 1; }));
  collector.Stop();
  EXPECT_EQ(Logged("Redis cannot be used;"), 1);
  ExpectStored({"web"}, {"e1"});
}

TEST_F(RedisTroubleTest, RedisThatMayEvictIsWarnedOf) {
  FakeCollector(Options()).Begin();
  EXPECT_EQ(Logged("maxmemory_policy="), 0);
  RedisClient admin(Options().redis);
  ASSERT_TRUE(admin.Run({"CONFIG", "SET", "maxmemory-policy", "volatile-lru"}).ok());
  FakeCollector(Options()).Begin();
  EXPECT_EQ(Logged("maxmemory_policy="), 0) << "without a limit nothing is evicted";
  ASSERT_TRUE(admin.Run({"CONFIG", "SET", "maxmemory", "100mb"}).ok());
  FakeCollector(Options()).Begin();
  EXPECT_EQ(Logged("maxmemory_policy=volatile-lru"), 1);
}

TEST_F(RedisTroubleTest, ReplicaIsToldAndItsMasterFoundAgain) {
  FakeCollector collector(Options());
  collector.Begin();
  Redis({"REPLICAOF", "127.0.0.1", "1"});
  collector.Append({"e1"});
  ASSERT_TRUE(Eventually([&] { return Logged("point redis.url to the master") == 1; }));
  Redis({"REPLICAOF", "NO", "ONE"});
  collector.Stop();
  ExpectStored({"none listed"}, {"e1"});
}

TEST_F(RedisTroubleTest, KeyThatTurnsIntoAnotherTypeIsWrittenAnew) {
  FakeCollector collector(Options());
  collector.Begin();
  collector.Append({"e1"});
  collector.Know({"web"});
  ASSERT_TRUE(Eventually([&] { return Redis({"HLEN", "bell:collector:{node1}:known"}).integer == 2; }));
  Redis({"SET", "bell:collector:{node1}:known", "x"});
  collector.Know({"web", "db"});
  ASSERT_TRUE(Eventually([&] { return Redis({"TYPE", "bell:collector:{node1}:known"}).text == "hash"; }));
  collector.Stop();
  ExpectStored({"db", "web"}, {"e1"});
}

TEST_F(RedisTroubleTest, EvictedPartIsNoticedAtTheNextWrite) {
  FakeCollector collector(Options());
  collector.Begin();
  collector.Append({"e1"});
  collector.Know({"web", "db"});
  ASSERT_TRUE(Eventually([&] { return Redis({"HLEN", "bell:collector:{node1}:known"}).integer == 3; }));
  Redis({"DEL", "bell:collector:{node1}:known"});
  collector.Append({"e2"});
  ASSERT_TRUE(Eventually([&] { return Redis({"HLEN", "bell:collector:{node1}:known"}).integer == 3; }));
  collector.Stop();
  EXPECT_EQ(Logged("noeviction"), 1);
  ExpectStored({"db", "web"}, {"e1", "e2"});
}

TEST_F(RedisTroubleTest, StopsInTimeWhileRedisHangs) {
  FakeCollector collector(Options());
  collector.Begin();
  server_.Pause();
  collector.Append({"e1"});
  const absl::Time start = absl::Now();
  collector.Stop();
  EXPECT_LT(absl::Now() - start, absl::Seconds(4));
  server_.Resume();
}

class PasswordTest : public StateHarness {
 protected:
  PasswordTest() : StateHarness({"--requirepass", "s3cr3t"}) {}
};

TEST_F(PasswordTest, WrongOneIsToldAndNeverShown) {
  RedisStateOptions options = Options(":wr0ng@");
  options.start_wait = absl::Milliseconds(200);
  FakeCollector collector(options);
  EXPECT_FALSE(collector.Begin().found);
  EXPECT_EQ(Logged("check the user and password in redis.url"), 1);
  EXPECT_EQ(Logged("wr0ng"), 0);
}

TEST_F(PasswordTest, NewOneMakesMasksIncomparable) {
  {
    FakeCollector first(Options(":s3cr3t@"));
    first.Begin();
    first.Know({"web"});
  }
  RedisClient(Options(":s3cr3t@").redis).Run({"CONFIG", "SET", "requirepass", "n3w"}).status().IgnoreError();
  FakeCollector second(Options(":n3w@"));
  const KeptState kept = second.Begin();
  EXPECT_TRUE(kept.found);
  EXPECT_FALSE(kept.same_reader);
}

// docs/redis.md says what a user of Redis must be allowed.
class RightsTest : public StateHarness {
 protected:
  RightsTest()
      : StateHarness({"--user", "default", "off", "--user", "bell", "on", ">b3ll", "~bell:*", "+@read",
                      "+@write", "+@transaction", "+@connection", "-@dangerous"}) {}
};

TEST_F(RightsTest, FewAreEnough) {
  {
    FakeCollector first(Options("bell:b3ll@"));
    first.Begin();
    first.Append({"e1"});
    first.Know({"web", "db"});
  }
  FakeCollector second(Options("bell:b3ll@"));
  EXPECT_TRUE(second.Begin().found);
  second.Know({"web"});
  second.Stop();
  EXPECT_EQ(Logged("Redis cannot be used"), 0);
}

TEST_F(RightsTest, MissingOnesAreTold) {
  RedisStateOptions options = Options("bell:b3ll@");
  options.key_prefix = "other:";
  options.start_wait = absl::Milliseconds(100);
  FakeCollector collector(options);
  EXPECT_FALSE(collector.Begin().found);
  EXPECT_EQ(Logged("allow this user all commands on the keys that begin with redis.key_prefix"), 1);
}

}  // namespace
}  // namespace swarmbell
