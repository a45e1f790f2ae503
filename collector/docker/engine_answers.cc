#include "collector/docker/engine_answers.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
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

constexpr std::size_t kLongestWords = 500;

struct Meaning {
  int status;
  const char* words;  // a part of the engine's words; empty for any
  absl::StatusCode code;
  const char* advice;
};

// The first match counts. The words are those of Docker 17.05 to 29.7.
constexpr Meaning kMeanings[] = {
    {503, "Worker nodes can't be used", absl::StatusCode::kFailedPrecondition,
     "run the collector on a manager, or promote this node with `docker node promote`"},
    {503, "Use \"docker swarm init\"", absl::StatusCode::kFailedPrecondition,
     "this engine is in no swarm: run the collector on a manager, or make a swarm with `docker swarm init`"},
    {503, "Manager is being prepared", absl::StatusCode::kUnavailable,
     "this node is becoming a manager: wait, or check that the other managers are reachable"},
    {503, "needs to be unlocked", absl::StatusCode::kFailedPrecondition,
     "unlock this manager with `docker swarm unlock`"},
    {503, "certificates have expired", absl::StatusCode::kFailedPrecondition,
     "this node's swarm certificate is too old: let it leave the swarm and join again"},
    {503, "not a swarm manager", absl::StatusCode::kFailedPrecondition,
     "run the collector on a manager, or promote this node with `docker node promote`"},
    {503, "", absl::StatusCode::kUnavailable,
     "the engine is not ready: it may be starting, stopping or changing roles"},
    {500, "does not have a leader", absl::StatusCode::kUnavailable,
     "bring back enough managers: more than half of them must be online"},
    {500, "context deadline exceeded", absl::StatusCode::kUnavailable,
     "the swarm's leader does not answer: check that more than half of the managers are online"},
    {500, "received message larger than max", absl::StatusCode::kUnavailable,
     "this swarm is too large for engines before 18.09: update them"},
    {400, "HTTP request to an HTTPS server", absl::StatusCode::kFailedPrecondition,
     "the engine wants TLS: set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH"},
    {400, "", absl::StatusCode::kFailedPrecondition,
     "the engine rejects such requests: is this a Docker Engine?"},
    {401, "", absl::StatusCode::kPermissionDenied,
     "a proxy in front of the engine asks for a login: allow GET requests without one"},
    {403, "", absl::StatusCode::kPermissionDenied,
     "a proxy in front of the engine forbids it: allow GET of /version, /info, /services, /nodes, /tasks, "
     "/networks, /secrets, /configs, /swarm, /containers/json and /events"},
    {404, "", absl::StatusCode::kNotFound, "is this a Docker Engine?"},
};

const Meaning* FindMeaning(int status, const std::string& words) {
  for (const Meaning& meaning : kMeanings) {
    if (meaning.status == status && absl::StrContains(words, meaning.words)) return &meaning;
  }
  return nullptr;
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
                                               ": unset it, or name a version that the engine speaks"));
  }
  return NoCommonVersion(offer, absl::StrCat("this program speaks ", ToString(kOldestApi), " to ",
                                             ToString(kNewestApi), ": use a newer Swarmbell"));
}

std::string EngineWords(std::string_view body) {
  std::string words(body);
  const nlohmann::json answer = nlohmann::json::parse(body, nullptr, false);
  if (answer.is_object() && answer.contains("message") && answer["message"].is_string()) {
    words = answer["message"].get<std::string>();
  }
  if (words.size() > kLongestWords) {
    // Cuts at a blank: masking would not recognise half a secret.
    const std::size_t blank = words.find_last_of(" \t\r\n", kLongestWords);
    words.resize(blank == std::string::npos ? kLongestWords : blank);
  }
  for (char& c : words) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) c = ' ';
    if (!absl::ascii_isascii(static_cast<unsigned char>(c))) c = '?';
  }
  absl::StripAsciiWhitespace(&words);
  return words;
}

bool RefusesApiVersion(const HttpResponse& answer) {
  return answer.status == 400 &&
         (absl::StrContains(answer.body, "is too new") || absl::StrContains(answer.body, "is too old"));
}

absl::Status EngineRefusal(const HttpResponse& answer, const std::string& what, const std::string& engine) {
  const std::string words = EngineWords(answer.body);
  const std::string text = absl::StrCat(what, ": ", engine, " answered ", answer.status,
                                        words.empty() ? "" : absl::StrCat(": \"", words, "\""));
  if (RefusesApiVersion(answer)) {
    return absl::FailedPreconditionError(
        absl::StrCat(text, "; unset DOCKER_API_VERSION, or name a version that the engine speaks"));
  }
  if (const Meaning* meaning = FindMeaning(answer.status, words)) {
    return absl::Status(meaning->code, absl::StrCat(text, "; ", meaning->advice));
  }
  if (answer.status >= 500) return absl::UnavailableError(text);
  return absl::UnknownError(text);
}

}  // namespace swarmbell
