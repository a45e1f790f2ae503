#pragma once

#include "collector/diff/diff.h"
#include "collector/snapshot/snapshot.h"

namespace swarmbell {

// Replaces known texts by the fresh ones if they were masked in another way when they became known: with
// another key, by other names, or with other labels ignored. It cannot be known if such a text has changed
// meanwhile, so no change is reported. All other known state of services and nodes stays.
void AdoptTexts(const Snapshot& fresh, Known& known);

}  // namespace swarmbell
