#include "common/http/curl_result.h"

#include <cerrno>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

bool Connected(CURL* handle) {
  curl_off_t ready = 0;
  curl_easy_getinfo(handle, CURLINFO_PRETRANSFER_TIME_T, &ready);
  return ready > 0;
}

int OsError(CURL* handle) {
  long error = 0;
  curl_easy_getinfo(handle, CURLINFO_OS_ERRNO, &error);
  return static_cast<int>(error);
}

std::string OsWords(int error) { return std::generic_category().message(error); }

absl::Status NoConnection(CURL* handle, CURLcode code, const std::string& words, const HttpRequest& request) {
  const int error = OsError(handle);
  const std::string why = error != 0 ? OsWords(error) : words.empty() ? curl_easy_strerror(code) : words;
  const std::string text = absl::StrCat("could not connect to ", request.display_name, ": ", why);
  if (error == EACCES || error == EPERM) return absl::PermissionDeniedError(text);
  return absl::UnavailableError(text);
}

absl::Status TimedOut(CURL* handle, const HttpRequest& request) {
  if (Connected(handle)) {
    return absl::DeadlineExceededError(
        absl::StrCat(request.display_name, " did not answer within ", absl::FormatDuration(request.timeout)));
  }
  return absl::UnavailableError(absl::StrCat("could not connect to ", request.display_name, " in time (",
                                             absl::FormatDuration(request.connect_timeout), ")"));
}

absl::Status Broken(CURL* handle, CURLcode code, const HttpRequest& request) {
  const int error = OsError(handle);
  const std::string why = error != 0 ? absl::StrCat(curl_easy_strerror(code), " (", OsWords(error), ")")
                                     : curl_easy_strerror(code);
  return absl::AbortedError(absl::StrCat("the answer of ", request.display_name, " broke off: ", why));
}

}  // namespace

absl::Status CurlFailure(CURL* handle, CURLcode code, const std::string& curl_words,
                         const HttpRequest& request) {
  const std::string& name = request.display_name;
  long proxy_answer = 0;
  curl_easy_getinfo(handle, CURLINFO_HTTP_CONNECTCODE, &proxy_answer);
  if (proxy_answer >= 300) {
    return absl::UnavailableError(absl::StrCat("could not reach ", name, ": the proxy answered ",
                                               proxy_answer,
                                               "; check HTTPS_PROXY, or leave the host out by NO_PROXY"));
  }
  switch (code) {
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
      return NoConnection(handle, code, curl_words, request);
    case CURLE_OPERATION_TIMEDOUT:
      return TimedOut(handle, request);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CLIENTCERT:
      return absl::FailedPreconditionError(absl::StrCat("TLS with ", name, " failed: ", curl_words));
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SEND_ERROR:
      return absl::UnavailableError(absl::StrCat("could not reach ", name, ": ", curl_easy_strerror(code)));
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
      // Curl also calls what an answer without a status line speaks an unsupported protocol.
      if (Connected(handle))
        return absl::AbortedError(absl::StrCat(name, " answered with something other than HTTP"));
      return absl::InvalidArgumentError(
          absl::StrCat("the address of ", name, " cannot be used: ", curl_easy_strerror(code)));
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    default:
      if (!Connected(handle)) return NoConnection(handle, code, "", request);
      return Broken(handle, code, request);
  }
}

}  // namespace swarmbell
