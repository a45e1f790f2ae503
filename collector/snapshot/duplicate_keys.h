#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace swarmbell {

// True if an object somewhere in `text` has a key twice. `value` is the parsed `text`: a parser silently
// keeps one of the two, and the key may be the ID. Needs no memory; takes about as long as reading the text.
bool HasDuplicateKeys(std::string_view text, const nlohmann::json& value);

}  // namespace swarmbell
