#pragma once

#include <string_view>

namespace swarmbell {

// True if the whole text matches: `*` matches any characters, also none, `?` exactly one (one UTF-8
// character), everything else itself. Takes at most pattern length times text length steps; only the text's
// length if a star is followed by a character that the text does not have. Pure.
bool GlobMatch(std::string_view pattern, std::string_view text);

}  // namespace swarmbell
