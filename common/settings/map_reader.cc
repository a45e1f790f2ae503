#include "common/settings/map_reader.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/settings/nearest.h"
#include "common/settings/value.h"

namespace swarmbell {

MapReader::MapReader(const YamlNode& node, std::string name, Problems& problems)
    : node_(node), name_(std::move(name)), problems_(problems) {
  if (!node.IsMap() && !node.IsNull()) Fault("must be a map of keys and values");
}

const YamlNode* MapReader::Child(const std::string& key) {
  asked_.insert(key);
  const YamlNode* child = node_.Find(key);
  return child == nullptr || child->IsNull() ? nullptr : child;
}

std::string MapReader::Text(const std::string& key) {
  const YamlNode* child = Child(key);
  if (child == nullptr) return "";
  if (child->IsScalar()) return child->scalar;
  Fault(key, "must be a single value");
  return "";
}

std::vector<std::string> MapReader::Words(const std::string& key) {
  const YamlNode* child = Child(key);
  if (child == nullptr) return {};
  if (child->IsScalar()) return {child->scalar};
  std::vector<std::string> words;
  for (const YamlNode& item : child->items) {
    if (item.IsScalar()) words.push_back(item.scalar);
  }
  if (!child->IsList() || words.size() != child->items.size()) {
    Fault(key, "must be a single value or a list of single values");
  }
  return words;
}

bool MapReader::Bool(const std::string& key, bool if_absent) {
  const std::string text = Text(key);
  if (text.empty()) return if_absent;
  const std::optional<bool> value = ParseBool(text);
  if (!value) Fault(key, absl::StrCat(Quoted(text), " is neither true nor false"));
  return value.value_or(if_absent);
}

void MapReader::Fault(const std::string& key, const std::string& what) {
  const YamlNode* child = node_.Find(key);
  const std::string where = child == nullptr ? node_.Where() : child->Where();
  problems_.Add(absl::StrCat(where, ": ", Name(key)), what);
}

void MapReader::Fault(const std::string& what) {
  problems_.Add(absl::StrCat(node_.Where(), ": ", name_), what);
}

void MapReader::Finish() {
  const std::vector<std::string> known(asked_.begin(), asked_.end());
  for (const auto& [key, value] : node_.entries) {
    if (asked_.contains(key)) continue;
    problems_.Add(value.Where(), absl::StrCat("unknown key ", Quoted(Name(key)), DidYouMean(key, known)));
  }
}

std::string MapReader::Name(const std::string& key) const { return absl::StrCat(name_, ".", key); }

}  // namespace swarmbell
