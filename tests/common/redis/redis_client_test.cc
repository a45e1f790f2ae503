// Against a real Redis.

#include "common/redis/redis_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/common/redis/connecting.h"
#include "tests/fakes/redis_server.h"
#include "tests/fakes/tls_server.h"

namespace swarmbell {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(RedisClientTest, AnswersOfEveryType) {
  const RedisServer server;
  RedisClient client(To(server.Url()));
  EXPECT_TRUE(client.Run({"PING"})->IsStatus("PONG"));
  EXPECT_TRUE(client.Run({"GET", "a"})->IsNil());
  const std::string bytes("\0\r\n$5\xff", 6);
  EXPECT_TRUE(client.Run({"SET", "a", bytes}).ok());
  EXPECT_EQ(client.Run({"GET", "a"})->text, bytes);
  EXPECT_EQ(client.Run({"STRLEN", "a"})->integer, 6);
  const auto list = client.Run({"MGET", "a", "b"});
  ASSERT_EQ(list->elements.size(), 2u);
  EXPECT_EQ(list->elements[0].text, bytes);
  EXPECT_TRUE(list->elements[1].IsNil());
}

TEST(RedisClientTest, LargeValuesAndLongPipelines) {
  const RedisServer server;
  RedisClient client(To(server.Url()));
  const std::string large(std::size_t{8} << 20, 'x');
  EXPECT_TRUE(client.Run({"SET", "large", large}).ok());
  EXPECT_EQ(client.Run({"GET", "large"})->text, large);
  const std::vector<RedisCommand> many(20'000, RedisCommand{"INCR", "n"});
  const auto replies = client.Pipeline(many);
  ASSERT_EQ(replies->size(), many.size());
  EXPECT_EQ(replies->back().integer, 20'000);
}

TEST(RedisClientTest, DatabaseIsSelected) {
  const RedisServer server;
  EXPECT_TRUE(RedisClient(To(server.Url() + "/3")).Run({"SET", "a", "1"}).ok());
  EXPECT_TRUE(RedisClient(To(server.Url())).Run({"GET", "a"})->IsNil());
  EXPECT_EQ(RedisClient(To(server.Url() + "/3")).Run({"GET", "a"})->text, "1");
  const auto beyond = RedisClient(To(server.Url() + "/999")).Run({"PING"});
  EXPECT_THAT(Message(beyond.status()), HasSubstr("check the database in redis.url"));
}

TEST(RedisClientTest, PasswordsOfTheDefaultUserAndOfOthers) {
  const RedisServer server({"--requirepass", "s3cr3t", "--user", "bell", "on", ">b3ll", "~*", "+@all"});
  EXPECT_TRUE(RedisClient(To(server.Url(":s3cr3t@"))).Run({"PING"}).ok());
  EXPECT_TRUE(RedisClient(To(server.Url("default:s3cr3t@"))).Run({"PING"}).ok());
  EXPECT_TRUE(RedisClient(To(server.Url("bell:b3ll@"))).Run({"PING"}).ok());

  const auto wrong = RedisClient(To(server.Url(":wr0ng@"))).Run({"PING"});
  EXPECT_EQ(wrong.status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(Message(wrong.status()), HasSubstr("check the user and password in redis.url"));
  EXPECT_THAT(Message(wrong.status()), Not(HasSubstr("wr0ng")));
  const auto none = RedisClient(To(server.Url())).Run({"GET", "a"});
  EXPECT_EQ(none.status().code(), absl::StatusCode::kUnauthenticated);
}

TEST(RedisClientTest, TransactionIsAllOrNothing) {
  const RedisServer server;
  RedisClient client(To(server.Url()));
  const auto done = client.Transaction({{"SET", "a", "1"}, {"INCR", "a"}});
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(done->at(1).integer, 2);

  EXPECT_FALSE(client.Transaction({{"SET", "a", "9"}, {"NOSUCHCOMMAND"}}).ok());
  EXPECT_EQ(client.Run({"GET", "a"})->text, "2");
}

TEST(RedisClientTest, TransactionEndsWhenAWatchedKeyChanged) {
  const RedisServer server;
  RedisClient client(To(server.Url()));
  ASSERT_TRUE(client.Run({"WATCH", "a"}).ok());
  ASSERT_TRUE(RedisClient(To(server.Url())).Run({"SET", "a", "other"}).ok());
  EXPECT_EQ(client.Transaction({{"SET", "a", "mine"}}).status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(client.Run({"GET", "a"})->text, "other");
}

TEST(RedisClientTest, WrongTypeInATransactionIsAnError) {
  const RedisServer server;
  RedisClient client(To(server.Url()));
  ASSERT_TRUE(client.Run({"SET", "text", "1"}).ok());
  const auto done = client.Transaction({{"HSET", "text", "f", "v"}, {"SET", "b", "1"}});
  EXPECT_EQ(done.status().code(), absl::StatusCode::kDataLoss);
}

TEST(RedisClientTest, UnixSocket) {
  const std::string path = testing::TempDir() + std::to_string(getpid()) + ".redis.sock";
  const RedisServer server({"--unixsocket", path});
  RedisClient client(To("redis+unix://" + path));
  EXPECT_TRUE(client.Run({"PING"}).ok());
  EXPECT_THAT(Message(RedisClient(To("redis+unix:///nowhere")).Run({"PING"}).status()),
              HasSubstr("redis+unix:///nowhere: No such file"));
}

TEST(RedisClientTest, TlsVerifiesTheServer) {
  const std::string folder = MakeCertificates();
  ASSERT_FALSE(folder.empty());
  const RedisServer server(
      {"--port", "0", "--tls-cert-file", folder + "/server.pem", "--tls-key-file", folder + "/server.key",
       "--tls-ca-cert-file", folder + "/ca.pem", "--tls-auth-clients", "no", "--requirepass", "p"},
      "--tls-port");
  RedisOptions options = To(server.Url(":p@"));
  options.tls_ca_file = folder + "/ca.pem";
  RedisClient client(options);
  const std::string large(std::size_t{3} << 20, 'x');
  ASSERT_TRUE(client.Run({"SET", "a", large}).ok());
  EXPECT_EQ(client.Run({"GET", "a"})->text, large);

  const auto untrusted = RedisClient(To(server.Url(":p@"))).Run({"PING"});
  EXPECT_EQ(untrusted.status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(Message(untrusted.status()), HasSubstr("set redis.tls_ca"));

  options.address.servers[0].host = "localhost";  // the certificate is for 127.0.0.1
  const auto other_name = RedisClient(options).Run({"PING"});
  EXPECT_THAT(Message(other_name.status()), HasSubstr("certificate is not trusted"));
}

}  // namespace
}  // namespace swarmbell
