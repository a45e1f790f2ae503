#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "collector/changelog/change_log.h"
#include "collector/stream/change_feed_service.h"
#include "common/grpc/grpc_server.h"
#include "common/metrics/metrics.h"
#include "common/time/proto_time.h"
#include "tests/fakes/free_port.h"

namespace swarmbell {

// A collector's change feed on a real server, without an engine behind it. The log outlives it: a collector
// on the same log is one whose connection broke, one on another log is one that was restarted. The states
// of subscriptions may outlive it, too.
class TestCollector {
 public:
  explicit TestCollector(ChangeLog& log, int port = 0, const std::string& host = "127.0.0.1",
                         const std::string& token = "", SubscriptionBook* book = nullptr,
                         std::optional<absl::Time> poll_time = {},
                         const std::atomic<bool>* knows_swarm = nullptr) {
    ChangeFeedOptions options;
    options.auth_token = token;
    // Tests move the clock by minutes; a feed must not miss progress meanwhile. One that is to tell when the
    // swarm was read sends it at once.
    options.progress_interval = poll_time ? absl::Milliseconds(100) : absl::Hours(1);
    options.summary = [poll_time, knows_swarm] {
      v1::GetSnapshotSummaryResponse summary;
      if (knows_swarm != nullptr && !*knows_swarm) return summary;
      summary.mutable_cluster()->set_id("swarm1");
      summary.mutable_observer()->set_node_id("node1");
      if (poll_time) *summary.add_endpoints()->mutable_last_read_time() = ToProto(*poll_time);
      return summary;
    };
    service_ = std::make_unique<ChangeFeedServiceImpl>(log, book == nullptr ? own_book_ : *book, metrics_,
                                                       std::move(options));
    auto server = GrpcServer::Start(absl::StrCat(host, ":", port == 0 ? FreePort() : port), ServerTls(),
                                    {service_.get()});
    if (!server.ok()) std::abort();
    server_ = *std::move(server);
  }

  ~TestCollector() {
    service_->Shutdown();
    server_->Shutdown(absl::ZeroDuration());
  }

  int Port() const { return server_->Port(); }
  std::string Target() const { return absl::StrCat("127.0.0.1:", Port()); }

 private:
  SubscriptionBook own_book_;
  Metrics metrics_;
  std::unique_ptr<ChangeFeedServiceImpl> service_;
  std::unique_ptr<GrpcServer> server_;
};

}  // namespace swarmbell
