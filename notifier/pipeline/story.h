#pragma once

#include <string>

#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// What a change is a part of: changes with equal stories may share a card. One object is one story; the tasks
// of a service are part of the service's. What several services share is a story of its own.
std::string StoryOf(const v1::ChangeEvent& event);

// For a service that appeared or disappeared: what it shares with another of its name, which may take its
// place. Empty for any other change.
std::string RebirthOf(const v1::ChangeEvent& event);

}  // namespace swarmbell
