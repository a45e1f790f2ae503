#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/settings/problems.h"

namespace swarmbell {

struct YamlEntry;

// A piece of a YAML document with the places of its parts. Plain values: no exceptions, no cycles, no
// sharing; anchors are already replaced by what they stand for.
struct YamlNode {
  enum class Kind { kNull, kScalar, kList, kMap };

  Kind kind = Kind::kNull;
  std::string scalar;
  std::vector<YamlNode> items;     // of a list
  std::vector<YamlEntry> entries;  // of a map, in order; keys are unique
  std::string source;              // `config.yml`, `SWARMBELL_RULES`
  int line = 0;                    // from 1; 0 if made, not read

  bool IsNull() const { return kind == Kind::kNull; }
  bool IsScalar() const { return kind == Kind::kScalar; }
  bool IsList() const { return kind == Kind::kList; }
  bool IsMap() const { return kind == Kind::kMap; }

  // The value of a key; null if this is no map or has no such key.
  const YamlNode* Find(std::string_view key) const;
  // `config.yml:12`
  std::string Where() const;

  static YamlNode Scalar(std::string text);
  static YamlNode List(std::vector<std::string> items = {});
  static YamlNode Map();
  void Put(std::string key, YamlNode value);
};

struct YamlEntry {
  std::string key;
  YamlNode value;
};

inline constexpr std::size_t kMaxYamlBytes = std::size_t{1} << 20;
inline constexpr int kMaxYamlDepth = 32;
inline constexpr std::size_t kMaxYamlNodes = 200'000;  // after anchors are replaced

// Reads one document. Faults (syntax, a key given twice, a second document, too large, too deep) go to
// `problems` as `source:line`; the answer is then a null node. An empty text is a null node without fault.
YamlNode ParseYaml(const std::string& text, const std::string& source, Problems& problems);

// Block-style YAML that reads back as the same node, indented by `indent` blanks, ending in a newline; flow
// style for lists and maps without anything in them.
std::string WriteYaml(const YamlNode& node, int indent = 0);

// A scalar as one line of YAML, quoted where it must be.
std::string YamlScalar(std::string_view text);

}  // namespace swarmbell
