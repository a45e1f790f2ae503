#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "collector/store/state_store.h"
#include "tests/fakes/redis_server.h"

namespace swarmbell {

// The parts that each collector has of its own, on a Redis that others share.
struct FakeCollector {
  explicit FakeCollector(RedisStateOptions options, std::size_t max_events = 10'000)
      : log({.max_events = max_events}),
        store(std::make_unique<RedisStateStore>(std::move(options), log, book, metrics)) {}

  KeptState Begin(const std::string& cluster = "cluster1", std::vector<std::string> mask_names = {}) const {
    return store->Begin({.cluster_id = cluster, .node_id = "node1", .mask_names = std::move(mask_names)});
  }

  // One batch of changes.
  void Append(const std::vector<std::string>& event_ids);
  // Services of these names are known, and the log's events were found with them.
  void Know(const std::vector<std::string>& services) const;
  // Writes what is left.
  void Stop() const { store->Stop(); }

  // The identifiers in the log after a position, `gap` first when there is one.
  std::vector<std::string> After(const LogPosition& position) const;
  double Metric(const std::string& name) const;

  Metrics metrics;
  MemoryChangeLog log;
  SubscriptionBook book;
  std::unique_ptr<RedisStateStore> store;
};

class StateHarness : public testing::Test {
 protected:
  explicit StateHarness(std::vector<std::string> redis_arguments = {});
  ~StateHarness() override;

  RedisStateOptions Options(const std::string& credentials = "") const;
  RedisReply Redis(const RedisCommand& command);
  // Waits until all that `collector` keeps is stored; gives up after 20 seconds.
  static bool WaitUntilStored(const FakeCollector& collector, double more_writes_than);
  static bool Eventually(const std::function<bool()>& condition);
  // How often the text has been logged.
  int Logged(const std::string& text) const;

  static std::vector<std::string> ServiceNames(const Known& known);

  RedisServer server_;
  std::ostringstream logged_;
};

}  // namespace swarmbell
