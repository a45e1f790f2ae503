#pragma once

#include "collector/poll/stirred_services.h"

namespace swarmbell {

// The services of which `now` shows another task template or endpoint than `before`, but not the update that
// the engine runs for it: it shows that 2 to 10 ms later, unless there are no tasks to replace. Without it
// the change would get another identifier than on a collector that read a moment later.
ServiceIds UnsettledServices(const Objects<Service>& before, const Objects<Service>& now);

}  // namespace swarmbell
