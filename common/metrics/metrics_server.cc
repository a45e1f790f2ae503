#include "common/metrics/metrics_server.h"

#include <microhttpd.h>

#include <cstddef>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/metrics/listen_socket.h"
#include "common/metrics/process_metrics.h"

namespace swarmbell {

struct MetricsServer::Impl {
  const Metrics& metrics;
  std::function<absl::Status()> health;
  int port = 0;
  MHD_Daemon* daemon = nullptr;
};

namespace {

constexpr unsigned kMaxConnections = 32;
constexpr unsigned kIdleSeconds = 10;
constexpr std::size_t kConnectionMemory = 16384;  // bounds a request's headers

constexpr char kText[] = "text/plain; charset=utf-8";
constexpr char kPrometheus[] = "text/plain; version=0.0.4; charset=utf-8";

struct Answer {
  unsigned status = MHD_HTTP_OK;
  const char* content_type = kText;
  std::string body;
};

Answer Health(const std::function<absl::Status()>& health) {
  const absl::Status status = health();
  if (status.ok()) return {.body = "ok\n"};
  return {.status = MHD_HTTP_SERVICE_UNAVAILABLE, .body = absl::StrCat(status.message(), "\n")};
}

Answer AnswerTo(std::string_view method, std::string_view path, const Metrics& metrics,
                const std::function<absl::Status()>& health) {
  const bool is_metrics = path == "/metrics";
  if (!is_metrics && path != "/healthz") {
    return {.status = MHD_HTTP_NOT_FOUND, .body = "not found; ask for /metrics or /healthz\n"};
  }
  if (method != "GET" && method != "HEAD") {
    return {.status = MHD_HTTP_METHOD_NOT_ALLOWED, .body = "only GET is allowed\n"};
  }
  if (is_metrics) return {.content_type = kPrometheus, .body = metrics.Render() + RenderProcessMetrics()};
  return Health(health);
}

MHD_Result Queue(MHD_Connection* connection, Answer answer) {
  MHD_Response* response =
      MHD_create_response_from_buffer(answer.body.size(), answer.body.data(), MHD_RESPMEM_MUST_COPY);
  if (response == nullptr) return MHD_NO;
  MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer.content_type);
  if (answer.status == MHD_HTTP_METHOD_NOT_ALLOWED) {
    MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
  }
  const MHD_Result queued = MHD_queue_response(connection, answer.status, response);
  MHD_destroy_response(response);
  return queued;
}

}  // namespace

absl::StatusOr<std::unique_ptr<MetricsServer>> MetricsServer::Start(const std::string& listen,
                                                                    const Metrics& metrics,
                                                                    std::function<absl::Status()> health) {
  auto socket = ListenSocket::Open(listen);
  if (!socket.ok()) return socket.status();
  auto impl =
      std::make_unique<Impl>(Impl{.metrics = metrics, .health = std::move(health), .port = socket->Port()});
  const auto on_request = [](void* self, MHD_Connection* connection, const char* path, const char* method,
                             const char*, const char*, size_t*, void**) -> MHD_Result {
    const auto* server = static_cast<const Impl*>(self);
    return Queue(connection, AnswerTo(method, path, server->metrics, server->health));
  };
  impl->daemon = MHD_start_daemon(MHD_USE_AUTO_INTERNAL_THREAD, 0, nullptr, nullptr, on_request, impl.get(),
                                  MHD_OPTION_LISTEN_SOCKET, socket->Get(),                //
                                  MHD_OPTION_CONNECTION_LIMIT, kMaxConnections,           //
                                  MHD_OPTION_CONNECTION_TIMEOUT, kIdleSeconds,            //
                                  MHD_OPTION_CONNECTION_MEMORY_LIMIT, kConnectionMemory,  //
                                  MHD_OPTION_END);
  if (impl->daemon == nullptr) {
    return absl::UnavailableError(absl::StrCat("cannot serve metrics on \"", listen,
                                               "\": the HTTP server did not start; check the limits on "
                                               "threads and open files"));
  }
  socket->Release();  // the daemon closes it
  return std::unique_ptr<MetricsServer>(new MetricsServer(std::move(impl)));
}

MetricsServer::MetricsServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

MetricsServer::~MetricsServer() { MHD_stop_daemon(impl_->daemon); }

int MetricsServer::Port() const { return impl_->port; }

}  // namespace swarmbell
