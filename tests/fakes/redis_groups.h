#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/redis/redis_client.h"
#include "tests/fakes/redis_server.h"

namespace swarmbell {

// Several of Debian's redis-server that belong together, with the password `s3cr3t`. Killed at the end.

constexpr char kGroupPassword[] = "s3cr3t";

// Runs one command on one server.
RedisReply RunOn(int port, const RedisCommand& command);

// A master with a replica, and three sentinels that name it `bell`. They take half a second to see that the
// master is down.
class RedisSentinels {
 public:
  RedisSentinels();

  // redis+sentinel://…/bell, with the password.
  std::string Url() const;
  RedisServer& Master() { return *servers_[master_]; }
  RedisServer& Replica() { return *servers_[1 - master_]; }
  RedisServer& Sentinel(std::size_t number) { return *sentinels_[number]; }

  // Waits until all sentinels name the replica as the master, which Master() is then.
  bool WaitForFailover();

 private:
  void StartSentinel(std::size_t number);

  std::vector<std::unique_ptr<RedisServer>> servers_;
  std::vector<std::unique_ptr<RedisServer>> sentinels_;
  std::size_t master_ = 0;
};

// A Redis Cluster of three masters.
class RedisCluster {
 public:
  RedisCluster();

  // redis://NODE,NODE,NODE with the password.
  std::string Url() const;
  int port(std::size_t node) const { return nodes_[node]->port(); }
  // The node that has the key's slot.
  std::size_t NodeOf(const std::string& key) const;

  // Moves the slot of a key, as `redis-cli --cluster reshard` does, in steps that a test can stop between.
  void BeginMove(const std::string& key, std::size_t to) const;
  void MoveKeys(const std::string& key, std::size_t to, std::size_t most = 1000) const;
  void EndMove(const std::string& key, std::size_t to) const;

 private:
  std::string IdOf(std::size_t node) const;

  std::vector<std::unique_ptr<RedisServer>> nodes_;
};

}  // namespace swarmbell
