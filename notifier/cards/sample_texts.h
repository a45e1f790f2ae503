#pragma once

#include <string_view>
#include <vector>

#include "notifier/config/notifier_config.h"

namespace swarmbell::cards {

// A sample as text: the resource and the details of each event, in protobuf's text format. samples.cc adds
// the part that all events share.
struct SampleText {
  std::string_view rule;
  Color color;
  std::vector<std::string_view> events;
};

std::vector<SampleText> NodeSamples();
std::vector<SampleText> ServiceSamples();
std::vector<SampleText> UpdateSamples();
std::vector<SampleText> HealthSamples();
std::vector<SampleText> FailureSamples();
std::vector<SampleText> StorySamples();

// 2026-11-22 12:44:05 UTC: when all samples were seen. The texts' times are around it.
inline constexpr long long kSampleTime = 1795351445;

}  // namespace swarmbell::cards
