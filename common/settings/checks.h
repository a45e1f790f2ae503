#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/settings/setting.h"
#include "common/settings/settings.h"
#include "common/settings/yaml.h"

namespace swarmbell {

// Checks of values, besides their types.

// The error in `host:port` as an address to listen on; unset if it is valid. Port 0 means any free port.
// `example` is a good one.
std::optional<std::string> ListenAddressProblem(const std::string& address, const std::string& example);

// The error in a gRPC target to connect to (`host:port`, `dns:///host:port`, `unix:/path`); unset if it is
// valid.
std::optional<std::string> TargetProblem(const std::string& target);

// True if traffic to or from this address stays on this machine: `localhost`, 127.0.0.0/8, ::1, a unix
// socket; with or without a port, or a scheme such as `dns:`.
bool StaysOnThisMachine(const std::string& address);

// One map of a structured setting, such as a rule. Problems never show a value that may be a secret, unless
// the caller puts it there.
class Record {
 public:
  // Stores the map's values in the variables of the table. Reports an unknown key, a missing required key,
  // and a value of another type or outside the choices, which is not stored. `name` names the map in
  // problems, e.g. `rules[2].match`. A null node is an empty map. All arguments must outlive this.
  Record(const SettingsTable& table, const YamlNode& node, std::string name, Problems& problems);

  // A key is identified by the variable that stores it.
  bool Has(const void* variable) const { return Child(table_.Of(variable).path) != nullptr; }
  // True if no problem was reported for its value so far.
  bool IsGood(const void* variable) const { return !faulty_.contains(table_.Of(variable).path); }
  // `rules[2].match`
  std::string Name(const void* variable) const { return Name(table_.Of(variable).path); }
  // Reports a problem of the value of a key, or of the map as a whole.
  void Fault(const void* variable, const std::string& what) { FaultAt(table_.Of(variable).path, what); }
  void Fault(const std::string& what);

 private:
  std::string Name(const std::string& key) const { return name_ + "." + key; }
  // The value of a key; null if it is absent or null.
  const YamlNode* Child(const std::string& key) const;
  void FaultAt(const std::string& key, const std::string& what);
  void Read(std::size_t row);
  void ReadScalar(std::size_t row, const YamlNode& value);
  void ReadWords(std::size_t row, const YamlNode& value);
  void ReadTexts(std::size_t row, const YamlNode& value);
  void ReportUnknownKeys();

  const SettingsTable& table_;
  const YamlNode& node_;
  const std::string name_;
  Problems& problems_;
  std::set<std::string> faulty_;
};

// The items of a setting that must be a list; if it is not, reports a problem and returns none.
const std::vector<YamlNode>& ListItems(const YamlNode& node, std::string_view name, Problems& problems);

// Adds the settings of the log, `log.*`, which both programs have.
void AddLogSettings(SettingsTable& table, std::string& level, std::string& format);

// Checks that need more than one setting, or the file system. A setting is identified by the variable that
// stores it; errors are added to the problems, with the place of the value.
class SettingsChecks {
 public:
  // All three must outlive this.
  SettingsChecks(const SettingsTable& table, const Settings& settings, Problems& problems)
      : table_(table), settings_(settings), problems_(problems) {}

  void Fault(const void* variable, const std::string& what);
  // The file that holds the value; empty if the value is given directly.
  const std::string& File(const void* variable) const;

  // Demands that the named file, if any, can be read, and that the setting does not hold the PEM text itself.
  void PemFile(const std::string& file);
  // Demands that both are set, or neither.
  void Together(const std::string& first, const std::string& second);
  // Demands an address to listen on, or `off` if `may_be_off`; returns true if it is one. An error recommends
  // `example`, the setting's default if that is empty.
  bool Listen(const std::string& address, bool may_be_off, const std::string& example = "");
  // Demands that each word is one of the setting's choices.
  void Choices(const std::vector<std::string>& words);

 private:
  const SettingsTable& table_;
  const Settings& settings_;
  Problems& problems_;
};

}  // namespace swarmbell
