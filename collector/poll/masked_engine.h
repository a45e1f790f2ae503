#pragma once

#include "collector/docker/engine_client.h"
#include "collector/snapshot/masking.h"

namespace swarmbell {

// An engine whose errors hold no secrets: its own words may quote a command line or a URL, and what is said
// of an error goes to the log, to health checks and to subscribers. Thread-safe as the engine is, which it
// borrows.
class MaskedEngine final : public EngineClient {
 public:
  MaskedEngine(EngineClient& engine, const MaskOptions& options) : engine_(engine), masker_(options) {}

  absl::StatusOr<EngineAnswer> Get(const EngineQuery& query, OnBody on_body, std::stop_token stop) override;
  absl::Status FollowEvents(absl::FunctionRef<void(std::string_view line)> on_event,
                            std::stop_token stop) override;
  EngineVersion Version() const override { return engine_.Version(); }

 private:
  absl::Status Masked(const absl::Status& status) const;

  EngineClient& engine_;
  const Masker masker_;
};

}  // namespace swarmbell
