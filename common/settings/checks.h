#pragma once

#include <string>
#include <vector>

#include "common/settings/problems.h"
#include "common/settings/settings.h"
#include "common/settings/settings_table.h"

namespace swarmbell {

// The settings that both programs have of their log: `log.*`.
void AddLogSettings(SettingsTable& table, std::string& level, std::string& format);

// Checks of values that need more than one setting or a look at the machine. A setting is named by the
// variable that it fills; what is wrong goes to the problems with the place of the value.
class SettingsChecks {
 public:
  // All three must live as long as this.
  SettingsChecks(const SettingsTable& table, const Settings& settings, Problems& problems)
      : table_(table), settings_(settings), problems_(problems) {}

  void Fault(const void* variable, const std::string& what);
  // The file whose content the value is; empty if it is given itself.
  const std::string& File(const void* variable) const;

  // The file that the setting names, if any, can be read; the setting does not hold a certificate or key
  // itself.
  void PemFile(const std::string& file);
  // Neither is set without the other.
  void Together(const std::string& first, const std::string& second);
  // An address to listen on; `off` is one if `may_be_off`.
  void Listen(const std::string& address, bool may_be_off);
  // Each word is one of the setting's choices.
  void Choices(const std::vector<std::string>& words);

 private:
  const SettingsTable& table_;
  const Settings& settings_;
  Problems& problems_;
};

}  // namespace swarmbell
