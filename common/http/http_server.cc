#include "common/http/http_server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

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

constexpr unsigned kIdleSeconds = 10;
constexpr unsigned kStreamIdleSeconds = 60;
constexpr std::size_t kConnectionMemory = 16384;  // bounds a request's head
constexpr std::size_t kBlock = 4096;              // of a stream

using Texts = std::map<std::string, std::string>;

Texts ValuesOf(MHD_Connection* connection, MHD_ValueKind kind) {
  Texts texts;
  const auto add = [](void* to, MHD_ValueKind of, const char* name, const char* value) -> MHD_Result {
    std::string key = of == MHD_HEADER_KIND ? absl::AsciiStrToLower(name) : name;
    (*static_cast<Texts*>(to))[std::move(key)] = value == nullptr ? "" : value;
    return MHD_YES;
  };
  MHD_get_connection_values(connection, kind, add, &texts);
  return texts;
}

std::string PeerOf(MHD_Connection* connection) {
  const MHD_ConnectionInfo* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  if (info == nullptr || info->client_addr == nullptr) return "";
  std::array<char, INET6_ADDRSTRLEN> text{};
  const sockaddr* address = info->client_addr;
  const bool v6 = address->sa_family == AF_INET6;
  const void* bytes =
      v6 ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr)
         : &reinterpret_cast<const sockaddr_in*>(address)->sin_addr;
  if (inet_ntop(address->sa_family, bytes, text.data(), text.size()) == nullptr) return "";
  return text.data();
}

// A stream on its way to one caller.
struct Sending {
  HttpStream next;
  std::stop_token stop;
  std::string rest{};  // of the last piece
};

ssize_t SendPiece(void* self, std::uint64_t /*position*/, char* to, std::size_t most) {
  auto& sending = *static_cast<Sending*>(self);
  if (sending.rest.empty()) {
    std::optional<std::string> piece = sending.next(sending.stop);
    if (!piece || piece->empty() || sending.stop.stop_requested()) return MHD_CONTENT_READER_END_OF_STREAM;
    sending.rest = *std::move(piece);
  }
  const std::size_t size = std::min(most, sending.rest.size());
  sending.rest.copy(to, size);
  sending.rest.erase(0, size);
  return static_cast<ssize_t>(size);
}

MHD_Response* ResponseOf(HttpAnswer& answer, MHD_Connection* connection, const std::stop_token& stop) {
  if (!answer.stream) {
    return MHD_create_response_from_buffer(answer.body.size(), answer.body.data(), MHD_RESPMEM_MUST_COPY);
  }
  MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, kStreamIdleSeconds);
  auto sending = std::make_unique<Sending>(Sending{std::move(answer.stream), stop});
  MHD_Response* response =
      MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, kBlock, &SendPiece, sending.get(),
                                        [](void* self) { delete static_cast<Sending*>(self); });
  if (response != nullptr) static_cast<void>(sending.release());  // the response deletes it
  return response;
}

MHD_Result Queue(MHD_Connection* connection, HttpAnswer answer, const std::stop_token& stop) {
  MHD_Response* response = ResponseOf(answer, connection, stop);
  if (response == nullptr) return MHD_NO;
  MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer.content_type.c_str());
  for (const auto& [name, value] : answer.headers) {
    MHD_add_response_header(response, name.c_str(), value.c_str());
  }
  const MHD_Result queued = MHD_queue_response(connection, static_cast<unsigned>(answer.status), response);
  MHD_destroy_response(response);
  return queued;
}

}  // namespace

std::string HttpQuestion::Header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

std::string HttpQuestion::Parameter(const std::string& name) const {
  const auto found = query.find(name);
  return found == query.end() ? "" : found->second;
}

struct HttpServer::Impl {
  Handler handler;
  int port = 0;
  std::stop_source stop{};
  MHD_Daemon* daemon = nullptr;

  HttpAnswer AnswerTo(MHD_Connection* connection, const char* path, std::string_view method) const {
    if (method != "GET" && method != "HEAD") {
      return {.status = MHD_HTTP_METHOD_NOT_ALLOWED,
              .body = "only GET is allowed\n",
              .headers = {{MHD_HTTP_HEADER_ALLOW, "GET, HEAD"}}};
    }
    HttpQuestion question;
    question.path = path;
    question.query = ValuesOf(connection, MHD_GET_ARGUMENT_KIND);
    question.headers = ValuesOf(connection, MHD_HEADER_KIND);
    question.peer = PeerOf(connection);
    return handler(question);
  }
};

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(const HttpServerOptions& options,
                                                              Handler handler) {
  auto socket = ListenSocket::Open(options.listen);
  if (!socket.ok()) return socket.status();
  auto impl = std::make_unique<Impl>(Impl{.handler = std::move(handler), .port = socket->Port()});
  const auto on_request = [](void* self, MHD_Connection* connection, const char* path, const char* method,
                             const char*, const char*, size_t*, void**) -> MHD_Result {
    const auto* server = static_cast<const Impl*>(self);
    return Queue(connection, server->AnswerTo(connection, path, method), server->stop.get_token());
  };
  unsigned flags = MHD_USE_AUTO_INTERNAL_THREAD;
  if (options.streams) flags |= MHD_USE_THREAD_PER_CONNECTION;
  impl->daemon = MHD_start_daemon(flags, 0, nullptr, nullptr, on_request, impl.get(),
                                  MHD_OPTION_LISTEN_SOCKET, socket->Get(),                //
                                  MHD_OPTION_CONNECTION_LIMIT, options.max_connections,   //
                                  MHD_OPTION_CONNECTION_TIMEOUT, kIdleSeconds,            //
                                  MHD_OPTION_CONNECTION_MEMORY_LIMIT, kConnectionMemory,  //
                                  MHD_OPTION_END);
  if (impl->daemon == nullptr) {
    return absl::UnavailableError(absl::StrCat("cannot serve ", options.purpose, " on \"", options.listen,
                                               "\": the HTTP server did not start; check the limits on "
                                               "threads and open files"));
  }
  socket->Release();  // the daemon closes it
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() {
  impl_->stop.request_stop();
  MHD_stop_daemon(impl_->daemon);
}

int HttpServer::Port() const { return impl_->port; }

}  // namespace swarmbell
