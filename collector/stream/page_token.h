#pragma once

#include <optional>
#include <string>

#include "collector/changelog/change_log.h"

namespace swarmbell {

// A page token is a position in a form that nobody takes for something to make up.
std::string MakePageToken(const LogPosition& position);

// Nothing if the token was not made by MakePageToken.
std::optional<LogPosition> ReadPageToken(const std::string& token);

}  // namespace swarmbell
