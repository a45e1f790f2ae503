#include "collector/docker/engine_client.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "collector/docker/engine_address.h"
#include "collector/docker/engine_answers.h"
#include "collector/docker/engine_events.h"
#include "common/http/http_client.h"
#include "common/sync/mutex.h"

namespace swarmbell {
namespace {

// {"type":["service","node","container","secret","config","network"]}
constexpr char kEventsTarget[] =
    "/events?filters=%7B%22type%22%3A%5B%22service%22%2C%22node%22%2C%22container%22%2C%22secret%22%2C"
    "%22config%22%2C%22network%22%5D%7D";
constexpr std::size_t kLongestEvent = 1 << 20;

std::string ServerOf(const HttpResponse& answer) {
  const auto found = answer.headers.find("server");
  return found == answer.headers.end() ? "" : found->second;
}

// True for IDs with characters that must not get into a URL. No ID that an engine gives has them.
bool HasForeignIds(const EngineQuery& query) {
  return !std::all_of(query.service_ids.begin(), query.service_ids.end(), [](const std::string& id) {
    return std::all_of(id.begin(), id.end(), absl::ascii_isalnum);
  });
}

// {"service":["ID","ID"]} for tasks, {"id":[...]} for the services themselves.
std::string PartFilter(const EngineQuery& query) {
  std::string ids;
  for (const std::string& id : query.service_ids) {
    absl::StrAppend(&ids, ids.empty() ? "" : "%2C", "%22", id, "%22");
  }
  return absl::StrCat("?filters=%7B%22", query.endpoint == Endpoint::kTasks ? "service" : "id", "%22%3A%5B",
                      ids, "%5D%7D");
}

std::string Target(const EngineQuery& query) {
  if (query.endpoint == Endpoint::kTaskLog) {
    // More lines than anybody is shown: a private key must be seen from its beginning.
    return absl::StrCat("/tasks/", query.service_ids.front(),
                        "/logs?stdout=1&stderr=1&timestamps=1&tail=256");
  }
  std::string target = EndpointPath(query.endpoint);
  if (query.endpoint == Endpoint::kContainers) target += "?all=1";
  if (!query.service_ids.empty()) target += PartFilter(query);
  return target;
}

// An engine over HTTP. Each endpoint has its own connection, kept between reads.
class HttpEngineClient final : public EngineClient {
 public:
  HttpEngineClient(EngineOptions options, EngineAddress address, std::optional<ApiVersion> pinned);

  absl::StatusOr<EngineAnswer> Get(const EngineQuery& query, OnBody on_body, std::stop_token stop) override;
  absl::Status FollowEvents(absl::FunctionRef<void(std::string_view line)> on_event,
                            std::stop_token stop) override;
  EngineVersion Version() const override;

 private:
  absl::StatusOr<EngineAnswer> GetOver(HttpClient& http, const EngineQuery& query, OnBody on_body,
                                       std::stop_token stop);
  std::unique_ptr<HttpClient> TakeLogConnection();
  HttpRequest Request(const std::string& target, absl::Duration timeout) const;
  absl::Duration Timeout(Endpoint endpoint) const;
  absl::StatusOr<HttpResponse> GetOnce(HttpClient& http, const EngineQuery& query, const std::string& what,
                                       absl::FunctionRef<bool(std::string_view)> on_data,
                                       std::stop_token stop);
  absl::StatusOr<ApiVersion> AgreedApi(HttpClient& http, const std::string& what, std::stop_token stop);
  absl::StatusOr<ApiVersion> Agree(HttpClient& http, const std::string& what, std::stop_token stop);
  absl::Status Explain(const absl::Status& failure, const std::string& what);
  void RecordAgreement(const EngineOffer& offer, ApiVersion api, const std::string& server);
  ApiVersion UsePinned();
  void ForgetAgreement();
  void CompareServer(const std::string& server);

  const EngineOptions options_;
  const EngineAddress address_;
  const std::optional<ApiVersion> pinned_;
  std::map<Endpoint, HttpClient> connections_;  // one for each endpoint, made at the start
  HttpClient events_connection_;

