#include "notifier/delivery/answer_words.h"

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"

namespace swarmbell {
namespace {

constexpr std::size_t kMaxWord = 60;
constexpr std::size_t kMaxJson = 8192;
constexpr std::size_t kShortestSecret = 6;

std::string CodeOf(const std::string& body) {
  if (body.size() > kMaxJson || body.empty() || body.front() != '{') return body;
  const auto json = nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("error")) return "";
  const auto& error = json["error"];
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

}  // namespace

std::string AnswerWord(const std::string& body, const std::string& url) {
  const std::string word(absl::StripAsciiWhitespace(CodeOf(body)));
  return IsWord(word) && !IsPartOf(word, url) ? word : "";
}

}  // namespace swarmbell
