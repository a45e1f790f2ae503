#pragma once

#include <string>
#include <vector>

#include "common/settings/problems.h"
#include "common/settings/setting.h"
#include "common/settings/settings.h"

namespace swarmbell {

// Settings that both programs have: `log.*`.
std::vector<Setting> LogSettings();

// Tells a problem when the file that a setting names cannot be read, or when the setting holds a certificate
// or key itself. Nothing is wrong with a setting that is not set.
void CheckPemFile(const Settings& settings, const std::string& path, Problems& problems);

// Tells a problem when one of the two is set without the other.
void CheckTogether(const Settings& settings, const std::string& first, const std::string& second,
                   Problems& problems);

// Tells a problem when the setting is no address to listen on; `off` is one if `may_be_off`.
void CheckListen(const Settings& settings, const std::string& path, bool may_be_off, Problems& problems);

}  // namespace swarmbell
