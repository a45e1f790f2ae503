#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace swarmbell {

// The labels that say whose change of a service it is, and of which revision of its source. See ChangeOrigin
// in change_event.proto.
inline constexpr std::string_view kByLabel = "swarmbell.by";
inline constexpr std::string_view kPipelineLabel = "swarmbell.pipeline";
inline constexpr std::string_view kRevisionLabel = "swarmbell.revision";
inline constexpr std::string_view kSourceLabel = "swarmbell.source";
// Builders of images write these; they count where the label of Swarmbell is missing.
inline constexpr std::string_view kImageRevisionLabel = "org.opencontainers.image.revision";
inline constexpr std::string_view kImageSourceLabel = "org.opencontainers.image.source";

inline constexpr std::array<std::string_view, 6> kOriginLabels = {
    kByLabel, kPipelineLabel, kRevisionLabel, kSourceLabel, kImageRevisionLabel, kImageSourceLabel};

inline bool IsOriginLabel(std::string_view name) {
  return std::find(kOriginLabels.begin(), kOriginLabels.end(), name) != kOriginLabels.end();
}

}  // namespace swarmbell
