#include "collector/snapshot/duplicate_keys.h"

#include <cstddef>
#include <nlohmann/json.hpp>

namespace swarmbell {
namespace {

// In valid JSON each colon outside a string belongs to a key.
std::size_t KeysIn(std::string_view text) {
  std::size_t keys = 0;
  bool in_string = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"') in_string = !in_string;
    if (in_string && c == '\\') ++at;
    if (!in_string && c == ':') ++keys;
  }
  return keys;
}

// Deep recursion is ruled out before: see kMaxJsonDepth.
std::size_t KeysIn(const nlohmann::json& value) {
  if (!value.is_structured()) return 0;
  std::size_t keys = value.is_object() ? value.size() : 0;
  for (const nlohmann::json& child : value) keys += KeysIn(child);
  return keys;
}

}  // namespace

bool HasDuplicateKeys(std::string_view text, const nlohmann::json& value) {
  return KeysIn(text) != KeysIn(value);
}

}  // namespace swarmbell
