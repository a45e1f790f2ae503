// A Redis that is away, silent, or none at all.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "common/redis/redis_client.h"
#include "tests/common/redis/connecting.h"
#include "tests/fakes/fake_engine_server.h"
#include "tests/fakes/redis_server.h"

namespace swarmbell {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kPatience = absl::Seconds(10);

TEST(RedisTroubleTest, NobodyListens) {
  RedisServer server;
  const std::string url = server.Url(":s3cr3t@");
  server.Kill();
  const auto reply = RedisClient(To(url, kPatience)).Run({"PING"});
  EXPECT_EQ(reply.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Message(reply.status()),
            "redis://127.0.0.1:" + std::to_string(server.port()) + "/0: Connection refused");
}

TEST(RedisTroubleTest, ComesBackByItselfAfterARestart) {
  RedisServer server;
  RedisClient client(To(server.Url(), kPatience));
  ASSERT_TRUE(client.Run({"SET", "a", "1"}).ok());
  server.Kill();
  EXPECT_EQ(client.Run({"PING"}).status().code(), absl::StatusCode::kUnavailable);
  server.Start();
  EXPECT_TRUE(client.Run({"GET", "a"})->IsNil());
}

TEST(RedisTroubleTest, ConnectionThatWasClosedWhileIdleIsMadeAgain) {
  const RedisServer server;
  RedisClient client(To(server.Url(), kPatience));
  ASSERT_TRUE(client.Run({"PING"}).ok());
  ASSERT_TRUE(RedisClient(To(server.Url(), kPatience))
                  .Run({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"})
                  .ok());
  EXPECT_TRUE(client.Run({"PING"}).ok());
}

TEST(RedisTroubleTest, StoppedProcessCostsNoMoreThanTheTimeout) {
  RedisServer server;
  RedisClient client(To(server.Url(), absl::Seconds(1)));
  ASSERT_TRUE(client.Run({"PING"}).ok());
  server.Pause();
  const absl::Time start = absl::Now();
  const auto reply = client.Run({"PING"});
  EXPECT_EQ(reply.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(Message(reply.status()), HasSubstr("did not answer in time"));
  // More than its buffers take.
  const auto large = client.Run({"SET", "a", std::string(std::size_t{64} << 20, 'x')});
  EXPECT_EQ(large.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_LT(absl::Now() - start, absl::Seconds(9));  // less than it takes without a limit
  server.Resume();
  RedisClient patient(To(server.Url(), kPatience));
  EXPECT_TRUE(patient.Run({"PING"}).ok());
}

TEST(RedisTroubleTest, WhatIsNoRedisIsToldSo) {
  const FakeEngineServer web;
  const std::string url = "redis://127.0.0.1:" + std::to_string(web.port());
  EXPECT_FALSE(RedisClient(To(url, absl::Milliseconds(200))).Run({"PING"}).ok());
}

TEST(RedisTroubleTest, FullMemory) {
  const RedisServer server({"--maxmemory", "1mb", "--maxmemory-policy", "noeviction"});
  RedisClient client(To(server.Url(), kPatience));
  const auto reply = client.Transaction({{"SET", "a", std::string(2 << 20, 'x')}});
  EXPECT_EQ(reply.status().code(), absl::StatusCode::kResourceExhausted);
}

TEST(RedisTroubleTest, ReplicaRefusesToWrite) {
  const RedisServer server({"--replicaof", "127.0.0.1 1"});
  const auto reply = RedisClient(To(server.Url(), kPatience)).Run({"SET", "a", "1"});
  EXPECT_EQ(reply.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Message(reply.status()), HasSubstr("not to a replica"));
}

TEST(RedisTroubleTest, RepliesThatNoRedisGives) {
  for (const std::string bytes :
       {"HTTP/1.1 400 Bad Request\r\n", "*99999999999\r\n", "$-7\r\n", "$99999999999999\r\n",
        "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n", "%1\r\n:1\r\n:2\r\n",
        "*2147483647\r\n", "*8388608\r\n"}) {
    RedisReplyReader reader;
    reader.Feed(bytes.data(), bytes.size());
    RedisReply reply;
    const auto complete = reader.Next(reply);
    EXPECT_TRUE(!complete.ok() || !*complete) << bytes;
  }
}

TEST(RedisTroubleTest, ListThatIsTooLongIsRefusedBeforeItComes) {
  const std::string bytes = "*8388608\r\n";
  RedisReplyReader reader;
  reader.Feed(bytes.data(), bytes.size());
  RedisReply reply;
  EXPECT_FALSE(reader.Next(reply).ok());
}

TEST(RedisTroubleTest, LineWithoutAnEndIsRefusedBeforeItCostsMuch) {
  const std::string piece(std::size_t{16} << 10, 'x');
  for (const std::string begin : {"-ERR ", "*2\r\n+OK\r\n-ERR ", ":", "$"}) {
    RedisReplyReader reader;
    reader.Feed(begin.data(), begin.size());
    RedisReply reply;
    int pieces = 0;
    while (pieces < 100 && reader.Next(reply).ok()) {
      reader.Feed(piece.data(), piece.size());
      ++pieces;
    }
    EXPECT_LT(pieces, 10) << begin;
  }
}

// A server that nobody answers for, first among the addresses of a name, leaves time for the next.
TEST(RedisTroubleTest, NameThatLeadsNowhereCostsNoMoreThanTheTimeout) {
  const absl::Time start = absl::Now();
  const auto reply = RedisClient(To("redis://no-such-host.invalid:1", absl::Seconds(1))).Run({"PING"});
  EXPECT_EQ(reply.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_LT(absl::Now() - start, absl::Seconds(4));
}

}  // namespace
}  // namespace swarmbell
