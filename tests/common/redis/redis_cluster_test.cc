// Against a real Redis Cluster of three nodes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/redis/redis_client.h"
#include "tests/fakes/redis_groups.h"

namespace swarmbell {
namespace {

using ::testing::HasSubstr;

constexpr char kHead[] = "bell:{n}:head";
constexpr char kKnown[] = "bell:{n}:known";

class RedisClusterTest : public testing::Test {
 protected:
  static RedisOptions To(const std::string& url) {
    RedisOptions options;
    options.address = *ParseRedisUrl(SecretString(url));
    options.timeout = absl::Seconds(4);
    return options;
  }

  std::size_t Another() const { return (cluster_.NodeOf(kHead) + 1) % 3; }

  RedisCluster cluster_;
  RedisClient client_{To(cluster_.Url())};
};

TEST_F(RedisClusterTest, FollowsTheKeysToTheirNode) {
  ASSERT_TRUE(client_.Transaction({{"SET", kHead, "1"}, {"HSET", kKnown, "f", "v"}}).ok());
  EXPECT_EQ(RunOn(cluster_.port(cluster_.NodeOf(kHead)), {"GET", kHead}).text, "1");
  for (std::size_t to : {0, 1, 2}) {
    if (to == cluster_.NodeOf(kHead)) continue;
    cluster_.BeginMove(kHead, to);
    cluster_.MoveKeys(kHead, to);
    cluster_.EndMove(kHead, to);
    EXPECT_EQ(client_.Run({"GET", kHead})->text, "1");
  }
}

TEST_F(RedisClusterTest, FollowsKeysThatAreBeingMoved) {
  const std::size_t to = Another();
  ASSERT_TRUE(client_.Transaction({{"SET", kHead, "1"}, {"HSET", kKnown, "f", "v"}}).ok());
  cluster_.BeginMove(kHead, to);
  cluster_.MoveKeys(kHead, to, 1);
  // One key is here and one is there: a transaction on both waits, and neither changes.
  const auto between = client_.Transaction({{"SET", kHead, "2"}, {"HSET", kKnown, "f", "w"}});
  EXPECT_EQ(between.status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(client_.Run({"GET", kHead})->text, "1");
  EXPECT_EQ(client_.Run({"HGET", kKnown, "f"})->text, "v");
  cluster_.MoveKeys(kHead, to);
  // Both are there, and the slot is still the old node's.
  auto watched = client_.Pipeline({{"WATCH", kHead}, {"GET", kHead}});
  ASSERT_TRUE(watched.ok());
  EXPECT_EQ(watched->back().text, "1");
  ASSERT_TRUE(client_.Transaction({{"SET", kHead, "3"}, {"HSET", kKnown, "f", "x"}}).ok());
  EXPECT_EQ(client_.Run({"EVAL", "return redis.call('GET', KEYS[1])", "1", kHead})->text, "3");
  cluster_.EndMove(kHead, to);
  EXPECT_EQ(client_.Run({"GET", kHead})->text, "3");
}

// The new node does not know of the WATCH.
TEST_F(RedisClusterTest, TransactionDoesNotFollowWithoutItsWatch) {
  const std::size_t to = Another();
  ASSERT_TRUE(client_.Run({"SET", kHead, "1"}).ok());
  ASSERT_TRUE(client_.Run({"WATCH", kHead}).ok());
  cluster_.BeginMove(kHead, to);
  cluster_.MoveKeys(kHead, to);
  cluster_.EndMove(kHead, to);
  RunOn(cluster_.port(to), {"SET", kHead, "other"});
  EXPECT_EQ(client_.Transaction({{"SET", kHead, "mine"}}).status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(client_.Run({"GET", kHead})->text, "other");
}

TEST_F(RedisClusterTest, SaysWhatIsWrong) {
  const auto database = RedisClient(To(cluster_.Url() + "/2")).Run({"PING"});
  EXPECT_THAT(std::string(database.status().message()), HasSubstr("has database 0 only"));
  const auto slots = client_.Run({"UNLINK", "a", "b"});
  EXPECT_THAT(std::string(slots.status().message()), HasSubstr("remove {} from redis.key_prefix"));
}

}  // namespace
}  // namespace swarmbell
