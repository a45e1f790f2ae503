#pragma once

#include "collector/diff/known.h"
#include "collector/snapshot/snapshot.h"

namespace swarmbell {

// Lets texts that may hold masked values be known as they are now read, where they were masked in another way
// when they became known (by another key, or of other names): whether such a value has changed meanwhile
// cannot be known, so nothing is claimed. What else is known of the services stays.
void AdoptMaskedTexts(const Objects<Service>& fresh, Known& known);

}  // namespace swarmbell
