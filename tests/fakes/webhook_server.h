#pragma once

#include <memory>
#include <string>

namespace swarmbell {

// An HTTPS server on a free port of 127.0.0.1 that takes posts, keeps connections, and counts. Shows
// `server.pem` of a folder of MakeCertificates().
class WebhookServer {
 public:
  struct Counts {
    int connections = 0;
    int full_handshakes = 0;  // those that did not resume a session
    int posts = 0;
  };

  explicit WebhookServer(const std::string& folder);
  ~WebhookServer();
  WebhookServer(const WebhookServer&) = delete;
  WebhookServer& operator=(const WebhookServer&) = delete;

  std::string Url() const;
  Counts Seen() const;

  // Shows the certificate of another folder to who connects from now on.
  void Show(const std::string& folder);
  // Closes the open connection after its next answer, without saying so.
  void HangUpAfterNext();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace swarmbell
