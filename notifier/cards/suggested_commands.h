#pragma once

#include <string>
#include <vector>

#include "swarmbell/v1/change_event.pb.h"
#include "swarmbell/v1/common.pb.h"

namespace swarmbell::cards {

// The commands that a person types next, on a manager or, for a plain container, on its node: at most 3, most
// useful first. Empty where nobody has to act, or where docker has no command. A name that a shell could
// misread is replaced by the identifier. Pure.
std::vector<std::string> CommandsFor(const v1::ChangeEvent& event);

// The command that shows a whole resource, for cards that had to be cut. Empty for resources that docker does
// not know.
std::string InspectCommand(const v1::ResourceRef& resource);

}  // namespace swarmbell::cards
