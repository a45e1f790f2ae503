#pragma once

#include <memory>
#include <stop_token>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "collector/changelog/change_log.h"
#include "collector/changelog/subscription_book.h"
#include "collector/docker/engine_client.h"
#include "collector/options/collector_options.h"
#include "collector/poll/poller.h"
#include "collector/store/state_store.h"
#include "collector/stream/change_feed_service.h"
#include "common/file/file.h"
#include "common/grpc/auth.h"
#include "common/grpc/grpc_server.h"
#include "common/metrics/metrics.h"
#include "common/metrics/metrics_server.h"

namespace swarmbell {

// A running collector: engine -> read -> compare -> log -> serve, wired in StartSteps().
//
// Health checks of the whole server show whether the process runs; those of the change feed service show
// whether the known state is fresh.
class CollectorApp {
 public:
  // Starts to poll, then listens; with Redis it listens once the state kept there has been restored, or could
  // not be in time. Errors say which part could not start and why; an engine that cannot be read yet is not
  // an error, nor is an unreachable Redis.
  static absl::StatusOr<std::unique_ptr<CollectorApp>> Start(const CollectorOptions& options);

  // Stops polling, ends subscriptions and joins every thread, within seconds.
  ~CollectorApp();
  CollectorApp(const CollectorApp&) = delete;
  CollectorApp& operator=(const CollectorApp&) = delete;

  // Applies the options that can change while the process runs: the token and the clients' names. Not
  // thread-safe.
  void Reload(const CollectorOptions& options);

 private:
  explicit CollectorApp(const CollectorOptions& options);
  absl::Status StartSteps(const CollectorOptions& options);
  absl::Status Serve(const CollectorOptions& options);
  void ReportHealth(std::stop_token stop);

  const ServerTlsOptions tls_;  // as started
  AuthToken token_;
  ClientNames client_names_;
  std::unique_ptr<FileWatch> token_watch_;  // null when the token is in no file
  Metrics metrics_;
  MemoryChangeLog log_;
  SubscriptionBook book_;
  NoStateStore no_store_;
  std::unique_ptr<RedisStateStore> redis_store_;  // null without Redis
  std::unique_ptr<EngineClient> engine_;
  std::unique_ptr<Poller> poller_;
  std::unique_ptr<TaskLogs> task_logs_;  // null when no logs are read
  std::unique_ptr<ChangeFeedServiceImpl> feed_;
  std::unique_ptr<GrpcServer> server_;
  std::unique_ptr<MetricsServer> metrics_server_;  // null when switched off
  std::jthread health_reporter_;
};

// Asks the collector that runs with these options on this machine whether it is alive. Staleness does not
// count: replacing a collector that cannot read the engine would not help. With TLS, which may need a client
// certificate that this process lacks, it asks the metrics server instead of the gRPC server.
absl::Status CheckOwnHealth(const CollectorOptions& options);

}  // namespace swarmbell
