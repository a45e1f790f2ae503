#include "common/http/http_client.h"

#include <curl/curl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

// Headers kept of one response; more are ignored.
constexpr std::size_t kMaxHeaders = 200;
// Bytes kept of a body that is not passed to the reader.
constexpr std::size_t kMaxErrorBody = 64 << 10;
// Receiving a long body in larger pieces costs no less CPU.
constexpr long kReceiveBuffer = 128L << 10;

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

HeaderList MakeHeaders(const HttpRequest& request) {
  // Without this curl waits a second for "100 Continue" before it sends a long body.
  HeaderList list(curl_slist_append(nullptr, "Expect:"));
  for (const std::string& header : request.headers) curl_slist_append(list.get(), header.c_str());
  return list;
}

long Milliseconds(absl::Duration duration) {
  // To curl, 0 means its own default.
  return static_cast<long>(std::max<std::int64_t>(1, absl::ToInt64Milliseconds(duration)));
}

// The received part of one response.
struct Arrival {
  HttpResponse response;
  std::size_t max_body_bytes = 0;
  std::size_t body_bytes = 0;
  bool endless = false;
  bool too_large = false;
  bool cut_body = false;
  bool has_headers = false;  // all of them, of a response that is not a 1xx
  bool ended_by_reader = false;
  std::optional<absl::FunctionRef<bool(std::string_view)>> on_data;

  bool PassesOn() const { return on_data.has_value() && response.status == 200; }
  std::size_t MostBytes() const {
    if (PassesOn() && endless) return std::numeric_limits<std::size_t>::max();
    return on_data && !PassesOn() ? std::min(max_body_bytes, kMaxErrorBody) : max_body_bytes;
  }
};

void KeepHeader(Arrival& arrival, std::string_view line) {
  if (line.starts_with("HTTP/")) {  // the final response; the one before was a 1xx
    arrival.response = HttpResponse();
    arrival.has_headers = false;
    const std::size_t space = line.find(' ');
    if (space != line.npos) {
      const std::string code(line.substr(space + 1, 3));
      if (!absl::SimpleAtoi(code, &arrival.response.status)) arrival.response.status = 0;
    }
    return;
  }
  const std::size_t colon = line.find(':');
  if (colon == line.npos || arrival.response.headers.size() >= kMaxHeaders) return;
  const std::string name = absl::AsciiStrToLower(std::string(line.substr(0, colon)));
  std::string value(line.substr(colon + 1));
  absl::StripAsciiWhitespace(&value);
  arrival.response.headers.insert_or_assign(name, std::move(value));
}

// A body that grows by doubling then never has more than its bound: bounds are powers of two.
void ReserveBody(Arrival& arrival) {
  constexpr std::size_t kFirst = std::size_t{1} << 14;
  std::size_t announced = 0;
  const auto length = arrival.response.headers.find("content-length");
  if (length != arrival.response.headers.end() && !absl::SimpleAtoi(length->second, &announced))
    announced = 0;
  arrival.response.body.reserve(std::min(announced != 0 ? announced : kFirst, arrival.max_body_bytes));
}

// Any count but `size` makes curl give up.
std::size_t OnHeader(char* data, std::size_t, std::size_t size, void* context) {
  Arrival& arrival = *static_cast<Arrival*>(context);
  const std::string_view line(data, size);
  KeepHeader(arrival, line);
  if (line == "\r\n" || line == "\n") arrival.has_headers = arrival.response.status >= 200;
  if (line == "\r\n" && arrival.endless && arrival.PassesOn() && !(*arrival.on_data)("")) {
    arrival.ended_by_reader = true;
    return 0;
  }
  return size;
}

std::size_t OnBody(char* data, std::size_t, std::size_t size, void* context) {
  Arrival& arrival = *static_cast<Arrival*>(context);
  const std::size_t room = arrival.MostBytes() - std::min(arrival.MostBytes(), arrival.body_bytes);
  if (size > room) {
    if (arrival.cut_body) arrival.response.body.append(data, room);
    arrival.too_large = true;
    return 0;
  }
  arrival.body_bytes += size;
  if (arrival.PassesOn()) {
    if ((*arrival.on_data)(std::string_view(data, size))) return size;
    arrival.ended_by_reader = true;
    return 0;
  }
  if (arrival.response.body.empty()) ReserveBody(arrival);
  arrival.response.body.append(data, size);
  return size;
}

