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
  kList,  // strings: a YAML list, or text separated by commas
  kYaml,  // a structured part; inline YAML in the environment
};

// One setting, declared: everything that loading, printing, help and documentation need to know of it.
struct Setting {
  std::string path;  // where it is in the YAML, e.g. `poll.interval`
  SettingType type = SettingType::kString;
  std::string default_value = {};  // as the environment would write it
  std::string help;                // one line; what it does, its unit, what special values mean
  bool secret = false;
  // Whether a file with nothing in it leaves a secret unset; else it is a fault.
  bool empty_file_is_unset = false;
  bool reloads = false;  // whether a SIGHUP puts a new value in force; a restart does for all
  // The words a string may be; any if empty.
  std::vector<std::string> choices = {};
  absl::Duration min_duration = absl::ZeroDuration();
  std::int64_t min_int = 0;
  std::int64_t max_int = std::numeric_limits<std::int64_t>::max();
  // A variable of another program, read when nothing else gives the setting a value, e.g. `DOCKER_HOST`. For
  // a bool any text means true, as docker has it.
  std::string foreign_variable = {};
};

// `SWARMBELL_POLL_INTERVAL` for `poll.interval`.
std::string EnvironmentName(std::string_view path);

}  // namespace swarmbell
