#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "notifier/config/notifier_config.h"

namespace swarmbell {

// A rule's match in one line: `stack=shop,change=task_failed,label.tier=web*`, with the keys of `match` in
// the configuration, and `label.NAME` for a label. A key that is given twice has both values. Pure.
//
// INVALID_ARGUMENT for a text without keys, a part that is not `key=value`, and whatever the configuration
// refuses; one line for each problem, with the most similar key.
absl::StatusOr<MatchConfig> ParseMatchText(const std::string& text);

}  // namespace swarmbell
