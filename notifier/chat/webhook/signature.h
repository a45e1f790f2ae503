#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

namespace swarmbell {

// The signatures of Standard Webhooks (https://www.standardwebhooks.com), symmetric. All pure.

// The value of `webhook-signature`: one `v1,BASE64` for each key, separated by blanks, of the identifier, the
// time and the body. Empty without keys.
std::string SignaturesOf(const std::vector<std::string>& keys, std::string_view id, absl::Time time,
                         std::string_view body);

// A message's identifier: equal for equal texts, without a full stop.
std::string MessageIdOf(std::string_view text);

}  // namespace swarmbell
