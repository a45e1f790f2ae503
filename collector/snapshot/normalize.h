#pragma once

#include <nlohmann/json_fwd.hpp>

namespace swarmbell {

// Drops null, {} and [] everywhere, over and over: engines use them, and leaving a field out, for one
// meaning. Inside `Mode` an empty object says which mode it is, so there only null goes. Entries of lists
// stay. 0, false and "" are values and stay.
void NormalizeSpec(nlohmann::json& spec);

// Replaces the characters that markers are made of in every text and name.
void CleanTexts(nlohmann::json& value);

}  // namespace swarmbell
