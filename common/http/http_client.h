#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace swarmbell {

// Where TLS material is; empty paths mean the system's defaults or none. With a `ca_file` nobody else is
// trusted.
struct HttpTls {
  std::string ca_file;
  std::string cert_file;
  std::string key_file;
  bool verify_peer = true;
};

struct HttpRequest {
  // The name of the other side in errors and logs. URLs may hold secrets and are never shown.
  std::string display_name = {};
  std::string method = "GET";
  std::string url = {};
  // A unix socket to connect to instead of the URL's host; empty for none.
  std::string unix_socket = {};
  // `Name: value` lines.
  std::vector<std::string> headers = {};
  std::string body = {};
  // For the whole exchange. Not used by Stream(), which has no end of its own.
  absl::Duration timeout = absl::Seconds(10);
  absl::Duration connect_timeout = absl::Seconds(5);
  // A longer response body fails the request, unless it is cut.
  std::size_t max_body_bytes = std::size_t{64} << 20;
  // Once the status line and the headers are there, the request has its answer: a body that is too long,
  // breaks off or does not end in time is cut there. Used by Send() alone.
  bool cut_body = false;
  HttpTls tls = {};
};

struct HttpResponse {
  int status = 0;
  std::string body;
  bool cut = false;  // the body was cut
  // Names in lower case; the last value of a repeated header.
  std::map<std::string, std::string> headers;
};

// HTTP over libcurl with one kept connection. Proxies are taken from the environment (HTTPS_PROXY, NO_PROXY,
// ... as curl reads them), but never for a unix socket. CA certificates are parsed once, and again when their
// file changes; the kept connection is closed then.
//
// Thread safety: one call at a time for each object.
// Errors: UNAVAILABLE when no connection could be made or it broke before the request was sent;
// PERMISSION_DENIED when the system forbids the connection (a unix socket of another group);
// INVALID_ARGUMENT for a URL that cannot be used; DEADLINE_EXCEEDED; ABORTED when the connection broke, or
// the answer was truncated or is not HTTP, after the request was sent; RESOURCE_EXHAUSTED for a body over the
// bound; FAILED_PRECONDITION for TLS that does not verify; CANCELLED after a stop request, which takes effect
// at once. An HTTP status is never an error here. Redirects are not followed.
class HttpClient {
 public:
  HttpClient();
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  absl::StatusOr<HttpResponse> Send(const HttpRequest& request, std::stop_token stop = {});

  // The same, but hands each piece of a 200's body to `on_data` as it arrives, and does not keep it; ends as
  // soon as `on_data` returns false.
  absl::StatusOr<HttpResponse> Receive(const HttpRequest& request,
                                       absl::FunctionRef<bool(std::string_view)> on_data,
                                       std::stop_token stop);

  // As Receive(), without end: until the other side ends the stream, `on_data` returns false, or `stop` is
  // requested; the first piece is empty and says that a 200 has come. Returns the answer without its body;
  // the body of a status other than 200 is kept (bounded) and not handed out.
  absl::StatusOr<HttpResponse> Stream(const HttpRequest& request,
                                      absl::FunctionRef<bool(std::string_view)> on_data,
                                      std::stop_token stop);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace swarmbell
