#pragma once

#include <string>

#include "collector/diff/known.h"
#include "collector/snapshot/snapshot.h"

namespace swarmbell {

// The name of a node in every text: its hostname, followed by the beginning of its ID if another node has the
// same hostname, as in `web1 (k3j2h1)`. Empty for a node without a hostname.
std::string NodeName(const Known& known, const Node& node);

// The same for the node of that identifier; empty for one that is not known.
std::string NodeName(const Known& known, const std::string& node_id);

}  // namespace swarmbell
