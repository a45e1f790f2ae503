#include "collector/poll/masked_engine.h"

#include <string>
#include <utility>

namespace swarmbell {

absl::StatusOr<EngineAnswer> MaskedEngine::Get(const EngineQuery& query, OnBody on_body,
                                               std::stop_token stop) {
  absl::StatusOr<EngineAnswer> answer = engine_.Get(query, on_body, std::move(stop));
  if (!answer.ok()) return Masked(answer.status());
  return answer;
}

absl::Status MaskedEngine::FollowEvents(absl::FunctionRef<void(std::string_view line)> on_event,
                                        std::stop_token stop) {
  return Masked(engine_.FollowEvents(on_event, std::move(stop)));
}

absl::Status MaskedEngine::Masked(const absl::Status& status) const {
  if (status.ok()) return status;
  return absl::Status(status.code(), masker_.HideInMessage(std::string(status.message())));
}

}  // namespace swarmbell
