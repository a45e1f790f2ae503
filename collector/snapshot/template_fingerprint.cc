#include "collector/snapshot/template_fingerprint.h"

#include <xxhash.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace swarmbell {
namespace {

using Json = nlohmann::json;

std::string Text(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::uint64_t Hash(const std::string& text) { return XXH3_64bits(text.data(), text.size()); }

// Takes a field out of an object; null if there is none.
Json Take(Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return {};
  Json value = std::move(*found);
  object.erase(found);
  return value;
}

}  // namespace

TemplateFingerprint FingerprintTemplate(Json task_template) {
  if (!task_template.is_object()) return {};
  // The engine names the runtime of a service, and leaves it out of the tasks that it makes from it.
  Take(task_template, "Runtime");
  const Json placement = Take(task_template, "Placement");
  std::string text = Text(task_template);
  TemplateFingerprint fingerprint;
  fingerprint.unplaced = Hash(text);
  fingerprint.whole = Hash(text += Text(placement));
  return fingerprint;
}

}  // namespace swarmbell
