#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "common/settings/yaml.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

YamlNode Parsed(const std::string& text) {
  Problems problems;
  YamlNode node = ParseYaml(text, "c.yml", problems);
  EXPECT_THAT(problems.Lines(), IsEmpty()) << text;
  return node;
}

std::vector<std::string> Faults(const std::string& text) {
  Problems problems;
  ParseYaml(text, "c.yml", problems);
  return problems.Lines();
}

TEST(YamlNodeTest, KnowsTheKindsAndPlacesOfItsParts) {
  const YamlNode root = Parsed("# comment\na: 1\nb: [x, 'null', ~]\nc:\n  d: {}\n");
  ASSERT_TRUE(root.IsMap());
  EXPECT_EQ(root.Find("a")->scalar, "1");
  EXPECT_EQ(root.Find("a")->Where(), "c.yml:2");
  ASSERT_TRUE(root.Find("b")->IsList());
  EXPECT_TRUE(root.Find("b")->items[1].IsScalar());
  EXPECT_TRUE(root.Find("b")->items[2].IsNull());
  EXPECT_EQ(root.Find("c")->Find("d")->Where(), "c.yml:5");
  EXPECT_TRUE(root.Find("c")->Find("d")->IsMap());
  EXPECT_EQ(root.Find("e"), nullptr);
}

TEST(YamlNodeTest, NothingIsANullNode) {
  EXPECT_TRUE(Parsed("").IsNull());
  EXPECT_TRUE(Parsed("# only a comment\n").IsNull());
  EXPECT_TRUE(Parsed("---\n").IsNull());
}

TEST(YamlNodeTest, AnchorsAreReplaced) {
  const YamlNode root = Parsed("a: &x {k: v}\nb: *x\n");
  EXPECT_EQ(root.Find("b")->Find("k")->scalar, "v");
}

TEST(YamlNodeTest, FaultsNameTheLine) {
  EXPECT_THAT(Faults("a: 1\nb: [1"), ElementsAre("c.yml:2: no valid YAML: end of sequence flow not found"));
  EXPECT_THAT(Faults("a: 1\nb: 2\na: 3"), ElementsAre("c.yml:3: key \"a\" is given twice (first in line 1)"));
  EXPECT_THAT(Faults("[a]: 1"), ElementsAre("c.yml:1: a key must be one word"));
  EXPECT_THAT(Faults("a: 1\n---\nb: 2\n"), ElementsAre("c.yml: there is more than one YAML document"));
  EXPECT_THAT(Faults("a: *b"), ElementsAre("c.yml:1: no valid YAML: the referenced anchor is not defined"));
  // yaml-cpp names the character, or the anchor, which may be of a secret.
  EXPECT_THAT(Faults("a: \"\\q\""), ElementsAre("c.yml:1: no valid YAML: unknown escape character"));
}

TEST(YamlNodeTest, AnAnchorInsideItselfIsAFault) {
  EXPECT_THAT(Faults("a: &x [*x]"), ElementsAre("c.yml:1: an anchor is used inside itself"));
}

TEST(YamlNodeTest, DepthIsBounded) {
  EXPECT_THAT(Faults(std::string(100'000, '[')),
              ElementsAre("c.yml:1: lists and maps are nested deeper than 32"));
  EXPECT_THAT(Faults(std::string(32, '[') + std::string(32, ']')), IsEmpty());
  EXPECT_THAT(Faults(std::string(33, '[') + std::string(33, ']')).size(), 1U);
  // Depth that anchors make.
  std::string text = "a0: &a0 [x]\n";
  for (int i = 1; i < 40; ++i) absl::StrAppend(&text, "a", i, ": &a", i, " [*a", i - 1, "]\n");
  EXPECT_THAT(Faults(text), ElementsAre(testing::HasSubstr("nested deeper than 32")));
}

TEST(YamlNodeTest, AnchorsCannotMakeALotOfALittle) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    absl::StrAppend(&text, "a", i, ": &a", i, " [");
    for (int j = 0; j < 9; ++j) absl::StrAppend(&text, "*a", i - 1, ",");
    absl::StrAppend(&text, "]\n");
  }
  EXPECT_THAT(Faults(text), ElementsAre(testing::HasSubstr("the document is too large")));
  std::string long_text = absl::StrCat("a: &a ", std::string(500'000, 'x'), "\nb: [");
  for (int i = 0; i < 1000; ++i) absl::StrAppend(&long_text, "*a,");
  EXPECT_THAT(Faults(long_text + "]"), ElementsAre(testing::HasSubstr("the document is too large")));
}

TEST(YamlNodeTest, SizeIsBounded) {
  EXPECT_THAT(Faults(absl::StrCat("a: ", std::string(kMaxYamlBytes, 'x'))),
              ElementsAre("c.yml: the YAML is longer than 1048576 bytes"));
  EXPECT_THAT(Faults(absl::StrCat(std::string(300, 'k'), ": 1")),
              ElementsAre("c.yml:1: a key must be one word"));
}

// True if two nodes say the same, wherever they are.
bool Same(const YamlNode& a, const YamlNode& b) {
  if (a.kind != b.kind || a.scalar != b.scalar || a.items.size() != b.items.size()) return false;
  if (a.entries.size() != b.entries.size()) return false;
  for (std::size_t i = 0; i < a.items.size(); ++i) {
    if (!Same(a.items[i], b.items[i])) return false;
  }
  for (std::size_t i = 0; i < a.entries.size(); ++i) {
    if (a.entries[i].key != b.entries[i].key || !Same(a.entries[i].value, b.entries[i].value)) return false;
  }
  return true;
}

TEST(YamlNodeTest, WhatIsWrittenReadsBackTheSame) {
  YamlNode odd = YamlNode::Map();
  for (const char* text : {"",
                           " ",
                           "null",
                           "~",
                           "- x",
                           "a: b",
                           "a #b",
                           "#",
                           "yes",
                           "10s",
                           "{name}",
                           "'",
                           "\"",
                           "\\",
                           "line\nbreak",
                           "tab\t",
                           "\x01\x7f",
                           "ä → 🔴",
                           "*",
                           "&a",
                           "!t",
                           "%",
                           "@",
                           "`",
                           "---",
                           "...",
                           "a,b",
                           "[",
                           "trailing ",
                           "trailing:",
                           "unix:///var/run/docker.sock",
                           "?",
                           "| x",
                           "> y"}) {
    odd.Put(absl::StrCat("k", odd.entries.size()), YamlNode::Scalar(text));
    odd.Put(absl::StrCat(text, "!"), YamlNode::List({text, text}));
  }
  YamlNode nested = YamlNode::List();
  nested.items = {odd, YamlNode::List(), YamlNode::Map(), YamlNode(), YamlNode::List({"a"})};
  nested.items[4].items.push_back(YamlNode::List({"b", "c"}));
  YamlNode root = YamlNode::Map();
  root.Put("list", nested);
  root.Put("map", odd);
  for (const int indent : {0, 4}) {
    EXPECT_TRUE(Same(Parsed(WriteYaml(root, indent)), root)) << WriteYaml(root, indent);
  }
}

TEST(YamlNodeTest, WritesAsAPersonWould) {
  const std::string text =
      "rules:\n  - name: a b\n    match:\n      to:\n        - drain\n        - pause\n  - {}\n";
  EXPECT_EQ(WriteYaml(Parsed(text)), text);
  EXPECT_EQ(WriteYaml(YamlNode::List()), "[]\n");
  EXPECT_EQ(WriteYaml(YamlNode::Scalar("x"), 2), "  x\n");
}

}  // namespace
}  // namespace swarmbell
