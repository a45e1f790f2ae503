#include "common/redis/redis_socket.h"

#include <curl/curl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

std::int64_t MillisecondsUntil(SteadyTime deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  return std::max<std::int64_t>(left.count(), 0);
}

// Waits until the socket can be read or written; false after the deadline.
bool WaitForSocket(int fd, short events, SteadyTime deadline) {
  for (;;) {
    pollfd wanted{.fd = fd, .events = events, .revents = 0};
    const int ready = poll(&wanted, 1, static_cast<int>(MillisecondsUntil(deadline)));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

// libcurl connects only to URLs of protocols that it knows; it uses no more than the address of this one.
std::string UrlOf(const RedisAddress& address, const RedisEndpoint& server) {
  if (!address.socket_path.empty()) return "http://localhost/";
  return absl::StrCat(address.tls ? "https://" : "http://", server.Shown(), "/");
}

}  // namespace

struct RedisSocket::Handle {
  CURL* easy = curl_easy_init();
  int fd = -1;
  bool tls = false;
  std::array<char, CURL_ERROR_SIZE> words{};

  Handle() = default;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { curl_easy_cleanup(easy); }

  void Prepare(const RedisAddress& address, const RedisEndpoint& server, const std::string& tls_ca_file,
               SteadyTime deadline) {
    tls = address.tls;
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, words.data());
    curl_easy_setopt(easy, CURLOPT_URL, UrlOf(address, server).c_str());
    curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    // Closing the connection does not wait for a name lookup that hangs.
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");  // not even one from the environment
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    // To libcurl, 0 means its own default.
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(std::max<std::int64_t>(1, MillisecondsUntil(deadline))));
    if (!address.socket_path.empty()) {
      curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, address.socket_path.c_str());
    }
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl_easy_setopt(easy, CURLOPT_SSL_ENABLE_ALPN, 0L);
    if (!tls_ca_file.empty()) {
      curl_easy_setopt(easy, CURLOPT_CAINFO, tls_ca_file.c_str());
      curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
    }
  }

  absl::Status Connect() {
    if (const CURLcode code = curl_easy_perform(easy); code != CURLE_OK) return NotConnected(code);
    curl_socket_t socket = CURL_SOCKET_BAD;
    curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &socket);
    if (socket == CURL_SOCKET_BAD) return absl::UnavailableError("the connection was closed at once");
    fd = socket;
    return absl::OkStatus();
  }

  absl::Status NotConnected(CURLcode code) const {
    long error = 0;
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &error);
    const std::string why = words[0] != '\0' ? words.data() : curl_easy_strerror(code);
    switch (code) {
      case CURLE_COULDNT_RESOLVE_HOST:
        return absl::UnavailableError(absl::StrCat("the host is unknown: ", why));
      case CURLE_OPERATION_TIMEDOUT:
        return absl::UnavailableError(absl::StrCat("it cannot be reached in time: ", why));
      case CURLE_PEER_FAILED_VERIFICATION:
        return absl::UnauthenticatedError(absl::StrCat("its certificate is not trusted: ", why,
                                                       "; set redis.tls_ca to the CA that signed it"));
      case CURLE_SSL_CACERT_BADFILE:
        return absl::FailedPreconditionError(
            absl::StrCat("cannot load CA certificates: ", why, "; check the file of redis.tls_ca"));
      case CURLE_SSL_CONNECT_ERROR:
        return absl::UnavailableError(absl::StrCat("TLS failed: ", why));
      default:
        return absl::UnavailableError(error != 0 ? std::generic_category().message(static_cast<int>(error))
                                                 : why);
    }
  }

  absl::Status Lost(CURLcode code) const {
    const std::string why = errno != 0 && code == CURLE_RECV_ERROR ? std::generic_category().message(errno)
                                                                   : curl_easy_strerror(code);
    return absl::UnavailableError(absl::StrCat("the connection is lost: ", why));
  }
};

RedisSocket::RedisSocket(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
RedisSocket::~RedisSocket() = default;

absl::StatusOr<std::unique_ptr<RedisSocket>> RedisSocket::Connect(const RedisAddress& address,
                                                                  const RedisEndpoint& server,
                                                                  const std::string& tls_ca_file,
                                                                  SteadyTime deadline) {
  auto handle = std::make_unique<Handle>();
  if (handle->easy == nullptr) return absl::InternalError("cannot use libcurl");
  handle->Prepare(address, server, tls_ca_file, deadline);
  if (absl::Status status = handle->Connect(); !status.ok()) return status;
  return std::unique_ptr<RedisSocket>(new RedisSocket(std::move(handle)));
}

absl::Status RedisSocket::Write(const std::string& bytes, SteadyTime deadline) {
  for (std::size_t done = 0; done < bytes.size();) {
    std::size_t sent = 0;
    const CURLcode code = curl_easy_send(handle_->easy, bytes.data() + done, bytes.size() - done, &sent);
    done += sent;
    if (code == CURLE_AGAIN) {
      if (!WaitForSocket(handle_->fd, POLLOUT, deadline)) {
        return absl::DeadlineExceededError("it did not accept the data in time");
      }
    } else if (code != CURLE_OK) {
      return handle_->Lost(code);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::size_t> RedisSocket::Read(char* buffer, std::size_t size, SteadyTime deadline) {
  for (;;) {
    std::size_t got = 0;
    errno = 0;
    const CURLcode code = curl_easy_recv(handle_->easy, buffer, size, &got);
    if (code == CURLE_OK && got > 0) return got;
    if (code == CURLE_OK) return absl::UnavailableError("it has closed the connection");
    if (code != CURLE_AGAIN) return handle_->Lost(code);
    if (!WaitForSocket(handle_->fd, POLLIN, deadline)) {
      return absl::DeadlineExceededError("it did not answer in time");
    }
  }
}

bool RedisSocket::IsSpent() const {
  pollfd wanted{.fd = handle_->fd, .events = POLLIN, .revents = 0};
  if (poll(&wanted, 1, 0) <= 0) return false;
  // TLS may have sent records of its own, such as new session tickets.
  if (!handle_->tls) return true;
  char byte = 0;
  return recv(handle_->fd, &byte, 1, MSG_PEEK) <= 0;
}

}  // namespace swarmbell
