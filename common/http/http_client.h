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

// The PEM files for TLS. An empty `ca_file` means the system's CAs; a `ca_file` replaces them. Empty
// `cert_file` and `key_file` mean no client certificate.
struct HttpTls {
  std::string ca_file;
  std::string cert_file;
  std::string key_file;
  bool verify_peer = true;
};

struct HttpRequest {
  // Names the server in errors and logs. URLs may contain secrets and are never shown.
  std::string display_name = {};
  std::string method = "GET";
  std::string url = {};
  // A unix socket to connect to instead of the URL's host; empty for none.
  std::string unix_socket = {};
  // `Name: value` lines.
  std::vector<std::string> headers = {};
  std::string body = {};
  // For the whole exchange. Stream() does not use it.
  absl::Duration timeout = absl::Seconds(10);
  absl::Duration connect_timeout = absl::Seconds(5);
  // A longer response body fails the request, unless it is cut.
  std::size_t max_body_bytes = std::size_t{64} << 20;
  // If true, a body that is too long, breaks off or does not end in time is cut instead of failing the
  // request, once the status line and the headers are there. Only Send() uses it.
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

// HTTP over libcurl with one connection that is kept between requests. Uses the proxies of the environment
// (HTTPS_PROXY, NO_PROXY, ... as curl does), but never for a unix socket. CA certificates are parsed once,
// and again when their file changes; the kept connection is closed then.
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

  // The same, but passes each piece of a 200's body to `on_data` as it arrives, and does not keep it. Ends as
  // soon as `on_data` returns false.
  absl::StatusOr<HttpResponse> Receive(const HttpRequest& request,
                                       absl::FunctionRef<bool(std::string_view)> on_data,
                                       std::stop_token stop);

  // As Receive(), without a timeout: until the server ends the stream, `on_data` returns false, or `stop` is
  // requested. The first piece is empty and reports that a 200 has arrived. Returns the response without its
  // body; the body of a status other than 200 is kept (up to 64 KiB) and not passed on.
  absl::StatusOr<HttpResponse> Stream(const HttpRequest& request,
                                      absl::FunctionRef<bool(std::string_view)> on_data,
                                      std::stop_token stop);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace swarmbell
