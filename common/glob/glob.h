#pragma once

#include <string_view>

namespace swarmbell {

// Whether the whole text matches: `*` stands for any characters, also none, `?` for exactly one (one UTF-8
// character), all else for itself. Never takes more than pattern length times text length steps; one
// of the text's length where a star is followed by a character that the text does not have.
bool GlobMatch(std::string_view pattern, std::string_view text);

}  // namespace swarmbell
