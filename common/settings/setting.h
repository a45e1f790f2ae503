#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

namespace swarmbell {

enum class SettingType {
  kString,
  kBool,
  kDuration,  // `10s`, `250ms`, `1m30s`, `4h`, `0`; never negative
  kInt,
  kList,     // strings: a YAML list, or a single one; at the top also text separated by commas
  kMap,      // names and texts, or a map with `keys`
  kRecords,  // a list of maps with `keys`; inline YAML in the environment
};

// One setting, or one key of a structured one, described once: loading, printing, help, the documents and the
// JSON Schema need nothing else. SettingsTable::Add() fills in the first four.
struct Setting {
  std::string path = {};  // where it is in the YAML, e.g. `poll.interval`
  SettingType type = SettingType::kString;
  std::string default_value = {};  // as the environment would write it
  std::string help = {};           // one line; what it does, its unit, what special values mean
  bool secret = false;
  // True if an empty file leaves a secret unset; otherwise it is an error.
  bool empty_file_is_unset = false;
  bool reloads = false;  // whether a SIGHUP puts a new value in force; a restart does for all
  // The words a string, or each string of a list, may be; any if empty.
  std::vector<std::string> choices = {};
  // The text of a problem with another word, e.g. `is no change`, by default with the choices; of a kMap
  // without `keys`: of a value that is not a map.
  std::string refusal = {};
  absl::Duration min_duration = absl::ZeroDuration();
  std::int64_t min_int = 0;
  std::int64_t max_int = std::numeric_limits<std::int64_t>::max();
  // A variable of another program, read when nothing else gives the setting a value, e.g. `DOCKER_HOST`. For
  // a bool any text means true, as docker has it.
  std::string foreign_variable = {};

  std::vector<Setting> keys = {};  // of a kMap or of each of kRecords
  // For a key of a map: what a problem says when it is left out, e.g. `has no name`; nothing if it may be.
  std::string required = {};
  // For the JSON Schema: a regular expression for the text, and what each of kRecords must meet besides.
  std::string pattern = {};
  std::string item_schema = {};
};

// `SWARMBELL_POLL_INTERVAL` for `poll.interval`.
std::string EnvironmentName(std::string_view path);

}  // namespace swarmbell
