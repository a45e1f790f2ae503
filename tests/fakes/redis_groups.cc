#include "tests/fakes/redis_groups.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <functional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "tests/fakes/free_port.h"

namespace swarmbell {
namespace {

// Other processes: nothing here can wake us.
bool Eventually(const std::function<bool()>& condition) {
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  while (!condition()) {
    if (absl::Now() > deadline) return false;
    absl::SleepFor(absl::Milliseconds(10));
  }
  return true;
}

std::vector<std::string> WithPassword(std::vector<std::string> arguments) {
  for (const char* option : {"--requirepass", "--masterauth"}) {
    arguments.insert(arguments.end(), {option, kGroupPassword});
  }
  return arguments;
}

std::string Credentials() { return absl::StrCat(":", kGroupPassword, "@"); }

// The addresses of a group: `127.0.0.1:PORT,…`
std::string Hosts(const std::vector<std::unique_ptr<RedisServer>>& servers) {
  return absl::StrJoin(servers, ",", [](std::string* out, const auto& server) {
    absl::StrAppend(out, "127.0.0.1:", server->port());
  });
}

}  // namespace

RedisReply RunOn(int port, const RedisCommand& command) {
  RedisOptions options;
  options.address = *ParseRedisUrl(SecretString(absl::StrCat("redis://", Credentials(), "127.0.0.1:", port)));
  auto replies = RedisClient(options).Pipeline({command});
  return replies.ok() ? std::move(replies->front()) : RedisReply();
}

RedisSentinels::RedisSentinels() {
  const auto start = [&](std::vector<std::string> more) {
    more.insert(more.end(), {"--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1"});
    servers_.push_back(std::make_unique<RedisServer>(WithPassword(std::move(more))));
  };
  start({});
  start({"--replicaof", absl::StrCat("127.0.0.1 ", Master().port())});
  EXPECT_TRUE(Eventually([&] { return RunOn(Master().port(), {"WAIT", "1", "100"}).integer == 1; }));
  for (std::size_t number = 0; number < 3; ++number) StartSentinel(number);
  // Each knows the replica and the two others: only then can they agree on a failover.
  for (const auto& sentinel : sentinels_) {
    EXPECT_TRUE(Eventually([&] {
      return RunOn(sentinel->port(), {"SENTINEL", "CKQUORUM", "bell"}).text.starts_with("OK 3") &&
             RunOn(sentinel->port(), {"SENTINEL", "REPLICAS", "bell"}).elements.size() == 1;
    }));
  }
}

void RedisSentinels::StartSentinel(std::size_t number) {
  const std::string path =
      absl::StrCat(testing::TempDir(), "sentinel-", Master().port(), "-", number, ".conf");
  std::ofstream(path) << "sentinel monitor bell 127.0.0.1 " << Master().port() << " 2\n"
                      << "sentinel auth-pass bell " << kGroupPassword << "\n"
                      << "sentinel down-after-milliseconds bell 500\n"
                      << "sentinel failover-timeout bell 4000\n"
                      // One of them wants a password too.
                      << "sentinel sentinel-pass " << kGroupPassword << "\n"
                      << "requirepass " << kGroupPassword << "\n";
  sentinels_.push_back(std::make_unique<RedisServer>(std::vector<std::string>{path, "--sentinel"}));
}

std::string RedisSentinels::Url() const {
  return absl::StrCat("redis+sentinel://", Credentials(), Hosts(sentinels_), "/bell");
}

bool RedisSentinels::WaitForFailover() {
  const std::string wanted = std::to_string(Replica().port());
  const bool done = Eventually([&] {
    for (const auto& sentinel : sentinels_) {
      const RedisReply reply = RunOn(sentinel->port(), {"SENTINEL", "GET-MASTER-ADDR-BY-NAME", "bell"});
      if (reply.elements.size() != 2 || reply.elements[1].text != wanted) return false;
    }
    return true;
  });
  master_ = 1 - master_;
  return done;
}

RedisCluster::RedisCluster() {
  for (int i = 0; i < 3; ++i) {
    const int bus = FreePort();
    nodes_.push_back(std::make_unique<RedisServer>(WithPassword(
        {"--cluster-enabled", "yes", "--cluster-port", std::to_string(bus), "--cluster-config-file",
         absl::StrCat(testing::TempDir(), "nodes-", bus, ".conf"), "--cluster-node-timeout", "1000"})));
  }
  std::string command = absl::StrCat("redis-cli -a ", kGroupPassword, " --no-auth-warning --cluster create");
  for (const auto& node : nodes_) absl::StrAppend(&command, " 127.0.0.1:", node->port());
  EXPECT_EQ(std::system((command + " --cluster-yes >/dev/null").c_str()), 0);
  for (const auto& node : nodes_) {
    EXPECT_TRUE(Eventually([&] {
      return RunOn(node->port(), {"CLUSTER", "INFO"}).text.find("cluster_state:ok") != std::string::npos;
    }));
  }
}

std::string RedisCluster::Url() const { return absl::StrCat("redis://", Credentials(), Hosts(nodes_)); }

std::string RedisCluster::IdOf(std::size_t node) const { return RunOn(port(node), {"CLUSTER", "MYID"}).text; }

std::size_t RedisCluster::NodeOf(const std::string& key) const {
  const std::int64_t slot = RunOn(port(0), {"CLUSTER", "KEYSLOT", key}).integer;
  for (const RedisReply& range : RunOn(port(0), {"CLUSTER", "SLOTS"}).elements) {
    if (slot < range.elements[0].integer || slot > range.elements[1].integer) continue;
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
      if (range.elements[2].elements[1].integer == port(node)) return node;
    }
  }
  ADD_FAILURE() << "no node has the slot of " << key;
  return 0;
}

void RedisCluster::BeginMove(const std::string& key, std::size_t to) const {
  const std::string slot = std::to_string(RunOn(port(0), {"CLUSTER", "KEYSLOT", key}).integer);
  const std::size_t from = NodeOf(key);
  RunOn(port(to), {"CLUSTER", "SETSLOT", slot, "IMPORTING", IdOf(from)});
  RunOn(port(from), {"CLUSTER", "SETSLOT", slot, "MIGRATING", IdOf(to)});
}

void RedisCluster::MoveKeys(const std::string& key, std::size_t to, std::size_t most) const {
  const std::string slot = std::to_string(RunOn(port(0), {"CLUSTER", "KEYSLOT", key}).integer);
  const int from = port(NodeOf(key));
  const RedisReply keys = RunOn(from, {"CLUSTER", "GETKEYSINSLOT", slot, std::to_string(most)});
  for (const RedisReply& one : keys.elements) {
    const RedisReply moved = RunOn(from, {"MIGRATE", "127.0.0.1", std::to_string(port(to)), one.text, "0",
                                          "5000", "AUTH", kGroupPassword});
    EXPECT_TRUE(moved.IsStatus("OK") || moved.IsStatus("NOKEY")) << one.text << ": " << moved.text;
  }
}

void RedisCluster::EndMove(const std::string& key, std::size_t to) const {
  const std::string slot = std::to_string(RunOn(port(0), {"CLUSTER", "KEYSLOT", key}).integer);
  const std::string id = IdOf(to);
  RunOn(port(to), {"CLUSTER", "SETSLOT", slot, "NODE", id});
  for (const auto& node : nodes_) RunOn(node->port(), {"CLUSTER", "SETSLOT", slot, "NODE", id});
}

}  // namespace swarmbell
