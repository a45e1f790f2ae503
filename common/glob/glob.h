#pragma once

#include <string_view>

namespace swarmbell {

// True if the whole text matches: `*` stands for any characters, also none, `?` for exactly one (one UTF-8
// character), all else for itself. Takes at most pattern length times text length steps; only the text's
// length if a star is followed by a character that the text does not have.
bool GlobMatch(std::string_view pattern, std::string_view text);

}  // namespace swarmbell
