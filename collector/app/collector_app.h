#pragma once

#include <memory>
#include <stop_token>
#include <thread>

#include "absl/status/statusor.h"
#include "collector/changelog/memory_change_log.h"
#include "collector/changelog/subscription_book.h"
#include "collector/docker/engine_client.h"
#include "collector/logs/task_logs.h"
#include "collector/options/collector_options.h"
#include "collector/poll/poller.h"
#include "collector/store/redis_state_store.h"
#include "collector/stream/change_feed_service.h"
#include "common/grpc/auth_token.h"
#include "common/grpc/client_names.h"
#include "common/grpc/grpc_server.h"
#include "common/metrics/metrics.h"
#include "common/metrics/metrics_server.h"
#include "common/watch/file_watch.h"

namespace swarmbell {

// A running collector: every step of the data's way, wired in its order.
//
// Health checks of the whole server tell whether the process runs; those of the change feed service tell
// whether what it knows can be trusted.
class CollectorApp {
 public:
  // Listens and starts to poll; with Redis it polls first and listens once what is kept there has been put
  // back, or could not be in time. Errors say which part could not start and why; an engine that cannot be
  // read yet is not an error, nor is a Redis.
  static absl::StatusOr<std::unique_ptr<CollectorApp>> Start(const CollectorOptions& options);

  // Ends subscriptions, stops polling and joins every thread, within seconds.
  ~CollectorApp();
  CollectorApp(const CollectorApp&) = delete;
  CollectorApp& operator=(const CollectorApp&) = delete;

  // Puts those of the options in force that can change while the process runs: the token and the clients'
  // names. Not thread-safe.
  void Reload(const CollectorOptions& options);

  int Port() const { return server_->Port(); }

 private:
  CollectorApp(const CollectorOptions& options, std::unique_ptr<EngineClient> engine);
  StateStore& Store();
  absl::Status Listen(const CollectorOptions& options);
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
  Poller poller_;
  std::unique_ptr<TaskLogs> task_logs_;  // null when no logs are read
  ChangeFeedServiceImpl feed_;
  std::unique_ptr<GrpcServer> server_;
  std::unique_ptr<MetricsServer> metrics_server_;  // null when switched off
  std::jthread health_reporter_;
};

}  // namespace swarmbell
