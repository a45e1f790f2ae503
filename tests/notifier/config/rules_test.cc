#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "notifier/config/readers.h"
#include "tests/notifier/config/loading.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// The faults of one rule, given as the inside of a YAML map.
std::vector<std::string> RuleFaults(const std::string& inside) {
  return Faults(absl::StrCat("receivers: [{name: ops, type: console}]\nrules:\n- {", inside, "}"));
}

TEST(RulesTest, AreReadWithAllTheirParts) {
  const NotifierConfig config = Loaded(R"(
receivers: [{name: ops, type: console}]
rules:
- name: mine
  match:
    change: service_mode_changed
    kind: service
    from: [1, 2]
    to: 0
    name: shop_*
    stack: [a, b]
    label: {team: x}
    cluster: prod
    stopping: no
    tasks_missing: yes
    automatic: yes
  color: red
  receivers: [ops]
  title: "{name} from {from} to {to}"
  enabled: yes
)")
                                    .config;
  const RuleConfig& rule = config.rules.at(0);
  EXPECT_EQ(rule.name, "mine");
  EXPECT_THAT(rule.match.changes, ElementsAre("service_mode_changed"));
  EXPECT_THAT(rule.match.kinds, ElementsAre("service"));
  EXPECT_THAT(rule.match.from, ElementsAre("1", "2"));
  EXPECT_THAT(rule.match.to, ElementsAre("0"));
  EXPECT_THAT(rule.match.names, ElementsAre("shop_*"));
  EXPECT_THAT(rule.match.stacks, ElementsAre("a", "b"));
  EXPECT_THAT(rule.match.labels, ElementsAre(testing::Pair("team", "x")));
  EXPECT_THAT(rule.match.clusters, ElementsAre("prod"));
  EXPECT_EQ(rule.match.stopping, false);
  EXPECT_EQ(rule.match.tasks_missing, true);
  EXPECT_EQ(rule.match.automatic, true);
  EXPECT_EQ(rule.color, Color::kRed);
  EXPECT_THAT(rule.receivers, ElementsAre("ops"));
  EXPECT_EQ(rule.title, "{name} from {from} to {to}");
  EXPECT_TRUE(rule.enabled);
}

TEST(RulesTest, TheUsersComeFirst) {
  const NotifierConfig config =
      Loaded("rules: [{name: a, match: {}, color: red}, {name: b, match: {}, color: blue, enabled: no}]")
          .config;
  ASSERT_EQ(config.rules.size(), BuiltInRules().size() + 2);
  EXPECT_EQ(config.rules[0].name, "a");
  EXPECT_EQ(config.rules[1].name, "b");
  EXPECT_FALSE(config.rules[1].enabled);
  EXPECT_EQ(config.rules[2].name, BuiltInRules()[0].name);
}

TEST(RulesTest, ABuiltInNameReplacesInPlaceAndKeepsWhatIsLeftOut) {
  const NotifierConfig config = Loaded("rules: [{name: node-drained, color: red}]").config;
  ASSERT_EQ(config.rules.size(), BuiltInRules().size());
  EXPECT_EQ(config.rules[1].name, "node-drained");
  EXPECT_EQ(config.rules[1].color, Color::kRed);
  EXPECT_THAT(config.rules[1].match.to, ElementsAre("drain"));
  const NotifierConfig other = Loaded("rules: [{name: node-drained, match: {change: node_appeared}}]").config;
  EXPECT_EQ(other.rules[1].color, Color::kBlack);
  EXPECT_THAT(other.rules[1].match.changes, ElementsAre("node_appeared"));
  EXPECT_THAT(other.rules[1].match.to, IsEmpty());
}

TEST(RulesTest, MayComeFromTheEnvironment) {
  const NotifierConfig config =
      Loaded("", {{"SWARMBELL_RULES", "[{name: a, match: {}, color: red}]"}}).config;
  EXPECT_EQ(config.rules[0].name, "a");
  EXPECT_THAT(
      Faults("", {{"SWARMBELL_RULES", "[{name: a,\n match: {}, color: rde}]"}}),
      ElementsAre(
          "SWARMBELL_RULES:2: rules[0].color: \"rde\" is no colour (black, green, yellow, blue, red); "
          "did you mean \"red\"?"));
}

TEST(RulesTest, ChangesAndKindsMustBeKnown) {
  EXPECT_THAT(
      RuleFaults("name: a, color: red, match: {change: node_role_chnged}"),
      ElementsAre(
          "SWARMBELL_CONFIG_YAML:3: rules[0].match.change: \"node_role_chnged\" is no change; did you "
          "mean \"node_role_changed\"?"));
  EXPECT_THAT(
      RuleFaults("name: a, color: red, match: {kind: servce}"),
      ElementsAre("SWARMBELL_CONFIG_YAML:3: rules[0].match.kind: \"servce\" is no kind of resource; did you "
                  "mean \"service\"?"));
  EXPECT_THAT(
      RuleFaults("name: a, color: red, match: {chnge: x}"),
      ElementsAre("SWARMBELL_CONFIG_YAML:3: unknown key \"rules[0].match.chnge\"; did you mean \"change\"?"));
}

