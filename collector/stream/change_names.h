#pragma once

#include <string>
#include <vector>

#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// The names of all changes, as in `ChangeEvent.details`, in the order of the proto.
const std::vector<std::string>& FilterableChanges();

// The number of the field with this name in `ChangeEvent.details`; 0 if there is none.
int ChangeNumber(const std::string& name);

}  // namespace swarmbell