// The file of CA certificates that verify servers: the configured one, otherwise the system's that libcurl
// was built with. Empty if there is none, or nothing is verified.
std::string CaFileOf(const HttpTls& tls) {
  if (!tls.verify_peer) return "";
  if (!tls.ca_file.empty()) return tls.ca_file;
  static const char* const built_in = curl_version_info(CURLVERSION_NOW)->cainfo;
  return built_in == nullptr ? "" : built_in;
}

// Differs when the file was rewritten or replaced, as far as its metadata shows; empty if there is none.
// Costs one system call.
std::string FileVersion(const std::string& path) {
  struct stat found = {};
  if (stat(path.c_str(), &found) != 0) return "";
  return absl::StrCat(found.st_dev, " ", found.st_ino, " ", found.st_size, " ", found.st_mtim.tv_sec, " ",
                      found.st_mtim.tv_nsec);
}

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

// Why a transfer failed, as HttpClient's contract demands. `curl_words` is curl's own text for this transfer;
// it is used only where it cannot contain the URL or a proxy's password. `handle` is in the state in which
// the transfer left it.
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
      // An answer without a status line is an unsupported protocol to curl, too.
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

}  // namespace

class HttpClient::Impl {
 public:
  Impl() {
    static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
    static_cast<void>(initialised);
    Open();
  }
  ~Impl() { Close(); }

  absl::StatusOr<HttpResponse> Exchange(const HttpRequest& request, Arrival& arrival, std::stop_token stop) {
    if (stop.stop_requested()) return Cancelled(request);
    arrival.max_body_bytes = request.max_body_bytes;
    StartOverIfAuthoritiesChanged(request);
    const HeaderList headers = MakeHeaders(request);
    Prepare(request, headers.get(), arrival);
    curl_multi_add_handle(multi_, easy_);
    const std::optional<CURLcode> code = Drive(stop);
    absl::Status status = !code ? Cancelled(request) : Judge(*code, request, arrival);
    if (!status.ok() && arrival.cut_body && arrival.has_headers) {
      arrival.response.cut = true;
      status = absl::OkStatus();
    }
    curl_multi_remove_handle(multi_, easy_);
    if (!status.ok()) return status;
    return std::move(arrival.response);
  }

 private:
  static absl::Status Cancelled(const HttpRequest& request) {
    return absl::CancelledError(absl::StrCat("stopped while waiting for ", request.display_name));
  }

