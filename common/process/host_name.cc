#include "common/process/host_name.h"

#include <unistd.h>

#include <array>

namespace swarmbell {

std::string OwnHostName(const std::string& fallback) {
  std::array<char, 256> name{};
  const bool known = gethostname(name.data(), name.size() - 1) == 0 && name[0] != '\0';
  return known ? name.data() : fallback;
}

}  // namespace swarmbell
