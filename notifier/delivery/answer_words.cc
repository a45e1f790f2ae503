#include "notifier/delivery/answer_words.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace swarmbell {
namespace {

constexpr std::size_t kMaxWord = 60;
constexpr std::size_t kMaxJson = 8192;
constexpr std::size_t kShortestSecret = 6;

using Json = nlohmann::json;

// Discarded when the body is no JSON object, or one that is too long for an error.
Json ObjectIn(const std::string& body) {
  const absl::string_view text = absl::StripLeadingAsciiWhitespace(body);
  if (body.size() > kMaxJson || text.empty() || text.front() != '{') return Json(Json::value_t::discarded);
  return Json::parse(body, nullptr, /*allow_exceptions=*/false);
}

std::string CodeOf(const std::string& body) {
  const Json json = ObjectIn(body);
  if (!json.is_object()) return body;
  if (!json.contains("error")) return "";
  const Json& error = json["error"];
  if (error.is_string()) return error.get<std::string>();
  if (!error.is_object() || !error.contains("code") || !error["code"].is_string()) return "";
  return error["code"].get<std::string>();
}

bool IsWord(const std::string& text) {
  return !text.empty() && text.size() <= kMaxWord && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
  });
}

bool IsPartOf(const std::string& word, const std::string& url) {
  if (absl::StrContains(url, word)) return true;
  const std::vector<std::string> parts = absl::StrSplit(url, absl::ByAnyChar("/?&=#@:%"));
  return std::any_of(parts.begin(), parts.end(), [&](const std::string& part) {
    return part.size() >= kShortestSecret && absl::StrContains(word, part);
  });
}

// `error: false` and the like say that there is none.
bool IsError(const Json& error) {
  return error.is_object() || (error.is_string() && !error.get<std::string>().empty());
}

// Whether a text begins as the connector behind a flow begins its errors. Elsewhere in a text the same words
// may be those of the message, which a flow may answer with. `text` is in lower case.
bool IsConnectorError(absl::string_view text) {
  return absl::StartsWith(text, "webhook message delivery failed") ||
         absl::StartsWith(text, "summary or text is required");
}

}  // namespace

std::string AnswerWord(const std::string& body, const std::string& url) {
  const std::string word(absl::StripAsciiWhitespace(CodeOf(body)));
  return IsWord(word) && !IsPartOf(word, url) ? word : "";
}

std::optional<bool> SaysSuccess(const std::string& body) {
  const Json json = ObjectIn(body);
  if (!json.is_object()) return std::nullopt;
  for (const char* key : {"ok", "success"}) {
    if (json.contains(key) && json[key].is_boolean()) return json[key].get<bool>();
  }
  return std::nullopt;
}

bool HoldsError(const std::string& body) {
  if (const Json json = ObjectIn(body); json.is_object()) {
    const bool status = json.contains("statusCode") && json["statusCode"].is_number_integer() &&
                        json["statusCode"].get<std::int64_t>() >= 400;
    return status || (json.contains("error") && IsError(json["error"]));
  }
  const std::string text = absl::AsciiStrToLower(absl::StripAsciiWhitespace(body.substr(0, kMaxJson)));
  if (text.empty() || text.front() == '{' || text.front() == '[') return false;
  if (text.front() == '<') return absl::StrContains(text, "<html") || absl::StrContains(text, "<!doctype");
  return StatusInText(body) != 0 || IsConnectorError(text);
}

int StatusInText(const std::string& body) {
  constexpr absl::string_view kSign = "HTTP error ";
  const std::size_t at = body.find(kSign.data());
  int status = 0;
  if (at == std::string::npos || !absl::SimpleAtoi(body.substr(at + kSign.size(), 3), &status)) return 0;
  return status;
}

}  // namespace swarmbell
