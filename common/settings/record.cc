#include "common/settings/record.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/settings/nearest.h"
#include "common/settings/value.h"

namespace swarmbell {

Record::Record(const SettingsTable& table, const YamlNode& node, std::string name, Problems& problems)
    : table_(table), node_(node), name_(std::move(name)), problems_(problems) {
  if (!node.IsMap() && !node.IsNull()) Fault("must be a map of keys and values");
  for (std::size_t row = 0; row < table_.Rows().size(); ++row) Read(row);
  TellUnknownKeys();
}

void Record::Fault(const std::string& what) { problems_.Add(absl::StrCat(node_.Where(), ": ", name_), what); }

const YamlNode* Record::Child(const std::string& key) const {
  const YamlNode* child = node_.Find(key);
  return child == nullptr || child->IsNull() ? nullptr : child;
}

void Record::FaultAt(const std::string& key, const std::string& what) {
  faulty_.insert(key);
  const YamlNode* child = node_.Find(key);
  problems_.Add(absl::StrCat((child == nullptr ? node_ : *child).Where(), ": ", Name(key)), what);
}

void Record::Read(std::size_t row) {
  const Setting& key = table_.Rows()[row];
  const YamlNode* value = Child(key.path);
  const bool given = value != nullptr && !(value->IsScalar() && value->scalar.empty());
  if (!given && !key.required.empty()) Fault(key.required);
  if (value == nullptr) return;
  switch (key.type) {
    case SettingType::kList:
      return ReadWords(row, *value);
    case SettingType::kMap:
      return key.keys.empty() ? ReadTexts(row, *value) : table_.Put(row, *value);
    case SettingType::kRecords:
      return table_.Put(row, *value);
    default:
      return ReadScalar(row, *value);
  }
}

void Record::ReadScalar(std::size_t row, const YamlNode& value) {
  const Setting& key = table_.Rows()[row];
  if (!value.IsScalar()) return FaultAt(key.path, "must be a single value");
  if (value.scalar.empty()) return;
  if (const auto problem = ValueProblem(key, value.scalar)) return FaultAt(key.path, *problem);
  table_.Put(row, value);
}

void Record::ReadWords(std::size_t row, const YamlNode& value) {
  const Setting& key = table_.Rows()[row];
  std::vector<YamlNode> words = value.IsScalar() ? std::vector<YamlNode>{value} : value.items;
  const auto others = std::erase_if(words, [](const YamlNode& word) { return !word.IsScalar(); });
  if (value.IsMap() || others > 0) FaultAt(key.path, "must be a single value or a list of single values");
  std::erase_if(words, [&](const YamlNode& word) {
    const auto problem = ChoiceProblem(key, word.scalar);
    if (problem) FaultAt(key.path, *problem);
    return problem.has_value();
  });
  YamlNode list = YamlNode::List();
  list.items = std::move(words);
  table_.Put(row, list);
}

void Record::ReadTexts(std::size_t row, const YamlNode& value) {
  const std::string& key = table_.Rows()[row].path;
  if (!value.IsMap()) FaultAt(key, table_.Rows()[row].refusal);
  for (const auto& [name, text] : value.entries) {
    if (!text.IsScalar()) FaultAt(key, absl::StrCat("the value of ", Quoted(name), " must be a single one"));
  }
  table_.Put(row, value);
}

void Record::TellUnknownKeys() {
  std::vector<std::string> known;
  for (const Setting& key : table_.Rows()) known.push_back(key.path);
  std::sort(known.begin(), known.end());
  for (const auto& [key, value] : node_.entries) {
    if (std::binary_search(known.begin(), known.end(), key)) continue;
    problems_.Add(value.Where(), absl::StrCat("unknown key ", Quoted(Name(key)), DidYouMean(key, known)));
  }
}

const std::vector<YamlNode>& ListItems(const YamlNode& node, std::string_view name, Problems& problems) {
  if (!node.IsList() && !node.IsNull()) {
    problems.Add(node.Where().append(": ").append(name), "must be a list");
  }
  return node.items;
}

}  // namespace swarmbell
