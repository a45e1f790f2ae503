#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace swarmbell {

// Parses a `Spec` as Service keeps it; an empty object for none. Networks that an old client put on the
// service itself move into the task template, where newer ones put them: both mean the same.
nlohmann::json ParseSpec(const std::string& spec);

// Drops from both what only one of them knows: another engine version knows other keys, and gives its
// defaults for them. Entries of lists and of free maps (labels, options) are no such keys and stay.
void KeepSharedKeys(nlohmann::json& before, nlohmann::json& now);

}  // namespace swarmbell
