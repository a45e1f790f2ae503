#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "collector/docker/api_version.h"
#include "collector/docker/engine_address.h"
#include "collector/docker/engine_client.h"
#include "collector/docker/engine_options.h"
#include "common/http/http_client.h"

namespace swarmbell {

// An engine over HTTP: a unix socket, TCP, or TCP with TLS. Each endpoint has its own connection, kept
// between reads.
//
// The API version is agreed on with the first request, and again after a connection was lost, when the engine
// refuses the version, and when another engine version answers.
class HttpEngineClient final : public EngineClient {
 public:
  // Connects to nothing yet. Errors: those of FindEngine(), and INVALID_ARGUMENT for an `api_version` that is
  // none or that this program cannot speak.
  static absl::StatusOr<std::unique_ptr<EngineClient>> Create(EngineOptions options);

  absl::StatusOr<EngineAnswer> Get(const EngineQuery& query, OnBody on_body, std::stop_token stop) override;
  absl::Status FollowEvents(absl::FunctionRef<void(std::string_view line)> on_event,
                            std::stop_token stop) override;
  EngineVersion Version() const override;

 private:
  HttpEngineClient(EngineOptions options, EngineAddress address, std::optional<ApiVersion> pinned);

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
  void KeepAgreement(const EngineOffer& offer, ApiVersion api, const std::string& server);
  ApiVersion KeepPinned();
  void ForgetAgreement();
  void CompareServer(const std::string& server);

  const EngineOptions options_;
  const EngineAddress address_;
  const std::optional<ApiVersion> pinned_;
  std::map<Endpoint, HttpClient> connections_;  // one for each endpoint, made at the start
  HttpClient events_connection_;

  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::vector<std::unique_ptr<HttpClient>> idle_log_connections_;  // as many as logs were read at once
  std::optional<ApiVersion> agreed_;
  std::optional<std::string> agreed_server_;  // who agreed, where known
  EngineVersion version_;
};

}  // namespace swarmbell
