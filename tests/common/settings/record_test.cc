#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/settings/checks.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

struct Form {
  std::string name;
  std::vector<std::string> words;
  std::vector<std::string> word;
  bool on = true;
  bool absent = true;
  std::optional<bool> perhaps;
  std::string none;
  std::map<std::string, std::string> texts;
  std::vector<std::string> days;
};

SettingsTable Describe(Form& form) {
  SettingsTable table;
  table.Add(&form.name, "name", "", {.required = "has no name"});
  table.Add(&form.words, "words", "");
  table.Add(&form.word, "word", "");
  table.Add(&form.on, "on", "");
  table.Add(&form.absent, "absent", "");
  table.Add(&form.perhaps, "perhaps", "");
  table.Add(&form.none, "none", "");
  table.Add(&form.texts, "texts", "", {.refusal = "must be a map of texts"});
  table.Add(&form.days, "days", "", {.choices = {"sat", "sun"}, .refusal = "is no day"});
  return table;
}

TEST(RecordTest, ReadsValuesAndTellsTheRest) {
  Problems problems;
  Form form;
  const SettingsTable table = Describe(form);
  const YamlNode node = ParseYaml(
      "name: a\nwords: [x, y]\nword: z\non: off\nnone: ~\nnmae: b\nperhaps: no\ntexts: {t: '1'}\n"
      "days: [sat, snu]\n",
      "c.yml", problems);
  const Record record(table, node, "rules[0]", problems);
  EXPECT_EQ(form.name, "a");
  EXPECT_THAT(form.words, ElementsAre("x", "y"));
  EXPECT_THAT(form.word, ElementsAre("z"));
  EXPECT_FALSE(form.on);
  EXPECT_TRUE(form.absent);
  EXPECT_EQ(form.perhaps, false);
  EXPECT_FALSE(record.Has(&form.none));
  EXPECT_TRUE(record.Has(&form.on));
  EXPECT_THAT(form.texts, ElementsAre(Pair("t", "1")));
  EXPECT_THAT(form.days, ElementsAre("sat"));
  EXPECT_FALSE(record.IsGood(&form.days));
  EXPECT_TRUE(record.IsGood(&form.words));
  EXPECT_THAT(problems.Lines(),
              ElementsAre("c.yml:9: rules[0].days: \"snu\" is no day; did you mean \"sun\"?",
                          "c.yml:6: unknown key \"rules[0].nmae\"; did you mean \"name\"?"));
}

TEST(RecordTest, WrongShapesAreTold) {
  Problems problems;
  Form form;
  const SettingsTable table = Describe(form);
  const YamlNode node =
      ParseYaml("name: [x]\nwords: {c: d}\non: maybe\nword: [a, [b]]\ntexts: x\n", "c.yml", problems);
  const Record record(table, node, "m", problems);
  EXPECT_EQ(form.name, "");
  EXPECT_THAT(form.words, IsEmpty());
  EXPECT_THAT(form.word, ElementsAre("a"));
  EXPECT_TRUE(form.on);
  EXPECT_THAT(problems.Lines(),
              ElementsAre("c.yml:1: m.name: must be a single value",
                          "c.yml:2: m.words: must be a single value or a list of single values",
                          "c.yml:4: m.word: must be a single value or a list of single values",
                          "c.yml:3: m.on: \"maybe\" is neither true nor false",
                          "c.yml:5: m.texts: must be a map of texts"));
  Problems others;
  const Record scalar(table, node.Find("name")->items[0], "m.name[0]", others);
  EXPECT_THAT(others.Lines(), ElementsAre("c.yml:1: m.name[0]: must be a map of keys and values",
                                          "c.yml:1: m.name[0]: has no name"));
}

// As rules are shown: what is as it would be without the map is left out.
TEST(RecordTest, ShowsWhatDiffers) {
  Form form;
  const SettingsTable table = Describe(form);
  EXPECT_EQ(WriteYaml(table.Show()), "{}\n");
  form.name = "a";
  form.words = {"x", "y"};
  form.word = {"z"};
  form.on = false;
  form.perhaps = false;
  form.texts = {{"t", "1"}};
  EXPECT_EQ(WriteYaml(table.Show()),
            "name: a\nwords:\n  - x\n  - y\nword: z\non: false\nperhaps: false\ntexts:\n  t: 1\n");
}

}  // namespace
}  // namespace swarmbell
