#include "collector/app/collector_app.h"

#include <spdlog/spdlog.h>

#include <tuple>
#include <utility>

#include "collector/app/host_name.h"
#include "collector/app/summary.h"
#include "collector/docker/http_engine_client.h"
#include "collector/poll/poll_metrics.h"
#include "common/grpc/token_file.h"
#include "common/process/build_info.h"
#include "common/process/free_memory.h"

namespace swarmbell {
namespace {

EngineOptions ToEngineOptions(const DockerOptions& docker) {
  return {.host = docker.host,
          .tls_verify = docker.tls_verify,
          .cert_path = docker.cert_path,
          .api_version = docker.api_version};
}

PollOptions ToPollOptions(const CollectorOptions& options) {
  return {.interval = options.poll.interval,
          .events = options.poll.events,
          .debounce = options.poll.debounce,
          .engine_share = options.poll.max_engine_load / 100.0,
          .read_containers = options.poll.containers,
          .cluster_name = options.cluster_name,
          .collector_name = OwnHostName(),
          .stale_after = options.poll.stale_after,
          .node_down_after = options.node_down_after,
          .degraded_after = options.degraded_after,
          .update_stalled_after = options.update_stalled_after,
          .first_start_after = options.first_start_after,
          .container_calm_after = options.container_calm_after,
          .container_dead_after = options.container_dead_after,
          .ignored_labels = options.ignored_labels,
          .masking = {.names = options.mask_names}};
}

}  // namespace

CollectorApp::CollectorApp(const CollectorOptions& options, std::unique_ptr<EngineClient> engine)
    : tls_(options.tls),
      token_(options.auth_token.Reveal()),
      client_names_(options.tls.client_names),
      token_watch_(WatchTokenFile(token_, options.auth_token_file)),
      log_({.max_events = options.changelog.max_events, .max_bytes = options.changelog.max_bytes}),
      redis_store_(options.redis ? std::make_unique<RedisStateStore>(*options.redis, log_, book_, metrics_)
                                 : nullptr),
      engine_(std::move(engine)),
      poller_(*engine_, log_, Store(), metrics_, Clock::Real(), ToPollOptions(options)),
      task_logs_(options.log_lines == 0 ? nullptr
                                        : std::make_unique<TaskLogs>(options.log_lines, *engine_,
                                                                     Masker({.names = options.mask_names}))),
      feed_(log_, book_, metrics_,
            {.progress_interval = options.stream.progress_interval,
             .max_subscribers = options.stream.max_subscribers,
             .auth_token = token_,
             .client_names = client_names_,
             .summary = [this] { return Summarize(poller_.Status()); },
             .task_logs = task_logs_.get()}) {}

StateStore& CollectorApp::Store() {
  if (redis_store_) return *redis_store_;
  return no_store_;
}

absl::Status CollectorApp::Listen(const CollectorOptions& options) {
  auto server = GrpcServer::Start(options.listen,
                                  {.cert_file = options.tls.cert_file,
                                   .key_file = options.tls.key_file,
                                   .client_ca_file = options.tls.client_ca_file},
                                  {&feed_});
  if (!server.ok()) return server.status();
  server_ = *std::move(server);
  if (options.metrics_listen == "off") return absl::OkStatus();
  auto metrics =
      MetricsServer::Start(options.metrics_listen, metrics_, [this] { return PollHealth(poller_.Status()); });
  if (!metrics.ok()) return metrics.status();
  metrics_server_ = *std::move(metrics);
  return absl::OkStatus();
}

void CollectorApp::ReportHealth(std::stop_token stop) {
  const std::string service(v1::ChangeFeedService::service_full_name());
  // Returns memory to the system that calls took, for example calls that are reset as soon as they are made.
  constexpr int kRoundsBetweenReturns = 60;
  int round = 0;
  do {
    if (++round % kRoundsBetweenReturns == 0) ReturnFreeMemory();
    poller_.CheckFreshness();
    const PollStatus status = poller_.Status();
    server_->SetServing(service, !status.stale);
    MeasureAges(status, Clock::Real().Now(), metrics_);
  } while (Clock::Real().Sleep(absl::Seconds(1), stop));
}

absl::StatusOr<std::unique_ptr<CollectorApp>> CollectorApp::Start(const CollectorOptions& options) {
  auto engine = HttpEngineClient::Create(ToEngineOptions(options.docker));
  if (!engine.ok()) return engine.status();
  std::unique_ptr<CollectorApp> app(new CollectorApp(options, *std::move(engine)));
  // A subscriber must not meet the log before it is what it was.
  if (app->redis_store_) {
    app->poller_.Start();
    app->redis_store_->WaitUntilBegun();
  }
  if (absl::Status status = app->Listen(options); !status.ok()) return status;
  if (!app->redis_store_) app->poller_.Start();
  app->health_reporter_ = std::jthread([&app = *app](std::stop_token stop) { app.ReportHealth(stop); });
  spdlog::info(
      "Collector started. version={} engine={} interval={} events={} redis={} grpc_port={} metrics_port={}",
      BuildVersion(), options.docker.host, absl::FormatDuration(options.poll.interval), options.poll.events,
      options.redis ? options.redis->redis.address.Shown() : "off", app->server_->Port(),
      app->metrics_server_ ? std::to_string(app->metrics_server_->Port()) : "off");
  return app;
}

void CollectorApp::Reload(const CollectorOptions& options) {
  const ServerTlsOptions& now = options.tls;
  if (std::tie(now.cert_file, now.key_file, now.client_ca_file) !=
      std::tie(tls_.cert_file, tls_.key_file, tls_.client_ca_file)) {
    spdlog::warn(
        "The token and the names of clients stay as they are until the restart that the other TLS needs.");
    return;
  }
  token_watch_.reset();  // it must not bring the old token back
  token_.Set(options.auth_token.Reveal());
  token_watch_ = WatchTokenFile(token_, options.auth_token_file);
  client_names_.Set(options.tls.client_names);
}

CollectorApp::~CollectorApp() {
  health_reporter_ = {};
  poller_.Stop();  // first, so that what it has found is told
  feed_.Shutdown();
  if (server_) server_->Shutdown(absl::Seconds(1));
}

}  // namespace swarmbell
