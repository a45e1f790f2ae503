#include "collector/app/collector_app.h"

#include <spdlog/spdlog.h>

#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/grpc/auth.h"
#include "common/grpc/grpc_server.h"
#include "common/http/http_client.h"
#include "common/process/host_name.h"
#include "common/process/process.h"
#include "common/time/proto_time.h"

namespace swarmbell {
namespace {

void AddEndpoint(const EndpointStatus& endpoint, v1::GetSnapshotSummaryResponse& summary) {
  v1::EndpointSummary& added = *summary.add_endpoints();
  added.set_endpoint(endpoint.path);
  added.set_objects(endpoint.objects);
  added.set_error(endpoint.error);
  added.set_skipped_objects(static_cast<std::uint32_t>(endpoint.skipped.count));
  added.set_skipped_error(endpoint.skipped.reason);
  if (endpoint.last_read_time) *added.mutable_last_read_time() = ToProto(*endpoint.last_read_time);
}

// The answer of GetSnapshotSummary, without cursors and subscribers.
v1::GetSnapshotSummaryResponse Summarize(const PollStatus& status) {
  v1::GetSnapshotSummaryResponse summary;
  if (status.identity) {
    *summary.mutable_cluster() = status.identity->cluster;
    *summary.mutable_observer() = status.identity->observer;
  }
  summary.set_engine_version(status.engine.engine);
  summary.set_api_version(status.engine.api);
  for (const EndpointStatus& endpoint : status.endpoints) AddEndpoint(endpoint, summary);
  summary.set_stale(status.stale);
  summary.set_collector_version(BuildVersion());
  return summary;
}

// OK while the known state is fresh, else UNAVAILABLE and why.
absl::Status PollHealth(const PollStatus& status) {
  if (!status.stale) return absl::OkStatus();
  std::string why = status.stale_error;
  for (const EndpointStatus& endpoint : status.endpoints) {
    if (endpoint.error.empty()) continue;
    why = endpoint.error;
    break;
  }
  return absl::UnavailableError(absl::StrCat("the swarm cannot be read: ", why));
}

}  // namespace

absl::StatusOr<std::unique_ptr<CollectorApp>> CollectorApp::Start(const CollectorOptions& options) {
  std::unique_ptr<CollectorApp> app(new CollectorApp(options));
  if (absl::Status started = app->StartSteps(options); !started.ok()) return started;
  spdlog::info(
      "Collector started. version={} engine={} interval={} events={} redis={} grpc_port={} metrics_port={}",
      BuildVersion(), options.docker.host, absl::FormatDuration(options.poll.interval), options.poll.events,
      options.redis ? options.redis->redis.address.Shown() : "off", app->server_->Port(),
      app->metrics_server_ ? std::to_string(app->metrics_server_->Port()) : "off");
  return app;
}

// The way of a change is engine -> read -> compare -> log -> serve. Each step is given those it needs; the
// log (log_, and book_ for the positions of named subscriptions) is there from the beginning.
absl::Status CollectorApp::StartSteps(const CollectorOptions& options) {
  // Engine: one client, which connects with the first request.
  auto engine = EngineClient::Create(options.docker);
  if (!engine.ok()) return engine.status();
  engine_ = *std::move(engine);
  // Log: in memory. With Redis it is also kept there, with the state to compare with.
  StateStore* store = &no_store_;
  if (options.redis) {
    redis_store_ = std::make_unique<RedisStateStore>(*options.redis, log_, book_, metrics_);
    store = redis_store_.get();
  }
  // Read and compare: the poller's threads append what they find to the log (SwarmLoop::ReadOnce()).
  PollOptions poll = options.poll;
  poll.collector_name = OwnHostName(poll.collector_name);
  poller_ = std::make_unique<Poller>(*engine_, log_, *store, metrics_, Clock::Real(), std::move(poll));
  poller_->Start();
  // Serve: the log to subscribers, which must not meet it before it is restored.
  if (redis_store_) redis_store_->WaitUntilBegun();
  if (absl::Status serving = Serve(options); !serving.ok()) return serving;
  health_reporter_ = std::jthread([this](std::stop_token stop) { ReportHealth(std::move(stop)); });
  return absl::OkStatus();
}

CollectorApp::CollectorApp(const CollectorOptions& options)
    : tls_(options.tls),
      token_(options.auth_token.Reveal()),
      client_names_(options.tls.client_names),
      token_watch_(WatchTokenFile(token_, options.auth_token_file)),
      log_(options.changelog) {}

absl::Status CollectorApp::Serve(const CollectorOptions& options) {
  if (options.log_lines > 0) {
    task_logs_ = std::make_unique<TaskLogs>(options.log_lines, *engine_, Masker(options.poll.masking));
  }
  feed_ = std::make_unique<ChangeFeedServiceImpl>(
      log_, book_, metrics_,
      ChangeFeedOptions{
          .progress_interval = options.stream.progress_interval,
          .max_subscribers = options.stream.max_subscribers,
          .auth_token = token_,
          .client_names = client_names_,
          .summary = [this] { return Summarize(poller_->Status()); },
          .adopt = [this](const std::vector<v1::ChangeEvent>& alarms) { poller_->Adopt(alarms); },
          .task_logs = task_logs_.get()});
  auto server = GrpcServer::Start(options.listen,
                                  {.cert_file = options.tls.cert_file,
                                   .key_file = options.tls.key_file,
                                   .client_ca_file = options.tls.client_ca_file},
                                  {feed_.get()});
  if (!server.ok()) return server.status();
  server_ = *std::move(server);
  if (options.metrics_listen == "off") return absl::OkStatus();
  auto metrics = MetricsServer::Start(options.metrics_listen, metrics_,
                                      [this] { return PollHealth(poller_->Status()); });
  if (!metrics.ok()) return metrics.status();
  metrics_server_ = *std::move(metrics);
  return absl::OkStatus();
}

void CollectorApp::ReportHealth(std::stop_token stop) {
  const std::string service(v1::ChangeFeedService::service_full_name());
  // Returns the memory of finished calls to the system, also of calls that were reset at once.
  constexpr int kRoundsBetweenReturns = 60;
  int round = 0;
  do {
    if (++round % kRoundsBetweenReturns == 0) ReturnFreeMemory();
    poller_->CheckFreshness();
    server_->SetServing(service, !poller_->Status().stale);
  } while (Clock::Real().Sleep(absl::Seconds(1), stop));
}

void CollectorApp::Reload(const CollectorOptions& options) {
  const ServerTlsOptions& now = options.tls;
  if (std::tie(now.cert_file, now.key_file, now.client_ca_file) !=
      std::tie(tls_.cert_file, tls_.key_file, tls_.client_ca_file)) {
    spdlog::warn(
        "The TLS settings changed: restart to apply them. The token and the client names were not reloaded "
        "either.");
    return;
  }
  token_watch_.reset();  // it must not bring the old token back
  token_.Set(options.auth_token.Reveal());
  token_watch_ = WatchTokenFile(token_, options.auth_token_file);
  client_names_.Set(options.tls.client_names);
}

CollectorApp::~CollectorApp() {
  health_reporter_ = {};
  if (poller_) poller_->Stop();  // first, so that subscribers receive the last changes
  if (feed_) feed_->Shutdown();
  if (server_) server_->Shutdown(absl::Seconds(1));
}

absl::Status CheckOwnHealth(const CollectorOptions& options) {
  constexpr absl::Duration kTimeout = absl::Seconds(5);
  if (!options.tls.Enabled()) return CheckHealth(LocalTarget(options.listen), {}, kTimeout);
  if (options.metrics_listen == "off") {
    return absl::FailedPreconditionError(
        "with TLS the health check needs the metrics server: set metrics.listen to an address");
  }
  HttpClient http;
  HttpRequest request;
  request.display_name = "the collector's metrics server";
  request.url = absl::StrCat("http://", LocalTarget(options.metrics_listen), "/healthz");
  request.timeout = kTimeout;
  return http.Send(request).status();
}

}  // namespace swarmbell
