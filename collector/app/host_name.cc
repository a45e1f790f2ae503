#include "collector/app/host_name.h"

#include <unistd.h>

#include <array>

namespace swarmbell {

std::string OwnHostName() {
  std::array<char, 256> name{};
  const bool known = gethostname(name.data(), name.size() - 1) == 0 && name[0] != '\0';
  return known ? name.data() : "collector";
}

}  // namespace swarmbell