TEST(RulesTest, StatesMustBeOnesOfTheChange) {
  EXPECT_THAT(RuleFaults("name: a, color: red, match: {change: node_availability_changed, to: drained}"),
              ElementsAre("SWARMBELL_CONFIG_YAML:3: rules[0].match.to: \"drained\" is not a state of "
                          "node_availability_changed (none, active, pause, drain); did you mean \"drain\"?"));
  EXPECT_THAT(
      RuleFaults("name: a, color: red, match: {change: node_appeared, from: active}"),
      ElementsAre("SWARMBELL_CONFIG_YAML:3: rules[0].match.from: node_appeared has no such state; leave it "
                  "out"));
  EXPECT_THAT(
      RuleFaults("name: a, color: red, match: {change: [node_appeared, node_role_changed], to: manager}"),
      IsEmpty());
  EXPECT_THAT(
      RuleFaults("name: a, color: red, match: {change: [node_appeared, node_role_changed], to: drain}"),
      ElementsAre(testing::HasSubstr("\"drain\" is not a state of any change that it is about")));
  EXPECT_THAT(RuleFaults("name: a, color: red, match: {change: service_mode_changed, to: [3, global]}"),
              IsEmpty());
  EXPECT_THAT(RuleFaults("name: a, color: red, match: {change: leader_changed, to: any-host}"), IsEmpty());
  EXPECT_THAT(RuleFaults("name: a, color: red, match: {to: drain}"), IsEmpty());
  // One fault, not two: what the states are judged by is itself wrong.
  EXPECT_EQ(RuleFaults("name: a, color: red, match: {change: node_gone, to: drain}").size(), 1U);
}

TEST(RulesTest, ReceiversMustExist) {
  EXPECT_THAT(
      RuleFaults("name: a, color: red, match: {}, receivers: [opps]"),
      ElementsAre("SWARMBELL_CONFIG_YAML:3: rules[0].receivers: there is no receiver \"opps\"; did you mean "
                  "\"ops\"?"));
}

TEST(RulesTest, PartsMustBeThere) {
  EXPECT_THAT(RuleFaults("color: red, match: {}"),
              ElementsAre("SWARMBELL_CONFIG_YAML:3: rules[0]: has no name"));
  EXPECT_THAT(RuleFaults("name: a, match: {}"),
              ElementsAre("SWARMBELL_CONFIG_YAML:3: rules[0]: has no color"));
  EXPECT_THAT(RuleFaults("name: a, color: red"),
              ElementsAre("SWARMBELL_CONFIG_YAML:3: rules[0]: has no match; {} matches every change"));
  EXPECT_THAT(Faults("rules: [{name: a, color: red, match: {}}, {name: a, color: red, match: {}}]"),
              ElementsAre("SWARMBELL_CONFIG_YAML:1: rules[1]: there is another rule \"a\""));
  EXPECT_THAT(Faults("rules: [a]"),
              testing::Contains("SWARMBELL_CONFIG_YAML:1: rules[0]: must be a map of keys and "
                                "values"));
}

TEST(RulesTest, ANameThatIsNearlyABuiltInOneIsNamedWhereTheRuleIsNotWhole) {
  const std::string fault =
      "SWARMBELL_CONFIG_YAML:3: rules[0].name: there is no built-in rule \"node-drainde\"; did you mean "
      "\"node-drained\"?";
  EXPECT_THAT(RuleFaults("name: node-drainde, enabled: no"), ElementsAre(fault));
  EXPECT_THAT(RuleFaults("name: node-drainde, color: red"), ElementsAre(fault));
  EXPECT_THAT(RuleFaults("name: node-drainde, match: {}"), ElementsAre(fault));
  EXPECT_THAT(RuleFaults("name: node-drainde, match: {}, color: red"), IsEmpty());
}

TEST(RulesTest, WordsOfTheTitleMustBeKnown) {
  EXPECT_THAT(
      RuleFaults("name: a, color: red, match: {}, title: 'Node {nmae} {}{ {A}'"),
      ElementsAre("SWARMBELL_CONFIG_YAML:3: rules[0].title: unknown placeholder {nmae} (there are {name} "
                  "{kind} {stack} {cluster} {from} {to} {change}); did you mean \"name\"?"));
}

TEST(RulesTest, FieldsAreGlobsOnKnownGroups) {
  const NotifierConfig config =
      Loaded(
          "rules: [{name: a, color: red, match: {field: ['labels.*', env.BUILD_*]}},\n"
          " {name: b, color: red, match: {change: service_labels_changed, field: labels}}]")
          .config;
  EXPECT_THAT(config.rules[0].match.fields, ElementsAre("labels.*", "env.BUILD_*"));
  EXPECT_THAT(config.rules[1].match.fields, ElementsAre("labels"));
  EXPECT_THAT(RuleFaults("name: a, color: red, match: {field: ['*.BUILD_ID', 'container*.x', other]}"),
              IsEmpty());
  EXPECT_THAT(RuleFaults("name: a, color: red, match: {field: ['lables.traefik.*']}"),
              ElementsAre(testing::AllOf(
                  testing::StartsWith("SWARMBELL_CONFIG_YAML:3: rules[0].match.field: \"lables.traefik.*\" "
                                      "begins with no group of fields (image, args, env, "),
                  testing::EndsWith("; did you mean \"labels\"?"))));
  EXPECT_THAT(RuleFaults("name: a, color: red, match: {change: [node_appeared, service_labels_changed], "
                         "field: labels}"),
              ElementsAre("SWARMBELL_CONFIG_YAML:3: rules[0].match.field: node_appeared has no fields; leave "
                          "it out"));
  EXPECT_THAT(Faults("mute: [{name: m, match: {field: environment}}]"),
              ElementsAre(testing::HasSubstr("mute[0].match.field: \"environment\" begins with no group")));
}

TEST(RulesTest, ALabelHasOneValue) {
  EXPECT_THAT(
      RuleFaults("name: a, color: red, match: {label: team}"),
      ElementsAre("SWARMBELL_CONFIG_YAML:3: rules[0].match.label: must be a map of label names and values"));
  EXPECT_THAT(
      RuleFaults("name: a, color: red, match: {label: {team: [a]}}"),
      ElementsAre(
          "SWARMBELL_CONFIG_YAML:3: rules[0].match.label: the value of \"team\" must be a single one"));
}

}  // namespace
}  // namespace swarmbell
