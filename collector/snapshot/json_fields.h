#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace swarmbell {

// Reads fields of one JSON object with their types checked. A field that is absent or null reads as empty;
// one of another type also does, and is kept as the error that Status() returns: read all, then check once.
//
// Borrows the object.
class JsonFields {
 public:
  // `path` says where the object is, for errors, for example `service "web" .Spec`.
  JsonFields(const nlohmann::json& object, std::string path, absl::Status* status);

  std::string Text(const char* name) const;
  std::uint64_t Count(const char* name) const;
  std::optional<std::int64_t> Number(const char* name) const;
  bool Flag(const char* name) const;
  std::map<std::string, std::string> TextMap(const char* name) const;
  // RFC 3339. The years up to 1970 stand for "none" and read as absent; so do those after 9999, which no time
  // of the protos can hold.
  std::optional<absl::Time> Time(const char* name) const;
  JsonFields Object(const char* name) const;

  bool Has(const char* name) const { return Find(name) != nullptr; }
  // The field itself, or null when it is absent or null.
  const nlohmann::json* Find(const char* name) const;
  const std::string& Path() const { return path_; }

 private:
  void Reject(const char* name, const char* wanted) const;

  const nlohmann::json* object_;
  std::string path_;
  absl::Status* status_;
};

}  // namespace swarmbell
