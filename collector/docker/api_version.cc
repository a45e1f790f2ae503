#include "collector/docker/api_version.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

std::optional<int> ParseNumber(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

absl::Status NoCommonVersion(const EngineOffer& offer, const std::string& what) {
  return absl::FailedPreconditionError(absl::StrCat("Docker Engine ", offer.engine, " speaks API ",
                                                    ToString(offer.oldest), " to ", ToString(offer.newest),
                                                    "; ", what));
}

std::string Member(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

std::optional<ApiVersion> ParseApiVersion(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  const std::size_t dot = text.find('.');
  if (dot == text.npos) return std::nullopt;
  const auto major = ParseNumber(text.substr(0, dot));
  const auto minor = ParseNumber(text.substr(dot + 1));
  if (!major || !minor) return std::nullopt;
  return ApiVersion{*major, *minor};
}

std::string ToString(ApiVersion version) { return absl::StrCat(version.major, ".", version.minor); }

absl::StatusOr<EngineOffer> ParseEngineOffer(std::string_view body) {
  const nlohmann::json answer = nlohmann::json::parse(body, nullptr, false);
  if (!answer.is_object()) return absl::InvalidArgumentError("/version did not answer with a JSON object");
  const auto newest = ParseApiVersion(Member(answer, "ApiVersion"));
  if (!newest) return absl::InvalidArgumentError("/version names no ApiVersion: is this a Docker Engine?");
  return EngineOffer{Member(answer, "Version"), *newest,
                     ParseApiVersion(Member(answer, "MinAPIVersion")).value_or(ApiVersion{1, 12})};
}

absl::StatusOr<ApiVersion> AgreeOnApi(const EngineOffer& offer, std::optional<ApiVersion> pinned) {
  if (offer.newest < kOldestApi) {
    return NoCommonVersion(
        offer, absl::StrCat("at least API ", ToString(kOldestApi), " is needed: use Docker 17.05 or newer"));
  }
  const ApiVersion version = pinned.value_or(std::min(offer.newest, kNewestApi));
  if (version >= offer.oldest && version <= offer.newest) return version;
  if (pinned) {
    return NoCommonVersion(offer, absl::StrCat("DOCKER_API_VERSION asks for ", ToString(version),
                                               ": take it away, or name a version that the engine speaks"));
  }
  return NoCommonVersion(offer, absl::StrCat("this program speaks ", ToString(kOldestApi), " to ",
                                             ToString(kNewestApi), ": use a newer Swarmbell"));
}

}  // namespace swarmbell
