#pragma once

#include <string>

#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// An event as text for people: its name, resource and details, without identifiers and times of its own.
std::string EventText(const v1::ChangeEvent& event);

}  // namespace swarmbell
