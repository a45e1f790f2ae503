#include "collector/snapshot/json_fields.h"

#include <cstddef>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

using Json = nlohmann::json;

const Json& EmptyObject() {
  static const Json* const empty = new Json(Json::object());
  return *empty;
}

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

// The depth is limited: see kMaxJsonDepth.
std::size_t KeysIn(const Json& value) {
  if (!value.is_structured()) return 0;
  std::size_t keys = value.is_object() ? value.size() : 0;
  for (const Json& child : value) keys += KeysIn(child);
  return keys;
}

}  // namespace

JsonFields::JsonFields(const Json& object, std::string path, absl::Status* status)
    : object_(object.is_object() ? &object : &EmptyObject()), path_(std::move(path)), status_(status) {
  if (!object.is_object() && status_->ok()) {
    *status_ = absl::InvalidArgumentError(absl::StrCat(path_, " is not an object"));
  }
}

const Json* JsonFields::Find(const char* name) const {
  const auto found = object_->find(name);
  return found == object_->end() || found->is_null() ? nullptr : &*found;
}

void JsonFields::Reject(const char* name, const char* wanted) const {
  if (!status_->ok()) return;
  *status_ = absl::InvalidArgumentError(absl::StrCat(path_, ".", name, " is not ", wanted));
}

std::string JsonFields::Text(const char* name) const {
  const Json* field = Find(name);
  if (field == nullptr) return {};
  if (!field->is_string()) {
    Reject(name, "text");
    return {};
  }
  return field->get<std::string>();
}

std::uint64_t JsonFields::Count(const char* name) const {
  const Json* field = Find(name);
  if (field == nullptr) return 0;
  if (!field->is_number_unsigned()) {
    Reject(name, "a whole number");
    return 0;
  }
  return field->get<std::uint64_t>();
}

std::optional<std::int64_t> JsonFields::Number(const char* name) const {
  const Json* field = Find(name);
  if (field == nullptr) return std::nullopt;
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (!field->is_number_integer() || (field->is_number_unsigned() && field->get<std::uint64_t>() > kMost)) {
    Reject(name, "a whole number");
    return std::nullopt;
  }
  return field->get<std::int64_t>();
}

bool JsonFields::Flag(const char* name) const {
  const Json* field = Find(name);
  if (field == nullptr) return false;
  if (!field->is_boolean()) {
    Reject(name, "true or false");
    return false;
  }
  return field->get<bool>();
}

std::map<std::string, std::string> JsonFields::TextMap(const char* name) const {
  std::map<std::string, std::string> result;
  const Json* field = Find(name);
  if (field == nullptr) return result;
  if (!field->is_object()) {
    Reject(name, "an object");
    return result;
  }
  for (const auto& [key, value] : field->items()) {
    if (value.is_string()) {
      result[key] = value.get<std::string>();
    } else if (!value.is_null()) {
      Reject(name, "an object of texts");
    }
  }
  return result;
}

std::optional<absl::Time> JsonFields::Time(const char* name) const {
  const std::string text = Text(name);
  if (text.empty()) return std::nullopt;
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, text, &time, &error)) {
    Reject(name, "a time as in RFC 3339");
    return std::nullopt;
  }
  const auto year = absl::ToCivilYear(time, absl::UTCTimeZone()).year();
  return year > 1970 && year <= 9999 ? std::optional(time) : std::nullopt;
}

JsonFields JsonFields::Object(const char* name) const {
  const Json* field = Find(name);
  return JsonFields(field == nullptr ? EmptyObject() : *field, absl::StrCat(path_, ".", name), status_);
}

bool HasDuplicateKeys(std::string_view text, const Json& value) { return KeysIn(text) != KeysIn(value); }

}  // namespace swarmbell