  mutable Mutex mutex_;
  // As many as logs were read at once.
  std::vector<std::unique_ptr<HttpClient>> idle_log_connections_ ABSL_GUARDED_BY(mutex_);
  std::optional<ApiVersion> agreed_ ABSL_GUARDED_BY(mutex_);
  std::optional<std::string> agreed_server_ ABSL_GUARDED_BY(mutex_);  // the engine that agreed, if known
  EngineVersion version_ ABSL_GUARDED_BY(mutex_);
};

HttpEngineClient::HttpEngineClient(EngineOptions options, EngineAddress address,
                                   std::optional<ApiVersion> pinned)
    : options_(std::move(options)), address_(std::move(address)), pinned_(pinned) {
  for (Endpoint endpoint : kEndpoints) connections_.try_emplace(endpoint);
}

absl::StatusOr<EngineAnswer> HttpEngineClient::Get(const EngineQuery& query, OnBody on_body,
                                                   std::stop_token stop) {
  if (query.endpoint != Endpoint::kTaskLog) {
    return GetOver(connections_.at(query.endpoint), query, on_body, std::move(stop));
  }
  std::unique_ptr<HttpClient> http = TakeLogConnection();
  absl::StatusOr<EngineAnswer> answer = GetOver(*http, query, on_body, std::move(stop));
  const MutexLock lock(mutex_);
  idle_log_connections_.push_back(std::move(http));
  return answer;
}

std::unique_ptr<HttpClient> HttpEngineClient::TakeLogConnection() {
  const MutexLock lock(mutex_);
  if (idle_log_connections_.empty()) return std::make_unique<HttpClient>();
  std::unique_ptr<HttpClient> http = std::move(idle_log_connections_.back());
  idle_log_connections_.pop_back();
  return http;
}

absl::StatusOr<EngineAnswer> HttpEngineClient::GetOver(HttpClient& http, const EngineQuery& query,
                                                       OnBody on_body, std::stop_token stop) {
  const std::string what = absl::StrCat("cannot read ", EndpointPath(query.endpoint));
  if (HasForeignIds(query)) {
    return absl::InvalidArgumentError(absl::StrCat(what, " of services whose identifiers no engine gives"));
  }
  std::size_t body_bytes = 0;
  absl::Status refused_body;
  const auto on_data = [&](std::string_view piece) {
    body_bytes += piece.size();
    refused_body = on_body(piece);
    return refused_body.ok();
  };
  absl::StatusOr<HttpResponse> answer = GetOnce(http, query, what, on_data, stop);
  if (answer.ok() && RefusesApiVersion(*answer) && !pinned_) {
    ForgetAgreement();
    answer = GetOnce(http, query, what, on_data, stop);
  }
  if (!answer.ok()) return answer.status();
  CompareServer(ServerOf(*answer));
  if (answer->status != 200) return EngineRefusal(*answer, what, address_.display_name);
  if (!refused_body.ok()) return refused_body;
  return EngineAnswer{body_bytes, ServerOf(*answer)};
}

absl::Status HttpEngineClient::FollowEvents(absl::FunctionRef<void(std::string_view line)> on_event,
                                            std::stop_token stop) {
  const std::string what = "cannot follow /events";
  const absl::StatusOr<ApiVersion> api = AgreedApi(events_connection_, what, stop);
  if (!api.ok()) return api.status();

  LineSplitter lines(kLongestEvent);
  const auto on_data = [&](std::string_view piece) {
    if (piece.empty()) on_event("");
    lines.Add(piece, on_event);
    return true;
  };
  const absl::StatusOr<HttpResponse> answer = events_connection_.Stream(
      Request(absl::StrCat("/v", ToString(*api), kEventsTarget), absl::ZeroDuration()), on_data, stop);
  if (!answer.ok()) return Explain(answer.status(), what);
  if (answer->status == 200) {
    return absl::UnavailableError(absl::StrCat(address_.display_name, " ended the event stream"));
  }
  if (RefusesApiVersion(*answer)) ForgetAgreement();
  return EngineRefusal(*answer, what, address_.display_name);
}

EngineVersion HttpEngineClient::Version() const {
  const MutexLock lock(mutex_);
  return version_;
}

HttpRequest HttpEngineClient::Request(const std::string& target, absl::Duration timeout) const {
  HttpRequest request;
  request.display_name = address_.display_name;
  request.url = address_.base_url + target;
  request.unix_socket = address_.unix_socket;
  request.timeout = timeout;
  request.connect_timeout = options_.connect_timeout;
  request.max_body_bytes = options_.max_body_bytes;
  request.tls = address_.tls;
  return request;
}

absl::Duration HttpEngineClient::Timeout(Endpoint endpoint) const {
  if (endpoint == Endpoint::kTaskLog) return options_.log_timeout;
  return endpoint == Endpoint::kContainers ? options_.local_timeout : options_.swarm_timeout;
}

absl::StatusOr<HttpResponse> HttpEngineClient::GetOnce(HttpClient& http, const EngineQuery& query,
                                                       const std::string& what,
                                                       absl::FunctionRef<bool(std::string_view)> on_data,
                                                       std::stop_token stop) {
  const absl::StatusOr<ApiVersion> api = AgreedApi(http, what, stop);
  if (!api.ok()) return api.status();
  const std::string target = absl::StrCat("/v", ToString(*api), Target(query));
  absl::StatusOr<HttpResponse> answer = http.Receive(Request(target, Timeout(query.endpoint)), on_data, stop);
  if (!answer.ok()) return Explain(answer.status(), what);
  return answer;
}

absl::StatusOr<ApiVersion> HttpEngineClient::AgreedApi(HttpClient& http, const std::string& what,
                                                       std::stop_token stop) {
  {
    const MutexLock lock(mutex_);
    if (agreed_) return *agreed_;
  }
  return Agree(http, what, stop);
}

// Two threads may do this at once, with the same result.
absl::StatusOr<ApiVersion> HttpEngineClient::Agree(HttpClient& http, const std::string& what,
                                                   std::stop_token stop) {
  const absl::StatusOr<HttpResponse> answer = http.Send(Request("/version", options_.local_timeout), stop);
  if (!answer.ok()) return Explain(answer.status(), what);
  if (answer->status != 200) {
    // A pinned version needs no agreement, where a proxy forbids /version.
    if (pinned_) return UsePinned();
    return EngineRefusal(*answer, what, address_.display_name);
  }
  const absl::StatusOr<EngineOffer> offer = ParseEngineOffer(answer->body);
  if (!offer.ok()) return Explain(offer.status(), what);
  const absl::StatusOr<ApiVersion> api = AgreeOnApi(*offer, pinned_);
  if (!api.ok()) return Explain(api.status(), what);
  RecordAgreement(*offer, *api, ServerOf(*answer));
  return *api;
}

// Adds what was attempted and what to do. A lost connection ends the agreement on an API version.
absl::Status HttpEngineClient::Explain(const absl::Status& failure, const std::string& what) {
  if (absl::IsCancelled(failure)) return failure;
  std::string text = absl::StrCat(what, ": ", std::string(failure.message()));
  if (absl::IsUnavailable(failure) || absl::IsPermissionDenied(failure)) {
    absl::StrAppend(&text, "; ", ConnectionAdvice(address_));
  }
  // The next answer may come from another engine.
  if (absl::IsUnavailable(failure) || absl::IsAborted(failure)) ForgetAgreement();
  return absl::Status(failure.code(), text);
}

void HttpEngineClient::RecordAgreement(const EngineOffer& offer, ApiVersion api, const std::string& server) {
  const MutexLock lock(mutex_);
  agreed_ = api;
  agreed_server_ = server;
  const EngineVersion version{EngineWords(offer.engine), ToString(api)};
  if (version.engine == version_.engine && version.api == version_.api) return;
  version_ = version;
  spdlog::info("Agreed with the Docker Engine on an API version host={} engine={} api={}", options_.host,
               version.engine, version.api);
}

ApiVersion HttpEngineClient::UsePinned() {
  const MutexLock lock(mutex_);
  agreed_ = pinned_;
  agreed_server_.reset();
  version_ = {"", ToString(*pinned_)};
  return *pinned_;
}

void HttpEngineClient::ForgetAgreement() {
  const MutexLock lock(mutex_);
  agreed_.reset();
}

void HttpEngineClient::CompareServer(const std::string& server) {
  const MutexLock lock(mutex_);
  if (agreed_server_ && server != *agreed_server_) agreed_.reset();
}

}  // namespace

std::string EndpointPath(Endpoint endpoint) {
  switch (endpoint) {
    case Endpoint::kInfo:
      return "/info";
    case Endpoint::kServices:
      return "/services";
    case Endpoint::kNodes:
      return "/nodes";
    case Endpoint::kTasks:
      return "/tasks";
    case Endpoint::kNetworks:
      return "/networks";
    case Endpoint::kSecrets:
      return "/secrets";
    case Endpoint::kConfigs:
      return "/configs";
    case Endpoint::kSwarm:
      return "/swarm";
    case Endpoint::kContainers:
      return "/containers/json";
    case Endpoint::kTaskLog:
      return "/tasks/ID/logs";
  }
  return "";
}

absl::StatusOr<std::unique_ptr<EngineClient>> EngineClient::Create(EngineOptions options) {
  absl::StatusOr<EngineAddress> address = FindEngine(options);
  if (!address.ok()) return address.status();
  std::optional<ApiVersion> pinned;
  if (!options.api_version.empty()) {
    pinned = ParseApiVersion(options.api_version);
    if (!pinned || *pinned < kOldestApi) {
      return absl::InvalidArgumentError(
          absl::StrCat("cannot use the Docker API version \"", options.api_version, "\": write one from ",
                       ToString(kOldestApi), " on, such as ", ToString(kNewestApi)));
    }
  }
  if (!address->tls.verify_peer) {
    spdlog::warn("The engine's certificate is not verified; set DOCKER_TLS_VERIFY=1 to verify it host={}",
                 options.host);
  }
  return std::make_unique<HttpEngineClient>(std::move(options), *std::move(address), pinned);
}

}  // namespace swarmbell
