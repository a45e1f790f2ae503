#include "collector/snapshot/list_reader.h"

#include "absl/strings/str_cat.h"
#include "collector/snapshot/json_fields.h"
#include "collector/snapshot/masking.h"

namespace swarmbell {
namespace {

using Json = nlohmann::json;

// Networks and containers have an `Id`, all else has an `ID`.
std::string IdOf(const Json& object) {
  for (const char* name : {"ID", "Id"}) {
    const auto id = object.find(name);
    if (id != object.end() && id->is_string()) return id->get<std::string>();
  }
  return {};
}

// The identifier of an object that is too long to be parsed: engines write it first.
std::string IdAtFront(std::string_view bytes) {
  for (const std::string_view start : {R"({"ID":")", R"({"Id":")"}) {
    if (!bytes.starts_with(start)) continue;
    const std::string_view id = bytes.substr(start.size(), bytes.find('"', start.size()) - start.size());
    if (id.find('\\') == id.npos) return std::string(id);
  }
  return {};
}

}  // namespace

absl::StatusOr<ParsedObject> ParseObject(std::string_view bytes) {
  ParsedObject parsed;
  if (bytes.size() > kLongestObject) {
    parsed.id = IdAtFront(bytes);
    parsed.fault = absl::StrCat("an object of ", bytes.size(), " bytes, more than a swarm can keep");
    return parsed;
  }
  parsed.json = Json::parse(bytes, nullptr, false);
  if (parsed.json.is_discarded()) return absl::InvalidArgumentError("an object is not valid JSON in UTF-8");
  if (HasDuplicateKeys(bytes, parsed.json)) {
    parsed.fault = "an object has a field twice";  // perhaps its identifier
    return parsed;
  }
  CleanTexts(parsed.json);
  parsed.id = IdOf(parsed.json);
  if (parsed.id.empty()) parsed.fault = "an object without an identifier";
  return parsed;
}

std::string ListedTwice(const std::string& id) { return absl::StrCat("`", id, "` is listed twice"); }

absl::Status CannotRead(const char* endpoint, const absl::Status& why) {
  return absl::InvalidArgumentError(
      absl::StrCat("Cannot read the engine's answer to ", endpoint, ": ", why.message(),
                   "; check that a Docker engine, and no proxy, answers there"));
}

}  // namespace swarmbell
