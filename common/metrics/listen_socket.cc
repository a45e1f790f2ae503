#include "common/metrics/listen_socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "absl/status/status.h"
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

absl::Status Refused(const std::string& address, const char* why) {
  return absl::UnavailableError(
      absl::StrCat("cannot listen on \"", address, "\": ", why, "; choose another address or port"));
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

}  // namespace

absl::StatusOr<ListenSocket> ListenSocket::Open(const std::string& address) {
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
  return Refused(address, std::strerror(error));
}

ListenSocket::ListenSocket(ListenSocket&& other) noexcept : socket_(other.Release()) {}

ListenSocket::~ListenSocket() {
  if (socket_ >= 0) close(socket_);
}

int ListenSocket::Port() const {
  sockaddr_storage bound{};
  socklen_t size = sizeof(bound);
  if (getsockname(socket_, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return 0;
  if (bound.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6*>(&bound)->sin6_port);
  return ntohs(reinterpret_cast<const sockaddr_in*>(&bound)->sin_port);
}

int ListenSocket::Release() { return std::exchange(socket_, -1); }

}  // namespace swarmbell
