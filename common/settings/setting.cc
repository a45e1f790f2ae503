#include "common/settings/setting.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <type_traits>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace swarmbell {
namespace {

constexpr std::size_t kLongestWord = 128;  // only the beginning of longer words is compared
constexpr std::size_t kLongestQuote = 80;

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

template <typename Value, typename... Others>
constexpr bool kIsOneOf = (std::is_same_v<Value, Others> || ...);

template <typename Value>
SettingType TypeOf(const Value& value) {
  if constexpr (kIsOneOf<Value, bool, std::optional<bool>>) return SettingType::kBool;
  if constexpr (kIsOneOf<Value, int, std::size_t>) return SettingType::kInt;
  if constexpr (std::is_same_v<Value, absl::Duration>) return SettingType::kDuration;
  if constexpr (std::is_same_v<Value, std::vector<std::string>>) return SettingType::kList;
  if constexpr (std::is_same_v<Value, std::map<std::string, std::string>>) return SettingType::kMap;
  if constexpr (std::is_same_v<Value, YamlNode>) {
    return value.IsMap() ? SettingType::kMap : SettingType::kRecords;
  }
  return SettingType::kString;
}

// The value as the YAML would give it.
YamlNode Shown(const std::string& value) { return YamlNode::Scalar(value); }
YamlNode Shown(const SecretString&) { return YamlNode::Scalar(""); }
YamlNode Shown(bool value) { return YamlNode::Scalar(value ? "true" : "false"); }
YamlNode Shown(const std::optional<bool>& value) { return value ? Shown(*value) : YamlNode::Scalar(""); }
YamlNode Shown(int value) { return YamlNode::Scalar(absl::StrCat(value)); }
YamlNode Shown(std::size_t value) { return YamlNode::Scalar(absl::StrCat(value)); }
YamlNode Shown(absl::Duration value) { return YamlNode::Scalar(absl::FormatDuration(value)); }
YamlNode Shown(const std::vector<std::string>& words) {
  return words.size() == 1 ? YamlNode::Scalar(words[0]) : YamlNode::List(words);
}
YamlNode Shown(const std::map<std::string, std::string>& texts) {
  YamlNode map = YamlNode::Map();
  for (const auto& [name, text] : texts) map.Put(name, YamlNode::Scalar(text));
  return map;
}
YamlNode Shown(const YamlNode& value) { return value; }

void PutInto(const YamlNode& node, std::string& value) { value = node.scalar; }
void PutInto(const YamlNode& node, SecretString& value) { value = SecretString(node.scalar); }
void PutInto(const YamlNode& node, bool& value) { value = ParseBool(node.scalar).value_or(value); }
void PutInto(const YamlNode& node, std::optional<bool>& value) { value = ParseBool(node.scalar); }
void PutInto(const YamlNode& node, int& value) {
  value = static_cast<int>(ParseInt(node.scalar).value_or(value));
}
void PutInto(const YamlNode& node, std::size_t& value) {
  if (const auto number = ParseInt(node.scalar)) value = static_cast<std::size_t>(*number);
}
void PutInto(const YamlNode& node, absl::Duration& value) {
  value = ParseDuration(node.scalar).value_or(value);
}
void PutInto(const YamlNode& node, std::vector<std::string>& words) {
  words.clear();
  for (const YamlNode& item : node.items) words.push_back(item.scalar);
}
void PutInto(const YamlNode& node, std::map<std::string, std::string>& texts) {
  for (const auto& [name, text] : node.entries) texts[name] = text.scalar;
}
void PutInto(const YamlNode& node, YamlNode& value) { value = node; }

std::string DefaultText(const YamlNode& shown) {
  std::vector<std::string> words;
  for (const YamlNode& item : shown.items) words.push_back(item.scalar);
  return shown.IsList() ? absl::StrJoin(words, ",") : shown.scalar;
}

// A word this far from another one is a mistyped one.
constexpr std::size_t kTypo = 2;

// How many parts `longer` has more than `word`, if it has those of `word`, two or more, in their order: 1 for
// SLACK_URL and SLACK_WEBHOOK_URL. Parts stand between dots and underscores.
std::optional<std::size_t> MoreParts(const std::string& longer, const std::string& word) {
  const std::vector<std::string> parts = absl::StrSplit(word, absl::ByAnyChar("._"));
  const std::vector<std::string> others = absl::StrSplit(longer, absl::ByAnyChar("._"));
  auto part = parts.begin();
  for (const std::string& other : others) {
    if (part != parts.end() && *part == other) ++part;
  }
  if (parts.size() < 2 || part != parts.end()) return std::nullopt;
  return others.size() - parts.size();
}

}  // namespace

