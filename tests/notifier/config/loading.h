#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "notifier/config/load.h"

namespace swarmbell {

using Variables = std::map<std::string, std::string>;

inline SettingsInput Input(const std::string& yaml, Variables variables = {}) {
  SettingsInput input;
  input.environment = std::move(variables);
  if (!yaml.empty()) input.environment["SWARMBELL_CONFIG_YAML"] = yaml;
  return input;
}

// The configuration, which must be a good one.
inline LoadedNotifierConfig Loaded(const std::string& yaml, Variables variables = {}) {
  const auto loaded = LoadNotifierConfig(Input(yaml, std::move(variables)));
  EXPECT_TRUE(loaded.ok()) << std::string(loaded.status().message());
  return loaded.ok() ? *loaded : LoadedNotifierConfig{};
}

// The errors in it, one line each.
inline std::vector<std::string> Faults(const std::string& yaml, Variables variables = {}) {
  const auto loaded = LoadNotifierConfig(Input(yaml, std::move(variables)));
  if (loaded.ok()) return {};
  EXPECT_EQ(loaded.status().code(), absl::StatusCode::kInvalidArgument);
  return absl::StrSplit(std::string(loaded.status().message()), '\n');
}

}  // namespace swarmbell
