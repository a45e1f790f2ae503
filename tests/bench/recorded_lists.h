#pragma once

#include <cstddef>
#include <string>

namespace swarmbell {

// Lists as a real engine (20.10) sent them, of one recorded object many times over: each with its own
// identifier, name and texts. A service has 20 variables, 6 labels, 3 mounts and a `PreviousSpec`, as those
// of real stacks have, and is 6.7 KB; its waiting tasks are 2.9 KB each.

// The first `changed` services have another value of one variable, and what comes with an update.
std::string RecordedServices(std::size_t count, std::size_t changed = 0);

// `each` tasks of each of so many services. In place of the first `changed` there are others.
std::string RecordedTasks(std::size_t services, std::size_t each, std::size_t changed = 0);

}  // namespace swarmbell
