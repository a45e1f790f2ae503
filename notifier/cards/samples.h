#pragma once

#include <string>
#include <vector>

#include "notifier/alert/alert_group.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// A card of each kind with believable values, for previews, tests and the documentation.
struct Sample {
  std::string rule;  // the built-in rule that tells it; for stories of several rules a name of its own
  Color color = Color::kBlue;
  std::vector<v1::ChangeEvent> events;  // those that share the card; never empty
  bool digest = false;
};

// One sample for each built-in rule, and after them a few stories that several rules tell.
std::vector<Sample> Samples();

// The events of all samples, in order.
std::vector<v1::ChangeEvent> SampleEvents();

// The sample as the pipeline would hand it to the cards.
AlertGroup SampleGroup(const Sample& sample);

// Links as a configuration might have them.
std::vector<LinkConfig> SampleLinks();

}  // namespace swarmbell
