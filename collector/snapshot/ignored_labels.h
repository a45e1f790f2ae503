#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace swarmbell {

// Labels that change without meaning anything, as the time and the commit that a deployer stamps on services
// at each round: they are left out of all that is compared. Thread-safe.
class IgnoredLabels {
 public:
  // Globs of names.
  explicit IgnoredLabels(std::vector<std::string> globs = {}) : globs_(std::move(globs)) {}

  bool Has(std::string_view name) const;

  // Takes them from a service's `Spec`, and from that of its containers.
  void RemoveFromSpec(nlohmann::json& spec) const;
  void RemoveFrom(std::map<std::string, std::string>& labels) const;

 private:
  std::vector<std::string> globs_;
};

}  // namespace swarmbell
