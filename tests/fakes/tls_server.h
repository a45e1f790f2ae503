#pragma once

#include <sys/types.h>

#include <cstdio>
#include <string>

namespace swarmbell {

// Makes `ca.pem`, `cert.pem` and `key.pem` (a client's), `server.pem` and `server.key` (for 127.0.0.1) with
// the openssl program in a new folder, and returns that folder; empty if that did not work.
std::string MakeCertificates();

// `openssl s_server` on a free port of 127.0.0.1 with the certificates of a folder. With `want_client` it
// answers only clients that the same CA signed.
class TlsServer {
 public:
  TlsServer(const std::string& folder, bool want_client);
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  int port() const { return port_; }

  // Answers GET of the path with 200 and this body.
  void Answer(const std::string& path, const std::string& body);

 private:
  std::string folder_;
  pid_t pid_ = -1;
  FILE* output_ = nullptr;
  int port_ = 0;
};

}  // namespace swarmbell