  void Open() {
    multi_ = curl_multi_init();
    easy_ = curl_easy_init();
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, 1L);
  }

  void Close() {
    curl_easy_cleanup(easy_);
    curl_multi_cleanup(multi_);
  }

  // libcurl parses the CA certificates once and keeps them. When their file changes, the connection and the
  // TLS sessions that the old ones verified are dropped too.
  void StartOverIfAuthoritiesChanged(const HttpRequest& request) {
    if (!absl::StartsWithIgnoreCase(request.url, "https:")) return;
    std::string version = FileVersion(CaFileOf(request.tls));
    if (authorities_ && *authorities_ != version) {
      Close();
      Open();
    }
    authorities_ = std::move(version);
  }

  void Prepare(const HttpRequest& request, curl_slist* headers, Arrival& arrival) {
    curl_easy_reset(easy_);  // keeps connections and TLS sessions
    curl_words_[0] = '\0';
    curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, curl_words_.data());
    curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
    // A name lookup that hangs must not hold up a stop.
    curl_easy_setopt(easy_, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(easy_, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy_, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy_, CURLOPT_TCP_KEEPIDLE, 30L);
    curl_easy_setopt(easy_, CURLOPT_TCP_KEEPINTVL, 10L);
    curl_easy_setopt(easy_, CURLOPT_USERAGENT, "swarmbell");
    // A proxy's answer to CONNECT is not the answer of the other side.
    curl_easy_setopt(easy_, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy_, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, Milliseconds(request.connect_timeout));
    if (!arrival.endless) {
      curl_easy_setopt(easy_, CURLOPT_TIMEOUT_MS, Milliseconds(request.timeout));
      // Refuses a response by the length that it announces.
      const std::size_t refused_over = arrival.cut_body ? 0 : request.max_body_bytes;
      curl_easy_setopt(easy_, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(refused_over));
      if (arrival.on_data) curl_easy_setopt(easy_, CURLOPT_BUFFERSIZE, kReceiveBuffer);
    }
    curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &OnHeader);
    curl_easy_setopt(easy_, CURLOPT_HEADERDATA, &arrival);
    curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &OnBody);
    curl_easy_setopt(easy_, CURLOPT_WRITEDATA, &arrival);
    if (request.method != "GET") {
      curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
      curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, request.body.c_str());
      curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
    PrepareTls(request.tls);
    if (!request.unix_socket.empty()) {
      curl_easy_setopt(easy_, CURLOPT_UNIX_SOCKET_PATH, request.unix_socket.c_str());
      curl_easy_setopt(easy_, CURLOPT_PROXY, "");  // not even one from the environment
    }
  }

  void PrepareTls(const HttpTls& tls) {
    curl_easy_setopt(easy_, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYPEER, tls.verify_peer ? 1L : 0L);
    curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYHOST, tls.verify_peer ? 2L : 0L);
    if (const std::string file = CaFileOf(tls); !file.empty()) {
      curl_easy_setopt(easy_, CURLOPT_CAINFO, file.c_str());
      // Otherwise Debian's libcurl would also trust the system's CA folder, and parse the file for each
      // connection: it caches parsed CAs only where there is no folder.
      curl_easy_setopt(easy_, CURLOPT_CAPATH, nullptr);
      curl_easy_setopt(easy_, CURLOPT_CA_CACHE_TIMEOUT, -1L);
    }
    if (!tls.cert_file.empty()) curl_easy_setopt(easy_, CURLOPT_SSLCERT, tls.cert_file.c_str());
    if (!tls.key_file.empty()) curl_easy_setopt(easy_, CURLOPT_SSLKEY, tls.key_file.c_str());
  }

  // Runs the transfer to its end; unset when stopped before.
  std::optional<CURLcode> Drive(std::stop_token stop) {
    std::stop_callback wake(stop, [this] { curl_multi_wakeup(multi_); });
    while (!stop.stop_requested()) {
      int running = 0;
      if (curl_multi_perform(multi_, &running) != CURLM_OK) return CURLE_FAILED_INIT;
      int left = 0;
      while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
        if (message->msg == CURLMSG_DONE) return message->data.result;
      }
      curl_multi_poll(multi_, nullptr, 0, 1000, nullptr);
    }
    return std::nullopt;
  }

  absl::Status Judge(CURLcode code, const HttpRequest& request, const Arrival& arrival) {
    if (code == CURLE_OK || arrival.ended_by_reader) return absl::OkStatus();
    if (arrival.too_large || code == CURLE_FILESIZE_EXCEEDED) {
      return absl::ResourceExhaustedError(absl::StrCat("the answer of ", request.display_name,
                                                       " is larger than ", arrival.MostBytes(), " bytes"));
    }
    return CurlFailure(easy_, code, curl_words_.data(), request);
  }

  CURLM* multi_ = nullptr;
  CURL* easy_ = nullptr;
  std::optional<std::string> authorities_;  // the version of their file
  std::array<char, CURL_ERROR_SIZE> curl_words_{};
};

HttpClient::HttpClient() : impl_(std::make_unique<Impl>()) {}
HttpClient::~HttpClient() = default;

absl::StatusOr<HttpResponse> HttpClient::Send(const HttpRequest& request, std::stop_token stop) {
  Arrival arrival;
  arrival.cut_body = request.cut_body;
  return impl_->Exchange(request, arrival, std::move(stop));
}

absl::StatusOr<HttpResponse> HttpClient::Receive(const HttpRequest& request,
                                                 absl::FunctionRef<bool(std::string_view)> on_data,
                                                 std::stop_token stop) {
  Arrival arrival;
  arrival.on_data.emplace(on_data);
  return impl_->Exchange(request, arrival, std::move(stop));
}

absl::StatusOr<HttpResponse> HttpClient::Stream(const HttpRequest& request,
                                                absl::FunctionRef<bool(std::string_view)> on_data,
                                                std::stop_token stop) {
  Arrival arrival;
  arrival.on_data.emplace(on_data);
  arrival.endless = true;
  return impl_->Exchange(request, arrival, std::move(stop));
}

}  // namespace swarmbell