std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> older;
  std::vector<std::size_t> old(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) old[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({old[j] + 1, row[j - 1] + 1, old[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], older[j - 2] + 1);
    }
    older = old;
    old.swap(row);
  }
  return old[b.size()];
}

std::optional<std::string> Nearest(std::string_view word, const std::vector<std::string>& candidates) {
  word = word.substr(0, kLongestWord);
  std::optional<std::string> best;
  std::size_t best_distance = std::max<std::size_t>(kTypo, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = EditDistance(word, candidate);
    if (distance >= best_distance || distance >= candidate.size()) continue;
    best_distance = distance;
    best = candidate;
  }
  if (best && best_distance <= kTypo) return best;
  std::optional<std::size_t> fewest;
  for (const std::string& candidate : candidates) {
    const std::optional<std::size_t> more = MoreParts(candidate, std::string(word));
    if (!more || (fewest && *more >= *fewest)) continue;
    fewest = more;
    best = candidate;
  }
  return best;
}

std::string DidYouMean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::optional<std::string> nearest = Nearest(word, candidates);
  return nearest ? absl::StrCat("; did you mean \"", *nearest, "\"?") : std::string();
}

std::string Quoted(std::string_view text) {
  std::string shown(text);
  if (const auto scheme = shown.find("://"); scheme != std::string::npos) {
    shown = shown.substr(0, scheme + 3) + "…";
  } else if (shown.size() > kLongestQuote) {
    shown = absl::CEscape(shown.substr(0, kLongestQuote)) + "…";
    return absl::StrCat("\"", shown, "\"");
  }
  return absl::StrCat("\"", absl::Utf8SafeCEscape(shown), "\"");
}

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

std::string TrimBlankLines(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return "";
  const std::size_t line = text.substr(0, first).rfind('\n');
  if (line != std::string_view::npos) text.remove_prefix(line + 1);
  return std::string(text.substr(0, text.find_last_not_of(" \t\r\n") + 1));
}

std::optional<std::string> ValueProblem(const Setting& setting, const std::string& text) {
  if (text.find('\0') != std::string::npos) {
    return "holds a zero byte, as text in UTF-16 does; save it as UTF-8";
  }
  // To a server, blanks are no token, and without a token it accepts every caller.
  if (setting.secret && !text.empty() && text.find_first_not_of(" \t\r\n") == std::string::npos) {
    return "holds only blanks; give the secret, or leave the setting out";
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

void SettingsTable::Add(const SettingTarget& target, std::string path, std::string help, Setting about) {
  about.path = std::move(path);
  about.help = std::move(help);
  std::visit(
      [&about](const auto* value) {
        about.type = TypeOf(*value);
        about.default_value = DefaultText(Shown(*value));
      },
      target);
  if (std::holds_alternative<int*>(target)) {
    about.max_int = std::min<std::int64_t>(about.max_int, std::numeric_limits<int>::max());
  }
  rows_.push_back(std::move(about));
  targets_.push_back(target);
}

const Setting& SettingsTable::Of(const void* variable) const {
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    const void* filled = std::visit([](const auto* value) -> const void* { return value; }, targets_[row]);
    if (filled == variable) return rows_[row];
  }
  std::abort();
}

void SettingsTable::Put(std::size_t row, const YamlNode& value) const {
  std::visit([&value](auto* variable) { PutInto(value, *variable); }, targets_[row]);
}

YamlNode SettingsTable::Show() const {
  YamlNode map = YamlNode::Map();
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    YamlNode shown = std::visit([](const auto* value) { return Shown(*value); }, targets_[row]);
    const bool structured = std::holds_alternative<YamlNode*>(targets_[row]);
    const bool empty = shown.scalar.empty() && shown.items.empty() && shown.entries.empty();
    const bool same = shown.IsScalar() ? shown.scalar == rows_[row].default_value : empty;
    if (structured || !same) map.Put(rows_[row].path, std::move(shown));
  }
  return map;
}

}  // namespace swarmbell
