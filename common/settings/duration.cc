#include "common/settings/duration.h"

namespace swarmbell {

std::optional<absl::Duration> ParseDuration(const std::string& text) {
  absl::Duration duration;
  if (!absl::ParseDuration(text, &duration)) return std::nullopt;
  if (duration < absl::ZeroDuration() || duration > absl::Hours(24 * 3653)) return std::nullopt;
  return duration;
}

}  // namespace swarmbell
