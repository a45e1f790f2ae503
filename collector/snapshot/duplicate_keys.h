#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace swarmbell {

// Whether an object somewhere in `text` has a key twice, where `value` is what `text` was parsed to: a parser
// keeps one of the two without a word, and it may be the identifier. Not in need of memory; takes about as
// long as reading the text.
bool HasDuplicateKeys(std::string_view text, const nlohmann::json& value);

}  // namespace swarmbell
