#pragma once

#include <vector>

#include "notifier/alert/alert_group.h"
#include "notifier/cards/story.h"

namespace swarmbell::cards {

// A change that is to be told, and what it says.
struct Told {
  const Alert* alert = nullptr;
  Story story;
  bool overtaken = false;  // a later step of the same update is told too
};

// The stories of the alerts without those that another alert already includes: earlier steps of an update,
// each of several failed tasks. In the order of the alerts; not empty unless `alerts` is.
std::vector<Told> TellAll(const std::vector<Alert>& alerts);

// The one that makes the title.
const Told& Headline(const std::vector<Told>& told, Color color);

// The headline's story with what the others add.
Story Combine(const std::vector<Told>& told, const Told& headline);

}  // namespace swarmbell::cards
