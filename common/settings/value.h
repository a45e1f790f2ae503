#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "common/settings/setting.h"
#include "common/settings/yaml_node.h"

namespace swarmbell {

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

// `10s`, `250ms`, `1m30s`, `4h`, `1.5h` or `0`. Nothing for anything else, and for what is negative, endless
// or longer than ten years.
std::optional<absl::Duration> ParseDuration(const std::string& text);

// The parts between commas, without blanks around them and without empty ones.
std::vector<std::string> SplitList(const std::string& text);

// A text as the value of a setting: a list for kList, else a scalar.
YamlNode TextNode(const Setting& setting, const std::string& text);

// The text without the line ends at its end.
std::string TrimNewlines(std::string text);

}  // namespace swarmbell
