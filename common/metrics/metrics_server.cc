#include "common/metrics/metrics_server.h"

#include <microhttpd.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/metrics/metrics.h"

namespace swarmbell {
namespace {

struct HostPort {
  std::string host;
  std::string port;
};

absl::StatusOr<HostPort> Split(const std::string& address) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos || colon + 1 == address.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot listen on \"", address, "\": it has no port; write host:port"));
  }
  std::string host = address.substr(0, colon);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot listen on \"", address, "\": write an IPv6 address in brackets, as [::]:9464"));
  }
  return HostPort{std::move(host), address.substr(colon + 1)};
}

using AddressList = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

absl::StatusOr<AddressList> Resolve(const std::string& address, const HostPort& parts) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error =
      getaddrinfo(parts.host.empty() ? nullptr : parts.host.c_str(), parts.port.c_str(), &hints, &found);
  if (error != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot listen on \"", address, "\": ", gai_strerror(error), "; write host:port"));
  }
  return AddressList(found, &freeaddrinfo);
}

// A listening TCP socket; closed when destroyed unless released.
class ListenSocket {
 public:
  static absl::StatusOr<ListenSocket> Open(const std::string& address) {
    const auto parts = Split(address);
    if (!parts.ok()) return parts.status();
    const auto resolved = Resolve(address, *parts);
    if (!resolved.ok()) return resolved.status();
    int error = 0;
    for (const addrinfo* at = resolved->get(); at != nullptr; at = at->ai_next) {
      ListenSocket made(socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol));
      const int on = 1;
      if (made.Get() >= 0) setsockopt(made.Get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
      if (made.Get() >= 0 && bind(made.Get(), at->ai_addr, at->ai_addrlen) == 0 &&
          listen(made.Get(), SOMAXCONN) == 0) {
        return made;
      }
      error = errno;
    }
    return absl::UnavailableError(absl::StrCat("cannot listen on \"", address,
                                               "\": ", std::generic_category().message(error),
                                               "; choose another address or port"));
  }

  ListenSocket(ListenSocket&& other) noexcept : socket_(other.Release()) {}
  ListenSocket& operator=(ListenSocket&& other) = delete;
  ~ListenSocket() {
    if (socket_ >= 0) close(socket_);
  }

  int Get() const { return socket_; }

  int Port() const {
    sockaddr_storage bound{};
    socklen_t size = sizeof(bound);
    if (getsockname(socket_, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return 0;
    if (bound.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6*>(&bound)->sin6_port);
    return ntohs(reinterpret_cast<const sockaddr_in*>(&bound)->sin_port);
  }

  // Gives the socket to the caller, who closes it.
  int Release() { return std::exchange(socket_, -1); }

 private:
  explicit ListenSocket(int socket) : socket_(socket) {}

  int socket_;  // -1 when released
};

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

struct MetricsServer::Impl {
  const Metrics& metrics;
  std::function<absl::Status()> health;
  int port = 0;
  MHD_Daemon* daemon = nullptr;
};

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
