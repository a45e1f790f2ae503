#pragma once

#include "collector/diff/known.h"
#include "collector/snapshot/snapshot.h"

namespace swarmbell {

// Lets texts be known as they are now read, where they were read in another way when they became known:
// masked with another key or by other names, or with other labels left out. Whether such a text has changed
// meanwhile cannot be known, so nothing is claimed. What else is known of services and nodes stays.
void AdoptTexts(const Snapshot& fresh, Known& known);

}  // namespace swarmbell
