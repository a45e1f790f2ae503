#include "common/redis/redis_socket.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "common/redis/redis_tls.h"

namespace swarmbell {
namespace {

std::string Words(int error) { return std::generic_category().message(error); }

void Set(int fd, int level, int option) {
  const int on = 1;
  setsockopt(fd, level, option, &on, sizeof(on));
}

// Connects `fd` or closes it; 0 or an errno.
int ConnectTo(int fd, const sockaddr* address, socklen_t size, SteadyTime deadline) {
  if (connect(fd, address, size) == 0) return 0;
  if (errno != EINPROGRESS && errno != EAGAIN) return errno;
  if (!WaitForSocket(fd, POLLOUT, deadline)) return ETIMEDOUT;
  int error = 0;
  socklen_t length = sizeof(error);
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
  return error;
}

int OpenSocket(int family) { return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); }

absl::StatusOr<int> ConnectUnix(const std::string& path, SteadyTime deadline) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return absl::InvalidArgumentError("the path of the socket is too long");
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int fd = OpenSocket(AF_UNIX);
  const int error =
      fd < 0 ? errno : ConnectTo(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address), deadline);
  if (error == 0) return fd;
  if (fd >= 0) close(fd);
  return absl::UnavailableError(Words(error));
}

absl::StatusOr<int> ConnectTcp(const std::string& host, int port, SteadyTime deadline) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found); error != 0) {
    return absl::UnavailableError(absl::StrCat("the host is not known: ", gai_strerror(error)));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, &freeaddrinfo);
  int error = EHOSTUNREACH;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    const int fd = OpenSocket(at->ai_family);
    error = fd < 0 ? errno : ConnectTo(fd, at->ai_addr, at->ai_addrlen, deadline);
    if (error == 0) {
      Set(fd, IPPROTO_TCP, TCP_NODELAY);
      Set(fd, SOL_SOCKET, SO_KEEPALIVE);
      return fd;
    }
    if (fd >= 0) close(fd);
  }
  return absl::UnavailableError(Words(error));
}

}  // namespace

bool WaitForSocket(int fd, short events, SteadyTime deadline) {
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd wanted{.fd = fd, .events = events, .revents = 0};
    const int ready = poll(&wanted, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

RedisSocket::RedisSocket(int fd) : fd_(fd) {}

RedisSocket::~RedisSocket() {
  tls_.reset();
  close(fd_);
}

absl::StatusOr<std::unique_ptr<RedisSocket>> RedisSocket::Connect(const RedisAddress& address,
                                                                  const std::string& tls_ca_file,
                                                                  SteadyTime deadline) {
  const auto fd = address.socket_path.empty() ? ConnectTcp(address.host, address.port, deadline)
                                              : ConnectUnix(address.socket_path, deadline);
  if (!fd.ok()) return fd.status();
  std::unique_ptr<RedisSocket> socket(new RedisSocket(*fd));
  if (address.tls) {
    auto tls = RedisTls::Handshake(*fd, address.host, tls_ca_file, deadline);
    if (!tls.ok()) return tls.status();
    socket->tls_ = *std::move(tls);
  }
  return socket;
}

absl::Status RedisSocket::Write(const std::string& bytes, SteadyTime deadline) {
  if (tls_) return tls_->Write(bytes, deadline);
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t sent = send(fd_, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
    if (sent >= 0) {
      done += static_cast<std::size_t>(sent);
    } else if (errno != EAGAIN && errno != EINTR) {
      return absl::UnavailableError(absl::StrCat("the connection is lost: ", Words(errno)));
    } else if (!WaitForSocket(fd_, POLLOUT, deadline)) {
      return absl::DeadlineExceededError("it takes no more data in time");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::size_t> RedisSocket::Read(char* buffer, std::size_t size, SteadyTime deadline) {
  if (tls_) return tls_->Read(buffer, size, deadline);
  for (;;) {
    const ssize_t got = recv(fd_, buffer, size, 0);
    if (got > 0) return static_cast<std::size_t>(got);
    if (got == 0) return absl::UnavailableError("it has closed the connection");
    if (errno != EAGAIN && errno != EINTR) {
      return absl::UnavailableError(absl::StrCat("the connection is lost: ", Words(errno)));
    }
    if (!WaitForSocket(fd_, POLLIN, deadline))
      return absl::DeadlineExceededError("it does not answer in time");
  }
}

bool RedisSocket::IsSpent() const {
  pollfd wanted{.fd = fd_, .events = POLLIN, .revents = 0};
  if (poll(&wanted, 1, 0) <= 0) return false;
  // TLS may have said something of its own, such as new session tickets.
  if (!tls_) return true;
  char byte = 0;
  return recv(fd_, &byte, 1, MSG_PEEK) <= 0;
}

}  // namespace swarmbell
