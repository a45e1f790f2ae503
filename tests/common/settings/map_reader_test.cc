#include "common/settings/map_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(MapReaderTest, ReadsValuesAndTellsTheRest) {
  Problems problems;
  const YamlNode node =
      ParseYaml("name: a\nwords: [x, y]\nword: z\non: off\nnone: ~\nnmae: b\n", "c.yml", problems);
  MapReader reader(node, "rules[0]", problems);
  EXPECT_EQ(reader.Text("name"), "a");
  EXPECT_THAT(reader.Words("words"), ElementsAre("x", "y"));
  EXPECT_THAT(reader.Words("word"), ElementsAre("z"));
  EXPECT_FALSE(reader.Bool("on", true));
  EXPECT_TRUE(reader.Bool("absent", true));
  EXPECT_EQ(reader.Child("none"), nullptr);
  EXPECT_THAT(problems.Lines(), IsEmpty());
  reader.Finish();
  EXPECT_THAT(problems.Lines(),
              ElementsAre("c.yml:6: unknown key \"rules[0].nmae\"; did you mean \"name\"?"));
}

TEST(MapReaderTest, WrongShapesAreTold) {
  Problems problems;
  const YamlNode node = ParseYaml("a: [x]\nb: {c: d}\ne: maybe\n", "c.yml", problems);
  MapReader reader(node, "m", problems);
  EXPECT_EQ(reader.Text("a"), "");
  EXPECT_THAT(reader.Words("b"), IsEmpty());
  EXPECT_TRUE(reader.Bool("e", true));
  EXPECT_THAT(problems.Lines(), ElementsAre("c.yml:1: m.a: must be a single value",
                                            "c.yml:2: m.b: must be a single value or a list of single values",
                                            "c.yml:3: m.e: \"maybe\" is neither true nor false"));
  Problems others;
  MapReader(node.Find("a")->items[0], "m.a[0]", others).Finish();
  EXPECT_THAT(others.Lines(), ElementsAre("c.yml:1: m.a[0]: must be a map of keys and values"));
}

}  // namespace
}  // namespace swarmbell
