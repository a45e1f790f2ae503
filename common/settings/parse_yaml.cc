#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/settings/nearest.h"
#include "common/settings/value.h"
#include "common/settings/yaml_node.h"

namespace swarmbell {
namespace {

constexpr std::size_t kLongestKey = 200;

// The fault that makes a document unusable; caught in ParseYaml.
struct Refused {
  int line;
  std::string reason;
};

// How much a node and what is in it count towards the bound.
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

}  // namespace

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

}  // namespace swarmbell
