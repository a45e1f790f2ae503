#include "common/settings/value.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/settings/nearest.h"

namespace swarmbell {
namespace {

std::optional<std::string> DurationProblem(const Setting& setting, const std::string& text) {
  const std::optional<absl::Duration> duration = ParseDuration(text);
  if (!duration) {
    return absl::StrCat(Quoted(text), " is not a duration (for example 10s, 250ms, 1m30s)");
  }
  if (*duration < setting.min_duration) {
    return absl::StrCat(Quoted(text), " is too short; at least ", absl::FormatDuration(setting.min_duration));
  }
  return std::nullopt;
}

std::optional<std::string> IntProblem(const Setting& setting, const std::string& text) {
  const std::optional<std::int64_t> number = ParseInt(text);
  if (!number) return absl::StrCat(Quoted(text), " is not a whole number");
  if (*number < setting.min_int)
    return absl::StrCat(Quoted(text), " is too small; at least ", setting.min_int);
  if (*number > setting.max_int)
    return absl::StrCat(Quoted(text), " is too large; at most ", setting.max_int);
  return std::nullopt;
}

// The length of the character that begins the text; 0 if none does.
std::size_t CharacterLength(std::string_view text) {
  const auto byte = [text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  // Longer than needed, half of a UTF-16 pair, or beyond the last character.
  const bool wrong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) > 0x9F) ||
                     (first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) > 0x8F);
  return wrong ? 0 : length;
}

}  // namespace

std::string EnvironmentName(std::string_view path) {
  std::string name = "SWARMBELL_";
  for (const char c : path) {
    const bool lower = c >= 'a' && c <= 'z';
    name += lower ? static_cast<char>(c - 'a' + 'A') : (c == '.' ? '_' : c);
  }
  return name;
}

std::optional<std::string> ChoiceProblem(const Setting& setting, const std::string& word) {
  const auto& choices = setting.choices;
  if (choices.empty() || std::find(choices.begin(), choices.end(), word) != choices.end())
    return std::nullopt;
  const std::string refusal =
      setting.refusal.empty() ? absl::StrCat("is none of ", absl::StrJoin(choices, ", ")) : setting.refusal;
  return absl::StrCat(Quoted(word), " ", refusal, DidYouMean(word, choices));
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = CharacterLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::optional<bool> ParseBool(const std::string& text) {
  const std::string word = absl::AsciiStrToLower(text);
  if (word == "true" || word == "yes" || word == "on" || word == "1") return true;
  if (word == "false" || word == "no" || word == "off" || word == "0") return false;
  return std::nullopt;
}

std::optional<std::int64_t> ParseInt(const std::string& text) {
  std::int64_t number = 0;
  if (!absl::SimpleAtoi(text, &number)) return std::nullopt;
  return number;
}

std::optional<absl::Duration> ParseDuration(const std::string& text) {
  absl::Duration duration;
  if (!absl::ParseDuration(text, &duration)) return std::nullopt;
  if (duration < absl::ZeroDuration() || duration > absl::Hours(24 * 3653)) return std::nullopt;
  return duration;
}

std::vector<std::string> SplitList(const std::string& text) {
  std::vector<std::string> parts;
  for (const auto piece : absl::StrSplit(text, ',')) {
    const auto trimmed = absl::StripAsciiWhitespace(piece);
    if (!trimmed.empty()) parts.emplace_back(trimmed);
  }
  return parts;
}

YamlNode TextNode(const Setting& setting, const std::string& text) {
  return setting.type == SettingType::kList ? YamlNode::List(SplitList(text)) : YamlNode::Scalar(text);
}

std::string TrimNewlines(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

std::optional<std::string> ValueProblem(const Setting& setting, const std::string& text) {
  if (text.find('\0') != std::string::npos) {
    return "holds a zero byte, as text in UTF-16 does; save it as UTF-8";
  }
  // A server takes blanks for no token at all, and then takes every caller.
  if (setting.secret && !text.empty() && text.find_first_not_of(" \t\r\n") == std::string::npos) {
    return "has nothing but blanks in it; give the secret, or leave the setting out";
  }
  if (!IsUtf8(text)) return "is not UTF-8 text; write it in UTF-8";
  switch (setting.type) {
    case SettingType::kDuration:
      return DurationProblem(setting, text);
    case SettingType::kInt:
      return IntProblem(setting, text);
    case SettingType::kBool:
      if (!ParseBool(text)) return absl::StrCat(Quoted(text), " is neither true nor false");
      return std::nullopt;
    case SettingType::kString:
      return ChoiceProblem(setting, text);
    case SettingType::kList:
    case SettingType::kMap:
    case SettingType::kRecords:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace swarmbell
