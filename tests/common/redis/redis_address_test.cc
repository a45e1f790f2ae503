#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/redis/redis_options.h"

namespace swarmbell {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

RedisAddress Parse(const std::string& url) {
  const auto address = ParseRedisUrl(SecretString(url));
  EXPECT_TRUE(address.ok()) << url << ": " << address.status();
  return address.ok() ? *address : RedisAddress();
}

std::string Fault(const std::string& url) {
  const auto address = ParseRedisUrl(SecretString(url));
  EXPECT_FALSE(address.ok()) << url;
  return std::string(address.status().message());
}

TEST(RedisAddressTest, HostAloneHasTheUsualPortAndDatabase) {
  const RedisAddress address = Parse("redis://cache");
  EXPECT_EQ(address.servers[0].host, "cache");
  EXPECT_EQ(address.servers[0].port, 6379);
  EXPECT_EQ(address.database, 0);
  EXPECT_FALSE(address.tls);
  EXPECT_TRUE(address.password.empty());
}

TEST(RedisAddressTest, ReadsEveryPart) {
  const RedisAddress address = Parse("rediss://bell:pass%40word%2f@cache.example:6390/3");
  EXPECT_TRUE(address.tls);
  EXPECT_EQ(address.user, "bell");
  EXPECT_EQ(address.password.Reveal(), "pass@word/");
  EXPECT_EQ(address.servers[0].host, "cache.example");
  EXPECT_EQ(address.servers[0].port, 6390);
  EXPECT_EQ(address.database, 3);
}

TEST(RedisAddressTest, PasswordAloneAndTheDefaultUserAreTheSame) {
  EXPECT_EQ(Parse("redis://:p@h").user, "");
  EXPECT_EQ(Parse("redis://default:p@h").user, "");
  EXPECT_EQ(Parse("redis://:p@h").password.Reveal(), "p");
}

TEST(RedisAddressTest, ReadsIpv6AndShowsItAgain) {
  const RedisAddress address = Parse("redis://:p@[::1]:7000");
  EXPECT_EQ(address.servers[0].host, "::1");
  EXPECT_EQ(address.Shown(), "redis://[::1]:7000/0");
}

TEST(RedisAddressTest, NodesOfAClusterAreSeparatedByCommas) {
  const RedisAddress address = Parse("rediss://:p@a,b:7001,[::1]:7002");
  ASSERT_EQ(address.servers.size(), 3u);
  EXPECT_FALSE(address.HasSentinels());
  EXPECT_EQ(address.Shown(), "rediss://a:6379,b:7001,[::1]:7002/0");
}

TEST(RedisAddressTest, ReadsSentinelsAndTheirMaster) {
  const RedisAddress address = Parse("redis+sentinel://bell:p@a,b:26380/mymaster/3");
  EXPECT_TRUE(address.HasSentinels());
  EXPECT_FALSE(address.tls);
  EXPECT_EQ(address.master_name, "mymaster");
  EXPECT_EQ(address.database, 3);
  EXPECT_EQ(address.Shown(), "redis+sentinel://a:26379,b:26380/mymaster/3");
  EXPECT_TRUE(Parse("rediss+sentinel://a/m").tls);
  EXPECT_EQ(Parse("redis+sentinel://a/m").database, 0);
}

TEST(RedisAddressTest, ReadsUnixSockets) {
  for (const char* url : {"redis+unix://:p@/run/redis.sock?db=2", "unix://:p@/run/redis.sock?db=2"}) {
    const RedisAddress address = Parse(url);
    EXPECT_EQ(address.socket_path, "/run/redis.sock");
    EXPECT_EQ(address.database, 2);
    EXPECT_EQ(address.password.Reveal(), "p");
  }
}

TEST(RedisAddressTest, ShowsNeitherUserNorPassword) {
  EXPECT_EQ(Parse("rediss://bell:s3cr3t@cache/1").Shown(), "rediss://cache:6379/1");
}

TEST(RedisAddressTest, SaysWhatIsWrongButNothingSecret) {
  EXPECT_THAT(Fault("cache:6379"), HasSubstr("does not begin with redis://"));
  EXPECT_THAT(Fault("http://cache"), HasSubstr("does not begin with redis://"));
  EXPECT_THAT(Fault("redis://"), HasSubstr("names no host"));
  EXPECT_THAT(Fault("redis://h:0"), HasSubstr("port"));
  EXPECT_THAT(Fault("redis://h:x"), HasSubstr("port"));
  EXPECT_THAT(Fault("redis://h/two"), HasSubstr("database"));
  EXPECT_THAT(Fault("redis://h/-1"), HasSubstr("database"));
  EXPECT_THAT(Fault("redis://a,,b"), HasSubstr("names no host"));
  EXPECT_THAT(Fault("redis+sentinel://a,b"), HasSubstr("does not name the master"));
  EXPECT_THAT(Fault("redis+sentinel://a/"), HasSubstr("does not name the master"));
  EXPECT_THAT(Fault("redis+sentinel://a/m/two"), HasSubstr("database"));
  EXPECT_THAT(Fault("redis://h?x=1"), HasSubstr("?"));
  EXPECT_THAT(Fault("redis://[::1"), HasSubstr("not closed"));
  EXPECT_THAT(Fault("redis+unix://relative"), HasSubstr("does not begin with /"));
  for (const char* url : {"redis://u:s3cr3t%4@h", "redis://s3cr3t@h", "redis://:s3cr3t@h:port",
                          "redis://:s3c/r3t@:1", "redis://:s3cr3t@h/s", "s3cr3t"}) {
    EXPECT_THAT(Fault(url), Not(HasSubstr("s3c"))) << url;
  }
}

TEST(RedisAddressTest, PasswordMayHoldWhatShouldHaveBeenEncoded) {
  const RedisAddress address = Parse("redis://:a@b/c:d?e@h:7000/1");
  EXPECT_EQ(address.password.Reveal(), "a@b/c:d?e");
  EXPECT_EQ(address.servers[0].port, 7000);
}

}  // namespace
}  // namespace swarmbell
