#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "collector/snapshot/objects.h"
#include "collector/snapshot/spec.h"

namespace swarmbell {

// The specs of one service that changed. All comparisons of the change share them, so that each is parsed
// once, and only if a comparison needs it. Borrows the services.
class ParsedSpecs {
 public:
  // `before` is null for a service that has just appeared.
  ParsedSpecs(const Service* before, const Service& now) : before_service_(before), now_service_(now) {}

  // Only for a service that was known before.
  const nlohmann::json& Before() { return Parsed(before_, before_service_->spec); }
  const nlohmann::json& Now() { return Parsed(now_, now_service_.spec); }
  // The one that the engine keeps as the previous spec; usually it is that of the reading before.
  const nlohmann::json& Previous() {
    if (previous_) return *previous_;
    const std::string text = now_service_.previous_spec.Apply(now_service_.spec);
    return before_service_ != nullptr && before_service_->spec == text ? Before() : Parsed(previous_, text);
  }

 private:
  static const nlohmann::json& Parsed(std::optional<nlohmann::json>& spec, const std::string& text) {
    return spec ? *spec : spec.emplace(ParseSpec(text));
  }

  const Service* before_service_;
  const Service& now_service_;
  std::optional<nlohmann::json> before_;
  std::optional<nlohmann::json> now_;
  std::optional<nlohmann::json> previous_;
};

// A part of a spec by its name; null if there is none. The spec must outlive it.
inline const nlohmann::json& SpecPart(const nlohmann::json& spec, const char* name) {
  static const auto* const none = new nlohmann::json();
  const auto found = spec.find(name);
  return found == spec.end() ? *none : *found;
}

}  // namespace swarmbell
