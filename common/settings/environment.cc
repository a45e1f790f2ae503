#include <unistd.h>

#include <string>
#include <utility>

#include "common/settings/settings.h"

extern char** environ;

namespace swarmbell {

SettingsInput SettingsInput::FromProcess(std::string config_file) {
  SettingsInput input;
  input.config_file = std::move(config_file);
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    const std::string text = *variable;
    const auto equals = text.find('=');
    if (equals != std::string::npos)
      input.environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return input;
}

}  // namespace swarmbell
