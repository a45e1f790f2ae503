#include "common/settings/changes.h"

namespace swarmbell {
namespace {

std::string Written(const SettingValue& value) { return value.yaml ? WriteYaml(*value.yaml) : value.text; }

}  // namespace

std::vector<std::string> ChangedSettings(const Settings& before, const Settings& after) {
  std::vector<std::string> changed;
  for (const Setting& setting : after.Table()) {
    if (Written(before.Value(setting.path)) != Written(after.Value(setting.path))) {
      changed.push_back(setting.path);
    }
  }
  return changed;
}

}  // namespace swarmbell
