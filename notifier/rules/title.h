#pragma once

#include <string>

#include "notifier/rules/transition.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// Replaces {name} {kind} {stack} {cluster} {from} {to} {change}, each once and not inside what another
// became; any other braces stay as they are.
std::string FillTitle(const std::string& title, const v1::ChangeEvent& event, const Transition& transition);

}  // namespace swarmbell
