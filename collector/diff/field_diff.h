#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "swarmbell/v1/common.pb.h"

namespace swarmbell {

// Tells how one part of a service's normalised `Spec` differs from another, in a person's terms. `path` is
// where the part is below `Spec`; empty for the whole. Null stands for a part that is not there.
//
// Complete: parts that differ give at least one change, also in settings that this version has no term for;
// those are told leaf by leaf under their path. Masked parts are shown as such.
std::vector<v1::FieldChange> DiffFields(const nlohmann::json& before, const nlohmann::json& now,
                                        const std::string& path,
                                        const std::map<std::string, std::string>& network_names);

}  // namespace swarmbell
