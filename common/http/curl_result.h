#pragma once

#include <curl/curl.h>

#include <string>

#include "absl/status/status.h"
#include "common/http/http_client.h"

namespace swarmbell {

// Says how a transfer that curl gave up on failed, as HttpClient's contract wants it. `curl_words` is curl's
// own text for this transfer; it is used only for failures whose text cannot hold the URL or a proxy's
// password. `handle` is still in the state the transfer left it in.
absl::Status CurlFailure(CURL* handle, CURLcode code, const std::string& curl_words,
                         const HttpRequest& request);

}  // namespace swarmbell
