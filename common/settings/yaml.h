#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace swarmbell {

// Collects the problems of a configuration, so that all of them can be reported at once.
class Problems {
 public:
  // `where` is a place (`config.yml:12`, `environment`); `what` is the problem and the advice.
  void Add(const std::string& where, const std::string& what);

  bool empty() const { return lines_.empty(); }
  // One line each, in the order found, without repeats.
  const std::vector<std::string>& Lines() const { return lines_; }

  // OK, or INVALID_ARGUMENT with one line for each of the first 50 problems, and the number of the others.
  absl::Status ToStatus() const;

 private:
  std::vector<std::string> lines_;
};

struct YamlEntry;

// A part of a YAML document, with the line numbers of its parts. A plain value: no exceptions, no cycles, no
// sharing; aliases are already replaced by their anchors' content.
struct YamlNode {
  enum class Kind { kNull, kScalar, kList, kMap };

  Kind kind = Kind::kNull;
  std::string scalar;
  std::vector<YamlNode> items;     // of a list
  std::vector<YamlEntry> entries;  // of a map, in order; keys are unique
  std::string source;              // `config.yml`, `SWARMBELL_RULES`
  int line = 0;                    // from 1; 0 if not read from a text

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
inline constexpr std::size_t kMaxYamlNodes = 200'000;  // after aliases are replaced

// Parses one document. Problems (syntax, a key given twice, a second document, too large, too deep) go to
// `problems` as `source:line`; the result is then a null node. An empty text is a null node without a
// problem.
YamlNode ParseYaml(const std::string& text, const std::string& source, Problems& problems);

// Block-style YAML that parses to the same node, indented by `indent` blanks, ending in a newline. Empty
// lists and maps are in flow style.
std::string WriteYaml(const YamlNode& node, int indent = 0);

// A scalar as one line of YAML, quoted where necessary.
std::string YamlScalar(std::string_view text);

}  // namespace swarmbell
