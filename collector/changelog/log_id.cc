#include "collector/changelog/log_id.h"

#include <cstdint>
#include <random>

#include "absl/strings/str_cat.h"

namespace swarmbell {

std::string NewLogId() {
  std::random_device random;
  std::string id;
  for (int i = 0; i < 4; ++i) {
    absl::StrAppend(&id, absl::Hex(static_cast<std::uint32_t>(random()), absl::kZeroPad8));
  }
  return id;
}

}  // namespace swarmbell
