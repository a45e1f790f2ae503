#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/http/http_client.h"

namespace swarmbell {

// The meaning of an engine's answers that hold no list: the API versions it offers, and refusals. Pure
// functions.

// A version of the Docker Engine API, such as 1.41.
struct ApiVersion {
  int major = 0;
  int minor = 0;
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 misreads the generated comparison
  friend auto operator<=>(const ApiVersion&, const ApiVersion&) = default;
};

// The versions that this program supports: Docker 17.05 has 1.29; 1.55 is the newest that was tested.
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

// The newest version that both sides support, or the pinned one. FAILED_PRECONDITION if there is none.
absl::StatusOr<ApiVersion> AgreeOnApi(const EngineOffer& offer, std::optional<ApiVersion> pinned);

// The reason in the body of an answer other than 200: the JSON member `message`, or the text itself. One line
// of ASCII, at most 500 bytes.
std::string EngineWords(std::string_view body);

// True if the engine refused only the API version of the request.
bool RefusesApiVersion(const HttpResponse& answer);

// The error for an answer other than 200, as EngineClient's contract wants it. `what` names the attempt, for
// example `cannot read /services`, `engine` the engine that answered.
absl::Status EngineRefusal(const HttpResponse& answer, const std::string& what, const std::string& engine);

}  // namespace swarmbell
