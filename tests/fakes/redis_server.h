#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace swarmbell {

// Debian's redis-server as a process of the test, on a free port of 127.0.0.1, in memory only. Killed at the
// end. A test without it fails and says so.
class RedisServer {
 public:
  // `arguments` as on the command line: {"--requirepass", "x"}, after a configuration file if any. With
  // `port_option` "--tls-port" the port is TLS's.
  explicit RedisServer(std::vector<std::string> arguments = {}, std::string port_option = "--port");
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  int port() const { return port_; }
  // redis://127.0.0.1:PORT
  std::string Url(const std::string& credentials = "") const;

  // Its data is gone; Start() begins empty, on the same port.
  void Kill();
  void Start();
  // SIGSTOP and SIGCONT.
  void Pause() const;
  void Resume() const;

 private:
  bool TryToStart();

  const std::vector<std::string> arguments_;
  const std::string port_option_;
  int port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace swarmbell
