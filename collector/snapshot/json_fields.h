#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace swarmbell {

// Reads the fields of one JSON object and checks their types. A field that is absent or null reads as empty.
// A field of another type reads as empty too, and sets `*status` unless that already holds an error: read all
// fields, then check the status once.
//
// Borrows the object and the status.
class JsonFields {
 public:
  // `path` names the object in errors, for example "service `abc`: .Spec".
  JsonFields(const nlohmann::json& object, std::string path, absl::Status* status);

  std::string Text(const char* name) const;
  std::uint64_t Count(const char* name) const;
  std::optional<std::int64_t> Number(const char* name) const;
  bool Flag(const char* name) const;
  std::map<std::string, std::string> TextMap(const char* name) const;
  // RFC 3339. Years up to 1970 mean "none" and read as absent; so do years after 9999, which a protobuf
  // timestamp cannot hold.
  std::optional<absl::Time> Time(const char* name) const;
  JsonFields Object(const char* name) const;

  bool Has(const char* name) const { return Find(name) != nullptr; }
  // The field itself; a null pointer if it is absent or null.
  const nlohmann::json* Find(const char* name) const;
  const std::string& Path() const { return path_; }

 private:
  void Reject(const char* name, const char* wanted) const;

  const nlohmann::json* object_;
  std::string path_;
  absl::Status* status_;
};

// True if any object in `text` has a duplicate key. `value` is the parsed `text`: a parser silently keeps one
// of the two, and the key may be the identifier. Allocates nothing; takes about as long as reading the text.
bool HasDuplicateKeys(std::string_view text, const nlohmann::json& value);

}  // namespace swarmbell
