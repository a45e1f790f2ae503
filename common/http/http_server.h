#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace swarmbell {

// A GET request. (The server answers HEAD as GET without the body, and refuses other methods.)
struct HttpQuestion {
  std::string path;                            // percent-decoded, without the query
  std::map<std::string, std::string> query;    // decoded; of a repeated name the last value
  std::map<std::string, std::string> headers;  // names in lower case; of a repeated name the last value
  std::string peer;                            // the caller's IP address

  // The value of a header or a parameter; empty if there is none.
  std::string Header(const std::string& name) const;
  std::string Parameter(const std::string& name) const;
};

// The next piece of a body that has no end, never empty; nothing ends it. Called on the connection's own
// thread; must return within kStreamWait, and moments after the stop.
using HttpStream = std::function<std::optional<std::string>(std::stop_token stop)>;
inline constexpr absl::Duration kStreamWait = absl::Seconds(15);

struct HttpAnswer {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body{};
  std::vector<std::pair<std::string, std::string>> headers{};  // further ones
  HttpStream stream = nullptr;                                 // instead of `body`, if not null
};

struct HttpServerOptions {
  std::string listen;
  std::string purpose;  // for errors: `metrics`
  // True if answers may be streams or may wait: each connection has a thread, and the handler is called on
  // several threads at a time. Otherwise one thread serves all.
  bool streams = false;
  unsigned max_connections = 32;
};

// An HTTP/1.1 server for GET without TLS. Bounded: the number of connections, the size of a request's head
// (16 KiB), and 10 seconds without progress, 60 for a stream.
//
// Thread-safe, except for Start and the destructor.
class HttpServer {
 public:
  // Must not throw.
  using Handler = std::function<HttpAnswer(const HttpQuestion& question)>;

  // Listens on `host:port`: an IPv6 host is in brackets, an empty host means every address, and port 0 lets
  // the system choose. Errors: INVALID_ARGUMENT for an address of another form, UNAVAILABLE when the system
  // refuses it, or the server does not start. They name the address.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(const HttpServerOptions& options, Handler handler);

  // Aborts answers in progress.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  int Port() const;

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace swarmbell
