// A collector whose master fails over to a replica that lacks the last writes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "tests/collector/store/state_harness.h"
#include "tests/fakes/redis_groups.h"

namespace swarmbell {
namespace {

using ::testing::ElementsAre;

constexpr char kChangeStream[] = "bell:collector:{node1}:changes";

class SentinelStoreTest : public StateHarness {
 protected:
  RedisStateOptions GroupOptions() const {
    RedisStateOptions options = Options();
    options.redis.address = *ParseRedisUrl(SecretString(group_.Url()));
    return options;
  }

  RedisSentinels group_;
};

TEST_F(SentinelStoreTest, WhatTheNewMasterLacksIsWrittenAgainByItself) {
  FakeCollector collector(GroupOptions());
  collector.Begin();
  collector.Append({"e1"});
  ASSERT_TRUE(Eventually([&] {
    return RunOn(group_.Replica().port(), {"XLEN", kChangeStream}).integer == 1;
  }));
  EXPECT_EQ(Logged("No replica of Redis confirmed"), 0);
  group_.Replica().Pause();
  // Otherwise the replica would find the change in its socket later.
  RunOn(group_.Master().port(), {"CLIENT", "KILL", "TYPE", "replica"});
  collector.Append({"e2"});
  ASSERT_TRUE(Eventually([&] { return Logged("No replica of Redis confirmed the last write") == 1; }));
  group_.Master().Kill();
  group_.Replica().Resume();
  ASSERT_TRUE(group_.WaitForFailover());
  // No change follows, and the collector stores it nevertheless.
  ASSERT_TRUE(Eventually([&] {
    return RunOn(group_.Master().port(), {"XLEN", kChangeStream}).integer == 2;
  }));
  collector.Stop();
  FakeCollector next(GroupOptions());
  EXPECT_TRUE(next.Begin().found);
  EXPECT_THAT(next.After(next.log.Oldest()), ElementsAre("e1", "e2"));
}

}  // namespace
}  // namespace swarmbell
