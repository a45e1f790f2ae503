#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace swarmbell {

// A listening TCP socket; closed when destroyed unless released.
class ListenSocket {
 public:
  // Listens on `host:port`; an IPv6 host stands in brackets, an empty host means every address, and port 0
  // lets the system choose. Errors: INVALID_ARGUMENT for an address of another form, UNAVAILABLE when the
  // system refuses it. Both name the address.
  static absl::StatusOr<ListenSocket> Open(const std::string& address);

  ListenSocket(ListenSocket&& other) noexcept;
  ListenSocket& operator=(ListenSocket&& other) = delete;
  ~ListenSocket();

  int Get() const { return socket_; }
  int Port() const;

  // Gives the socket to the caller, who closes it.
  int Release();

 private:
  explicit ListenSocket(int socket) : socket_(socket) {}

  int socket_;  // -1 when released
};

}  // namespace swarmbell
