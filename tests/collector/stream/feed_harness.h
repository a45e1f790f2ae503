#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "collector/changelog/change_log.h"
#include "collector/stream/change_feed_service.h"
#include "collector/stream/feed_reader.h"
#include "common/grpc/credentials.h"
#include "common/grpc/grpc_server.h"
#include "common/metrics/metrics.h"
#include "grpcpp/client_context.h"
#include "swarmbell/v1/change_feed.grpc.pb.h"

namespace swarmbell {

// A change of a node's role, the plainest of events.
v1::ChangeEvent NodeEvent(const std::string& id);
// A service of a stack that appeared.
v1::ChangeEvent ServiceEvent(const std::string& id, const std::string& stack = "");
// NodeEvent(prefix + "0") and so on.
std::vector<v1::ChangeEvent> NodeEvents(const std::string& prefix, int count);

// Reads the message that a subscriber gets; fails the test when the bytes are none.
v1::SubscribeResponse Decoded(const FeedMessage& message);

struct FeedSetup {
  ChangeFeedOptions feed{};
  MemoryChangeLogOptions log{};
  ServerTls tls{};
};

// Options whose progress never comes within a test and whose changes wait for nothing, for tests of
// everything else.
ChangeFeedOptions QuietFeed();

// A change feed on a real server on a free port.
class FeedHarness {
 public:
  explicit FeedHarness(FeedSetup setup = {.feed = QuietFeed()});
  ~FeedHarness();
  FeedHarness(const FeedHarness&) = delete;
  FeedHarness& operator=(const FeedHarness&) = delete;

  std::string Target() const { return "127.0.0.1:" + std::to_string(server->Port()); }
  std::unique_ptr<v1::ChangeFeedService::Stub> Stub(const ChannelTls& tls = {}) const;
  // Asks by GetSnapshotSummary until there are this many subscribers; false after 20 seconds.
  bool AwaitSubscribers(std::uint32_t count) const;

  Metrics metrics;
  MemoryChangeLog log;
  SubscriptionBook book;
  std::unique_ptr<ChangeFeedServiceImpl> service;
  std::unique_ptr<GrpcServer> server;

 private:
  AuthToken token_;
};

// One Subscribe call; every wait ends after 20 seconds.
class FeedClient {
 public:
  FeedClient(v1::ChangeFeedService::Stub& stub, const v1::SubscribeRequest& request,
             const std::string& token = "");
  ~FeedClient();
  FeedClient(const FeedClient&) = delete;
  FeedClient& operator=(const FeedClient&) = delete;

  // The next message; an empty one at the end of the stream.
  v1::SubscribeResponse Next();
  // Skips `opened`, and fails the test if it does not come first.
  v1::Cursor Open();
  // The ids of the events of the next message, joined with blanks; what it is if it has none.
  std::string NextIds();
  // Ends the call and says how it ended.
  grpc::Status Cancel();
  // How the call ended; skips messages until it does.
  grpc::Status Finish();

  v1::Cursor cursor;  // of the last message

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::SubscribeResponse>> reader_;
  bool finished_ = false;
};

v1::SubscribeRequest FromNow();
v1::SubscribeRequest FromOldest();
v1::SubscribeRequest After(const v1::Cursor& cursor);

}  // namespace swarmbell
