#include "common/settings/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/settings/setting.h"

namespace swarmbell {
namespace {

constexpr std::size_t kShown = 50;
constexpr std::size_t kKept = 500;

constexpr std::size_t kLongestKey = 200;

// The fault that makes a document unusable; caught in ParseYaml.
struct Refused {
  int line;
  std::string reason;
};

// The size of a node and its content, in units of the bound.
std::size_t Cost(const YamlNode& node) {
  std::size_t cost = 1 + node.scalar.size() / 16;
  for (const YamlNode& item : node.items) cost += Cost(item);
  for (const auto& [key, value] : node.entries) cost += 1 + key.size() / 16 + Cost(value);
  return cost;
}

int Depth(const YamlNode& node) {
  int depth = 0;
  for (const YamlNode& item : node.items) depth = std::max(depth, Depth(item));
  for (const auto& [key, value] : node.entries) depth = std::max(depth, Depth(value));
  return depth + 1;
}

// Builds a YamlNode from yaml-cpp's events. The events, not yaml-cpp's own nodes, because those keep a key
// that is given twice and make cycles of an anchor used inside itself.
class Builder : public YAML::EventHandler {
 public:
  Builder(const std::string& source, Problems& problems) : source_(source), problems_(problems) {}

  YamlNode Take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const YamlNode node = MakeNode(YamlNode::Kind::kNull, mark);
    Spend(node);
    Add(node, anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode node = MakeNode(YamlNode::Kind::kScalar, mark);
    node.scalar = value;
    Spend(node);
    Add(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw Refused{mark.line + 1, "an anchor is used inside itself"};
    if (open_.size() + static_cast<std::size_t>(Depth(found->second)) > kMaxYamlDepth) TooDeep(mark.line + 1);
    Spend(found->second);
    Add(found->second, 0);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(YamlNode::Kind::kList, mark, anchor);
  }
  void OnSequenceEnd() override { Close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(YamlNode::Kind::kMap, mark, anchor);
  }
  void OnMapEnd() override { Close(); }

 private:
  // A list or map that is not closed yet.
  struct Unfinished {
    YamlNode node;
    YAML::anchor_t anchor = 0;
    std::optional<YamlNode> key;       // read, its value not yet
    std::map<std::string, int> lines;  // where each key was
  };

  YamlNode MakeNode(YamlNode::Kind kind, const YAML::Mark& mark) const {
    YamlNode node;
    node.kind = kind;
    node.source = source_;
    node.line = mark.line + 1;
    return node;
  }

  [[noreturn]] static void TooDeep(int line) {
    throw Refused{line, absl::StrCat("lists and maps are nested deeper than ", kMaxYamlDepth)};
  }

  void Open(YamlNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (open_.size() >= kMaxYamlDepth) TooDeep(mark.line + 1);
    open_.push_back(Unfinished{MakeNode(kind, mark), anchor, std::nullopt, {}});
    Spend(open_.back().node);
  }

  void Close() {
    Unfinished done = std::move(open_.back());
    open_.pop_back();
    Add(std::move(done.node), done.anchor);
  }

  // Counts what is about to be kept, copies of anchors too, so that a few lines cannot become gigabytes.
  void Spend(const YamlNode& node) {
    spent_ += Cost(node);
    if (spent_ > kMaxYamlNodes) throw Refused{node.line, "the document is too large"};
  }

  void Add(YamlNode node, YAML::anchor_t anchor) {
    if (anchor != 0) {
      Spend(node);
      anchors_[anchor] = node;
    }
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (open_.back().node.IsList()) {
      open_.back().node.items.push_back(std::move(node));
    } else if (!open_.back().key) {
      open_.back().key = std::move(node);
    } else {
      AddEntry(open_.back(), std::move(node));
    }
  }

  void AddEntry(Unfinished& map, YamlNode value) {
    const YamlNode key = *std::exchange(map.key, std::nullopt);
    if (!key.IsScalar() || key.scalar.size() > kLongestKey) {
      problems_.Add(key.Where(), "a key must be one word");
      return;
    }
    const auto [first, added] = map.lines.emplace(key.scalar, key.line);
    if (!added) {
      problems_.Add(key.Where(), absl::StrCat("key ", Quoted(key.scalar), " is given twice (first in line ",
                                              first->second, ")"));
      return;
    }
    map.node.Put(key.scalar, std::move(value));
  }

  const std::string& source_;
  Problems& problems_;
  std::vector<Unfinished> open_;
  std::map<YAML::anchor_t, YamlNode> anchors_;
  std::size_t spent_ = 0;
  YamlNode root_;
};

// yaml-cpp appends pieces of the text to some messages; the text may hold secrets.
std::string Reason(const YAML::Exception& error) { return error.msg.substr(0, error.msg.find(':')); }

void Parse(const std::string& text, Builder& builder) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  if (!parser.HandleNextDocument(builder)) return;
  Problems ignored;
  const std::string source;
  Builder second(source, ignored);
  if (parser.HandleNextDocument(second)) throw Refused{0, "there is more than one YAML document"};
}

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// True if every YAML reader reads the unquoted text as itself.
bool IsPlain(std::string_view text) {
  if (text.empty() || text == "null" || text == "Null" || text == "NULL") return false;
  if (!IsAlphanumeric(text.front()) && text.front() != '/') return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool last = i + 1 == text.size();
    if (c == ':' && (last || text[i + 1] == ' ')) return false;
    if (c == ' ' && last) return false;
    if (!IsAlphanumeric(c) && std::string_view("/_-.:+@ ").find(c) == std::string_view::npos) return false;
  }
  return true;
}

std::string DoubleQuoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      absl::StrAppendFormat(&quoted, "\\x%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

void Write(const YamlNode& node, int indent, std::string& out);

// Writes the value after `key:` or `-`; ends the line.
void WriteValue(const YamlNode& node, int indent, bool in_list, std::string& out) {
  if (node.IsNull()) {
    out += " null\n";
  } else if (node.IsScalar()) {
    absl::StrAppend(&out, " ", YamlScalar(node.scalar), "\n");
  } else if (node.items.empty() && node.entries.empty()) {
    out += node.IsList() ? " []\n" : " {}\n";
  } else if (in_list) {
    std::string block;
    Write(node, indent + 2, block);
    absl::StrAppend(&out, " ", block.substr(static_cast<std::size_t>(indent) + 2));
  } else {
    out += "\n";
    Write(node, indent + 2, out);
  }
}

void Write(const YamlNode& node, int indent, std::string& out) {
  const std::string margin(static_cast<std::size_t>(indent), ' ');
  for (const YamlNode& item : node.items) {
    absl::StrAppend(&out, margin, "-");
    WriteValue(item, indent, true, out);
  }
  for (const auto& [key, value] : node.entries) {
    absl::StrAppend(&out, margin, YamlScalar(key), ":");
    WriteValue(value, indent, false, out);
  }
}

}  // namespace

void Problems::Add(const std::string& where, const std::string& what) {
  if (lines_.size() >= kKept) return;
  std::string line = absl::StrCat(where, ": ", what);
  if (std::find(lines_.begin(), lines_.end(), line) != lines_.end()) return;
  lines_.push_back(std::move(line));
}

absl::Status Problems::ToStatus() const {
  if (lines_.empty()) return absl::OkStatus();
  const std::size_t shown = std::min(lines_.size(), kShown);
  std::string text = absl::StrJoin(lines_.begin(), lines_.begin() + static_cast<std::ptrdiff_t>(shown), "\n");
  if (shown < lines_.size()) absl::StrAppend(&text, "\nand ", lines_.size() - shown, " more");
  return absl::InvalidArgumentError(text);
}

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

YamlNode ParseYaml(const std::string& text, const std::string& source, Problems& problems) {
  if (text.size() > kMaxYamlBytes) {
    problems.Add(source, absl::StrCat("the YAML is longer than ", kMaxYamlBytes, " bytes"));
    return {};
  }
  if (!IsUtf8(text)) {
    problems.Add(source, "the YAML is not UTF-8 text; save the file in UTF-8");
    return {};
  }
  try {
    Builder builder(source, problems);
    Parse(text, builder);
    return builder.Take();
  } catch (const Refused& refused) {
    problems.Add(refused.line > 0 ? absl::StrCat(source, ":", refused.line) : source, refused.reason);
  } catch (const YAML::Exception& error) {
    problems.Add(absl::StrCat(source, ":", std::max(error.mark.line, 0) + 1),
                 absl::StrCat("no valid YAML: ", Reason(error)));
  } catch (const std::exception&) {
    problems.Add(source, "no valid YAML");
  }
  return {};
}

std::string YamlScalar(std::string_view text) {
  return IsPlain(text) ? std::string(text) : DoubleQuoted(text);
}

std::string WriteYaml(const YamlNode& node, int indent) {
  std::string out;
  const bool block = !node.items.empty() || !node.entries.empty();
  if (block) {
    Write(node, indent, out);
    return out;
  }
  WriteValue(node, indent, false, out);
  return std::string(static_cast<std::size_t>(indent), ' ') + out.substr(1);
}

}  // namespace swarmbell
