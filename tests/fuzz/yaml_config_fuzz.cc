#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "collector/options/collector_options.h"
#include "notifier/config/load.h"
#include "notifier/rules/rule_set.h"

namespace swarmbell {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

SettingsInput Input(const std::string& yaml) {
  SettingsInput input;
  input.environment["SWARMBELL_CONFIG_YAML"] = yaml;
  return input;
}

// A configuration printed without secrets loads again and prints the same, but for where values came from.
template <typename Load>
void RequireRoundTrip(const Load& load, const std::string& printed) {
  if (printed.find("••••") != std::string::npos) return;
  const auto second = load(Input(printed));
  Require(second.ok());
  const auto third = load(Input(second->printed));
  Require(third.ok() && third->printed == second->printed);
}

}  // namespace
}  // namespace swarmbell

// Any bytes as the configuration of either program: an answer or an error, and a good answer makes rules.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace swarmbell;  // NOLINT: the entry point cannot be in the namespace
  const std::string yaml(data, data + size);
  if (const auto notifier = LoadNotifierConfig(Input(yaml)); notifier.ok()) {
    Require(RuleSet::Create(notifier->config).ok());
    RequireRoundTrip(LoadNotifierConfig, notifier->printed);
  }
  if (const auto collector = LoadCollectorOptions(Input(yaml)); collector.ok()) {
    RequireRoundTrip(LoadCollectorOptions, collector->printed);
  }
  return 0;
}
