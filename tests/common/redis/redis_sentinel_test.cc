// Against a real master, its replica and three sentinels.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/redis/redis_client.h"
#include "tests/common/redis/connecting.h"
#include "tests/fakes/redis_groups.h"

namespace swarmbell {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kTimeout = absl::Seconds(4);

// Retries as the users of a client do.
bool Eventually(RedisClient& client, const RedisCommand& command) {
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  while (!client.Run(command).ok()) {
    if (absl::Now() > deadline) return false;
    absl::SleepFor(absl::Milliseconds(50));
  }
  return true;
}

TEST(RedisSentinelTest, FollowsTheMasterThroughAFailover) {
  RedisSentinels group;
  RedisClient client(To(group.Url(), kTimeout));
  ASSERT_TRUE(client.Transaction({{"SET", "a", "1"}}).ok());
  EXPECT_TRUE(client.IsConfirmed());
  EXPECT_FALSE(client.IsLost());
  ASSERT_TRUE(client.Run({"WATCH", "a"}).ok());
  group.Master().Kill();
  ASSERT_TRUE(group.WaitForFailover());
  EXPECT_TRUE(client.IsLost());
  // The WATCH was the old master's: the transaction must not run without it.
  EXPECT_EQ(client.Transaction({{"SET", "a", "2"}}).status().code(), absl::StatusCode::kUnavailable);
  ASSERT_TRUE(Eventually(client, {"GET", "a"}));
  EXPECT_EQ(client.Run({"GET", "a"})->text, "1");
  EXPECT_EQ(RunOn(group.Master().port(), {"GET", "a"}).text, "1");
  // There is no replica any more.
  ASSERT_TRUE(client.Transaction({{"SET", "a", "3"}}).ok());
  EXPECT_FALSE(client.IsConfirmed());
}

TEST(RedisSentinelTest, AnySentinelIsEnough) {
  RedisSentinels group;
  group.Sentinel(0).Kill();
  group.Sentinel(1).Pause();
  RedisClient client(To(group.Url(), kTimeout));
  EXPECT_TRUE(client.Run({"SET", "a", "1"}).ok());
  group.Sentinel(1).Resume();
}

TEST(RedisSentinelTest, AReplicaIsNotTakenForTheMaster) {
  RedisSentinels group;
  RedisClient client(To(group.Url(), kTimeout));
  ASSERT_TRUE(client.Run({"SET", "a", "1"}).ok());
  // Demoted, which the sentinels do not know yet.
  RunOn(group.Master().port(), {"REPLICAOF", "127.0.0.1", std::to_string(group.Replica().port())});
  const auto refused = client.Run({"SET", "a", "2"});
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("not to a replica"));
  const auto reply = client.Run({"SET", "a", "2"});
  EXPECT_EQ(reply.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(reply.status().message()), HasSubstr("it is a replica; will retry"));
}

TEST(RedisSentinelTest, SaysWhatIsWrong) {
  RedisSentinels group;
  std::string url = group.Url();
  url.replace(url.rfind("bell"), 4, "other");
  const auto unknown = RedisClient(To(url, kTimeout)).Run({"PING"});
  EXPECT_EQ(unknown.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(unknown.status().message()), HasSubstr("no master `other`; check the name"));

  const std::string no_sentinel =
      absl::StrCat("redis+sentinel://:s3cr3t@127.0.0.1:", group.Master().port(), "/bell");
  EXPECT_THAT(std::string(RedisClient(To(no_sentinel, kTimeout)).Run({"PING"}).status().message()),
              HasSubstr("unknown command"));
}

}  // namespace
}  // namespace swarmbell
