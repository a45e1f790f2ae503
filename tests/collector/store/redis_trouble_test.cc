// Redis is away, stopped, full or refuses, while a collector runs.

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <functional>
#include <string_view>
#include <thread>

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

// Passes one connection at a time on to a Redis. Before it passes on the first text that contains `trigger`,
// it calls `act` instead and closes the connection.
class RedisProxy {
 public:
  RedisProxy(int server_port, std::string_view trigger, std::function<void()> act)
      : server_port_(server_port), trigger_(trigger), act_(std::move(act)) {
    const sockaddr_in any = Loopback(0);
    bind(listener_, reinterpret_cast<const sockaddr*>(&any), sizeof any);
    listen(listener_, 8);
    sockaddr_in bound{};
    socklen_t size = sizeof bound;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&bound), &size);
    port_ = ntohs(bound.sin_port);
    thread_ = std::jthread([this] { Run(); });
  }
  ~RedisProxy() {
    shutdown(listener_, SHUT_RDWR);
    thread_ = {};
    close(listener_);
  }
  RedisProxy(const RedisProxy&) = delete;
  RedisProxy& operator=(const RedisProxy&) = delete;

  int port() const { return port_; }
  bool acted() const { return acted_; }

 private:
  static sockaddr_in Loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    return address;
  }

  // A server that is started meanwhile must not inherit it: it would keep it open.
  int Accept() const { return accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC); }

  void Run() {
    for (int client = Accept(); client >= 0; client = Accept()) {
      const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      const sockaddr_in address = Loopback(server_port_);
      if (connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
        while (PassOn(client, server)) {
        }
      }
      close(client);
      close(server);
    }
  }

  // False at the end of the connection.
  bool PassOn(int client, int server) {
    std::array<pollfd, 2> ends = {{{client, POLLIN, 0}, {server, POLLIN, 0}}};
    poll(ends.data(), ends.size(), -1);
    const bool from_client = ends[0].revents != 0;
    std::array<char, 65'536> buffer{};
    const ssize_t size = read(from_client ? client : server, buffer.data(), buffer.size());
    if (size <= 0) return false;
    const std::string_view text(buffer.data(), static_cast<std::size_t>(size));
    if (from_client && !acted_ && text.find(trigger_) != std::string_view::npos) {
      act_();
      acted_ = true;
      return false;
    }
    return write(from_client ? server : client, text.data(), text.size()) == size;
  }

  const int server_port_;
  const std::string_view trigger_;
  const std::function<void()> act_;
  const int listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int port_ = 0;
  std::atomic<bool> acted_ = false;
  std::jthread thread_;
};

// The keys of older versions are removed after everything is stored, which may well fail; a Redis that is
// restarted then is noticed all the same.
TEST_F(RedisTroubleTest, RestartWhileOlderKeysAreRemovedLosesNothing) {
  RedisProxy proxy(server_.port(), "*5\r\n$6\r\nUNLINK", [this] {
    server_.Kill();
    server_.Start();
  });
  RedisStateOptions options = Options();
  options.redis.address.servers.front().port = proxy.port();
  FakeCollector collector(options);
  collector.Begin();
  ASSERT_TRUE(Eventually([&] { return proxy.acted(); }));
  // Nothing changes.
  ASSERT_TRUE(Eventually([&] { return Redis({"EXISTS", "bell:collector:{node1}:head"}).integer == 1; }));
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
