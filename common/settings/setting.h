#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "common/settings/yaml.h"

namespace swarmbell {

// A value that must not be shown. It has no operator<< and no conversion: to read it, call Reveal().
class SecretString {
 public:
  SecretString() = default;
  explicit SecretString(std::string value) : value_(std::move(value)) {}

  const std::string& Reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

  friend bool operator==(const SecretString&, const SecretString&) = default;

 private:
  std::string value_;
};

// Shown instead of a secret that is set.
inline constexpr char kSecretPlaceholder[] = "••••";

enum class SettingType {
  kString,
  kBool,
  kDuration,  // `10s`, `250ms`, `1m30s`, `4h`, `0`; never negative
  kInt,
  kList,     // strings: a YAML list, or a single one; at the top also text separated by commas
  kMap,      // names and texts, or a map with `keys`
  kRecords,  // a list of maps with `keys`; inline YAML in the environment
};

// The description of one setting, or of one key of a structured one. Loading, printing, help, the documents
// and the JSON Schema are all derived from it. SettingsTable::Add() fills in the first four members.
struct Setting {
  std::string path = {};  // where it is in the YAML, e.g. `poll.interval`
  SettingType type = SettingType::kString;
  std::string default_value = {};  // as the environment would write it
  std::string help = {};           // one line: purpose, unit, special values
  bool secret = false;
  // True if an empty file leaves a secret unset; otherwise it is an error.
  bool empty_file_is_unset = false;
  bool reloads = false;  // whether SIGHUP applies a new value; a restart applies all
  // The allowed values of a string, or of each string of a list; any if empty.
  std::vector<std::string> choices = {};
  // The problem of a value that is not among the choices, e.g. `is no change`; by default it lists them. For
  // a kMap without `keys`: the problem of a value that is not a map.
  std::string refusal = {};
  absl::Duration min_duration = absl::ZeroDuration();
  std::int64_t min_int = 0;
  std::int64_t max_int = std::numeric_limits<std::int64_t>::max();
  // A variable of another program that is used when no other source sets the value, e.g. `DOCKER_HOST`. For a
  // bool any text means true, as in docker.
  std::string foreign_variable = {};

  std::vector<Setting> keys = {};  // of a kMap or of each of kRecords
  // For a key of a map: the problem when it is missing, e.g. `has no name`; empty if it is optional.
  std::string required = {};
  // For the JSON Schema: a regular expression for the text, and further conditions for each of kRecords.
  std::string pattern = {};
  std::string item_schema = {};
};

// `SWARMBELL_POLL_INTERVAL` for `poll.interval`.
std::string EnvironmentName(std::string_view path);

// The number of single-character insertions, removals, replacements and swaps of neighbours that turn one
// word into the other.
std::size_t EditDistance(std::string_view a, std::string_view b);

// The candidate that was meant by `word`: one that is a typing error away, else one that has all of its parts
// and the fewest more, else the most similar one, if it is similar enough. The first of equals.
std::optional<std::string> Nearest(std::string_view word, const std::vector<std::string>& candidates);

// `; did you mean "poll.interval"?`, or nothing if no candidate is similar enough.
std::string DidYouMean(std::string_view word, const std::vector<std::string>& candidates);

// `"text"` for an error message: long text is cut, control characters are escaped, and of a URL only the
// scheme is shown, because the rest may be a secret.
std::string Quoted(std::string_view text);

// The error in a text as the value of a setting, e.g. `"10 parsecs" is not a duration (for example 10s,
// 250ms, 1m30s)`; unset if it is valid. Never shows a secret.
std::optional<std::string> ValueProblem(const Setting& setting, const std::string& text);

// The error in one word of a list, or in a text, that may be only one of the setting's choices.
std::optional<std::string> ChoiceProblem(const Setting& setting, const std::string& word);

// True if the text is UTF-8 (RFC 3629), as every text in a protobuf message must be.
bool IsUtf8(std::string_view text);

// `true`, `yes`, `on`, `1` and their opposites, in any case.
std::optional<bool> ParseBool(const std::string& text);

std::optional<std::int64_t> ParseInt(const std::string& text);

// Parses `10s`, `250ms`, `1m30s`, `4h`, `1.5h` or `0`. Nothing for any other text, and for negative, infinite
// or longer than ten years.
std::optional<absl::Duration> ParseDuration(const std::string& text);

// The parts between commas, without blanks around them and without empty ones.
std::vector<std::string> SplitList(const std::string& text);

// A text as the value of a setting: a list for kList, otherwise a scalar.
YamlNode TextNode(const Setting& setting, const std::string& text);

// The text without blank lines before it and without blanks after it. Its first line keeps its indentation,
// which means something in YAML.
std::string TrimBlankLines(std::string_view text);

// The variable that stores a setting. Its type determines the setting's type: a YamlNode stores a structured
// setting, an optional stays unset when no source sets it.
using SettingTarget =
    std::variant<std::string*, SecretString*, bool*, std::optional<bool>*, int*, std::size_t*,
                 absl::Duration*, std::vector<std::string>*, std::map<std::string, std::string>*, YamlNode*>;

// The settings of a program, or the keys of a structured setting, each with the variable that stores it. A
// setting is written in this one place: a new one is a member of a struct, which determines type and default,
// and one Add(). The variables must outlive the table.
class SettingsTable {
 public:
  // `about` holds further properties.
  void Add(const SettingTarget& target, std::string path, std::string help, Setting about = {});

  const std::vector<Setting>& Rows() const { return rows_; }
  // The setting that a variable stores. Aborts for any other variable, which is a bug.
  const Setting& Of(const void* variable) const;

  // Stores a checked value in the variable of a row; a list as a list, everything else as a scalar.
  void Put(std::size_t row, const YamlNode& value) const;
  // The variables that differ from their defaults, as the map that would set them.
  YamlNode Show() const;

 private:
  std::vector<Setting> rows_;
  std::vector<SettingTarget> targets_;
};

}  // namespace swarmbell
