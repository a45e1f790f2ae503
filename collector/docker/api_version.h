#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace swarmbell {

// A version of the Docker Engine API, such as 1.41.
struct ApiVersion {
  int major = 0;
  int minor = 0;
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 sees a 0 in what this stands for
  friend auto operator<=>(const ApiVersion&, const ApiVersion&) = default;
};

// The versions that this program can speak: Docker 17.05 has 1.29; 1.55 is the newest that was tried.
inline constexpr ApiVersion kOldestApi{1, 29};
inline constexpr ApiVersion kNewestApi{1, 55};

std::optional<ApiVersion> ParseApiVersion(std::string_view text);
std::string ToString(ApiVersion version);

// The API versions that an engine offers at `/version`.
struct EngineOffer {
  std::string engine;
  ApiVersion newest;
  ApiVersion oldest;
};

// INVALID_ARGUMENT for a body that is not what an engine answers.
absl::StatusOr<EngineOffer> ParseEngineOffer(std::string_view body);

// The newest version that both sides speak, or the pinned one. FAILED_PRECONDITION if there is none.
absl::StatusOr<ApiVersion> AgreeOnApi(const EngineOffer& offer, std::optional<ApiVersion> pinned);

}  // namespace swarmbell
