#pragma once

#include <string_view>
#include <vector>

namespace swarmbell {

// The settings that only one of the two programs has, so that the other can say where a misplaced one
// belongs. A test holds the lists to the programs' tables.
struct SettingsOwner {
  std::string_view program;  // `collector` or `notifier`
  std::vector<std::string_view> paths;
};

const std::vector<SettingsOwner>& SettingsOwners();

// The program that alone has a setting of this path, or has a group of this name; empty if none has. Not to
// be asked about a setting or group of one's own.
std::string_view OwnerOf(std::string_view path);

}  // namespace swarmbell
