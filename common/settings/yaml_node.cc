#include "common/settings/yaml_node.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace swarmbell {

const YamlNode* YamlNode::Find(std::string_view key) const {
  for (const auto& [name, value] : entries) {
    if (name == key) return &value;
  }
  return nullptr;
}

std::string YamlNode::Where() const { return line > 0 ? absl::StrCat(source, ":", line) : source; }

YamlNode YamlNode::Scalar(std::string text) {
  YamlNode node;
  node.kind = Kind::kScalar;
  node.scalar = std::move(text);
  return node;
}

YamlNode YamlNode::List(std::vector<std::string> items) {
  YamlNode node;
  node.kind = Kind::kList;
  for (std::string& item : items) node.items.push_back(Scalar(std::move(item)));
  return node;
}

YamlNode YamlNode::Map() {
  YamlNode node;
  node.kind = Kind::kMap;
  return node;
}

void YamlNode::Put(std::string key, YamlNode value) {
  entries.push_back(YamlEntry{std::move(key), std::move(value)});
}

}  // namespace swarmbell
