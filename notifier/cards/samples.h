#pragma once

#include <string>
#include <vector>

#include "notifier/alert/alert_group.h"
#include "notifier/config/notifier_config.h"
#include "notifier/feed/last_words.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// A card of each kind with believable values, for previews, tests and the documents. The changes are data:
// notifier/cards/samples/*.textproto, compiled into the program.
struct Sample {
  std::string rule;  // the built-in rule that the changes match; of several rules, a name of its own
  Color color = Color::kBlue;
  std::vector<v1::ChangeEvent> events;  // those on the card; never empty
  bool digest = false;
  std::vector<Color> event_colors = {};      // of a digest: the colour of each event
  std::vector<v1::ChangeEvent> before = {};  // see AlertGroup::before
  LastWords last_words = {};                 // of the task that failed
};

// One sample for each built-in rule, then some of several rules together.
std::vector<Sample> Samples();

// The events of all samples, in order.
std::vector<v1::ChangeEvent> SampleEvents();

// The alerts that BuildCard() makes the sample's card of, each with the built-in rule that rings for it.
AlertGroup SampleGroup(const Sample& sample);

// Links as a configuration may have them.
std::vector<LinkConfig> SampleLinks();

}  // namespace swarmbell
