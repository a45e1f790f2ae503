#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

#include "notifier/feed/feed_client.h"
#include "tests/notifier/feed/collected.h"
#include "tests/notifier/feed/test_collector.h"

namespace swarmbell {

// A feed of a collector that a test starts, stops and replaces, on a clock that the test moves.
class FeedClientTest : public testing::Test {
 protected:
  FeedClientTest() { DeclareFeedMetrics(metrics_); }

  static FeedConnector Plain() {
    return [](const FeedPeer& peer) {
      grpc::ChannelArguments arguments;
      arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
      arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 10);
      arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 20);
      return grpc::CreateCustomChannel(peer.target, grpc::InsecureChannelCredentials(), arguments);
    };
  }

  void Follow(const std::string& target) {
    client_ = std::make_unique<FeedClient>(FeedPeer{target, target, "", target}, options_, Plain(),
                                           collected_.Sink(), knowledge_, handled_, threads_, metrics_);
  }

  bool Reaches(FeedState state) {
    return Eventually([&] { return client_->State() == state; });
  }

  // Lets the clock run, quickly, until something has happened; but only between attempts to connect, so that
  // they have as long as they need.
  template <typename Condition>
  bool TryingUntil(Condition condition) {
    return Eventually([&] {
      if (condition()) return true;
      if (client_->State() == FeedState::kWaiting) clock_.Advance(absl::Milliseconds(500));
      return false;
    });
  }

  bool FollowsAgain() {
    return TryingUntil([&] { return client_->State() == FeedState::kFollowing; });
  }

  // Nothing else would end it: the clock stands still.
  void EndsAtOnce() {
    const auto before = std::chrono::steady_clock::now();
    client_.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(10));
  }

  FakeClock clock_;
  FeedThreads threads_{clock_};
  Metrics metrics_;
  MemoryChangeLog log_;
  Collected collected_;
  SharedKnowledge knowledge_;
  HandledChanges handled_;
  FeedOptions options_;
  std::unique_ptr<FeedClient> client_;
};

}  // namespace swarmbell
