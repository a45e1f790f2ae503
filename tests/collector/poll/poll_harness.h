#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "collector/changelog/change_log.h"
#include "collector/docker/engine_client.h"
#include "collector/poll/poller.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_engine_server.h"

namespace swarmbell {

// A poller that reads a fake engine with a fake clock. The engine starts as a manager in a swarm `cluster1`
// with one node, `node1` on `host1`, and nothing else.
class PollHarness : public testing::Test {
 protected:
  PollHarness();

  // Bodies as an engine writes them.
  static std::string Info(const std::string& cluster_id, const std::string& node_id = "node1");
  static std::string NodeList(const std::vector<std::string>& ids);
  static std::string ServiceList(const std::vector<std::string>& ids, int version = 10);

  // Starts with options_ and waits until the first round is over.
  void Start();
  // Moves the clock and waits until every loop has done what was due and sleeps again.
  void Pass(absl::Duration duration);
  void WaitUntilIdle();

  // The names of all changes in the log, oldest first.
  std::vector<std::string> Changes() const;
  std::vector<v1::ChangeEvent> Events() const;
  EndpointStatus StatusOf(const std::string& path) const;

  FakeEngineServer server_;
  FakeClock clock_;
  Metrics metrics_;
  MemoryChangeLog log_;
  NoStateStore store_;
  EngineOptions engine_options_;
  PollOptions options_;
  std::unique_ptr<EngineClient> engine_;
  std::unique_ptr<Poller> poller_;
};

}  // namespace swarmbell
