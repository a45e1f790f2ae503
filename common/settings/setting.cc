#include "common/settings/setting.h"

namespace swarmbell {

std::string EnvironmentName(std::string_view path) {
  std::string name = "SWARMBELL_";
  for (const char c : path) {
    const bool lower = c >= 'a' && c <= 'z';
    name += lower ? static_cast<char>(c - 'a' + 'A') : (c == '.' ? '_' : c);
  }
  return name;
}

}  // namespace swarmbell
