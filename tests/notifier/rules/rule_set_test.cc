#include "notifier/rules/rule_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "notifier/config/readers.h"
#include "tests/notifier/rules/events.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;

ReceiverConfig Receiver(const std::string& name) {
  ReceiverConfig receiver;
  receiver.name = name;
  return receiver;
}

RuleConfig Rule(const std::string& name, const std::string& change, Color color) {
  RuleConfig rule;
  rule.name = name;
  rule.match.changes = {change};
  rule.color = color;
  return rule;
}

// Two receivers, one rule for services that disappear, one for nodes that do.
NotifierConfig TwoRules() {
  NotifierConfig config;
  config.receivers = {Receiver("slack"), Receiver("ops")};
  config.rules = {Rule("gone", "service_disappeared", Color::kRed),
                  Rule("node", "node_disappeared", Color::kBlue)};
  return config;
}

Decision Decide(const NotifierConfig& config, const v1::ChangeEvent& event,
                absl::Time now = absl::UnixEpoch()) {
  return RuleSet::Create(config)->Evaluate(event, now);
}

v1::ChangeEvent Gone(const std::string& label = "", const std::string& value = "") {
  v1::ChangeEvent event = Bare("service_disappeared");
  event.set_event_id("e1");
  if (!label.empty()) (*event.mutable_resource()->mutable_labels())[label] = value;
  return event;
}

TEST(RuleSetTest, AMatchMakesAnAlert) {
  const Decision decision = Decide(TwoRules(), Gone());
  EXPECT_EQ(decision.reason, DecisionReason::kMatched);
  ASSERT_TRUE(decision.alert.has_value());
  EXPECT_EQ(decision.alert->event.event_id(), "e1");
  EXPECT_EQ(decision.alert->rule, "gone");
  EXPECT_EQ(decision.alert->color, Color::kRed);
  EXPECT_THAT(decision.alert->receivers, ElementsAre("slack", "ops"));
  EXPECT_EQ(decision.rule, "gone");
  EXPECT_EQ(decision.explanation, "The rule \"gone\" matches.");
}

TEST(RuleSetTest, WithoutARuleNothingIsTold) {
  const Decision decision = Decide(TwoRules(), Bare("service_appeared"));
  EXPECT_EQ(decision.reason, DecisionReason::kNoRule);
  EXPECT_FALSE(decision.alert.has_value());
  EXPECT_EQ(decision.rule, "");
  EXPECT_FALSE(decision.color.has_value());
  EXPECT_EQ(decision.explanation, "No rule matches service_appeared.");
  EXPECT_EQ(Decide(TwoRules(), Service()).explanation,
            "No rule matches a change of a kind that this notifier does not know.");
}

TEST(RuleSetTest, TheFirstMatchDecides) {
  NotifierConfig config = TwoRules();
  config.rules.insert(config.rules.begin(), Rule("first", "service_disappeared", Color::kBlack));
  config.rules[0].match.names = {"shop_*"};
  config.rules[0].receivers = {"ops"};
  config.rules[0].title = "{name} went";
  const Decision decision = Decide(config, Gone());
  EXPECT_EQ(decision.alert->rule, "first");
  EXPECT_EQ(decision.alert->color, Color::kBlack);
  EXPECT_THAT(decision.alert->receivers, ElementsAre("ops"));
  EXPECT_EQ(decision.alert->title, "shop_api went");
  v1::ChangeEvent other = Gone();
  other.mutable_resource()->set_name("web");
  EXPECT_EQ(Decide(config, other).alert->rule, "gone");
}

TEST(RuleSetTest, ADisabledRuleIsPassedOver) {
  NotifierConfig config = TwoRules();
  config.rules[0].enabled = false;
  const Decision decision = Decide(config, Gone());
  EXPECT_EQ(decision.reason, DecisionReason::kRuleDisabled);
  EXPECT_EQ(decision.rule, "gone");
  EXPECT_EQ(decision.explanation, "The rule \"gone\" is switched off.");
  config.rules.push_back(Rule("later", "service_disappeared", Color::kGreen));
  EXPECT_EQ(Decide(config, Gone()).alert->rule, "later");
}

TEST(RuleSetTest, ColoursThatAreNotWantedAreHeldBack) {
  NotifierConfig config = TwoRules();
  config.colors = {Color::kBlue, Color::kGreen};
  const Decision decision = Decide(config, Gone());
  EXPECT_EQ(decision.reason, DecisionReason::kColorOff);
  EXPECT_EQ(decision.rule, "gone");
  EXPECT_EQ(decision.color, Color::kRed);
  EXPECT_FALSE(decision.alert.has_value());
  EXPECT_EQ(decision.explanation, "Alerts of the colour red are not wanted.");
  EXPECT_TRUE(Decide(config, Bare("node_disappeared")).alert.has_value());
}

TEST(RuleSetTest, ALabelOptsOut) {
  for (const char* no : {"false", "False", "0", "no", " off "}) {
    const Decision decision = Decide(TwoRules(), Gone("swarmbell.enable", no));
    EXPECT_EQ(decision.reason, DecisionReason::kLabelOptOut) << no;
    EXPECT_EQ(decision.explanation, "The label swarmbell.enable=false switches alerts off.");
  }
  for (const char* yes : {"true", "", "maybe"}) {
    EXPECT_EQ(Decide(TwoRules(), Gone("swarmbell.enable", yes)).reason, DecisionReason::kMatched) << yes;
  }
}

TEST(RuleSetTest, ALabelPicksColours) {
  EXPECT_EQ(Decide(TwoRules(), Gone("swarmbell.colors", "yellow, red")).reason, DecisionReason::kMatched);
  const Decision decision = Decide(TwoRules(), Gone("swarmbell.colors", "yellow,green"));
  EXPECT_EQ(decision.reason, DecisionReason::kColorOff);
  EXPECT_EQ(decision.explanation, "The label swarmbell.colors does not name red.");
  EXPECT_EQ(Decide(TwoRules(), Gone("swarmbell.colors", "purple")).reason, DecisionReason::kMatched);
  // A label cannot bring back what the configuration does not want.
  NotifierConfig config = TwoRules();
  config.colors = {Color::kBlue};
  EXPECT_EQ(Decide(config, Gone("swarmbell.colors", "red")).reason, DecisionReason::kColorOff);
}

TEST(RuleSetTest, ALabelPicksReceivers) {
  const Decision decision = Decide(TwoRules(), Gone("swarmbell.receiver", "ops, ops, nobody"));
  EXPECT_THAT(decision.alert->receivers, ElementsAre("ops"));
  EXPECT_EQ(decision.explanation, "The rule \"gone\" matches; the label swarmbell.receiver sends it to ops.");
}

TEST(RuleSetTest, ALabelThatNamesNoReceiverLeavesTheRules) {
  NotifierConfig config = TwoRules();
  config.rules[0].receivers = {"slack"};
  const Decision decision = Decide(config, Gone("swarmbell.receiver", "team-a"));
  EXPECT_THAT(decision.alert->receivers, ElementsAre("slack"));
  EXPECT_EQ(decision.explanation,
            "The rule \"gone\" matches; the label swarmbell.receiver names no receiver that exists.");
}

TEST(RuleSetTest, MutesHoldBackWhileInForce) {
  NotifierConfig config = TwoRules();
  MuteConfig mute;
  mute.name = "nightly";
  mute.match.stacks = {"shop"};
  mute.start = absl::FromUnixSeconds(100);
  mute.end = absl::FromUnixSeconds(200);
  config.mutes = {mute};
  const Decision decision = Decide(config, Gone(), absl::FromUnixSeconds(150));
  EXPECT_EQ(decision.reason, DecisionReason::kMuted);
  EXPECT_EQ(decision.rule, "gone");
  EXPECT_EQ(decision.explanation, "The mute \"nightly\" is in force.");
  EXPECT_EQ(Decide(config, Gone(), absl::FromUnixSeconds(200)).reason, DecisionReason::kMatched);
  v1::ChangeEvent other = Gone();
  other.mutable_resource()->set_stack("web");
  EXPECT_EQ(Decide(config, other, absl::FromUnixSeconds(150)).reason, DecisionReason::kMatched);
}

std::vector<std::string> Lines(const std::vector<Trial>& trials) {
  std::vector<std::string> lines;
  for (const Trial& trial : trials) {
    lines.push_back((trial.mute ? "mute " : "") + trial.name + " " + trial.outcome);
  }
  return lines;
}

TEST(RuleSetTest, TrialsSayWhatBecameOfEachRuleAndMute) {
  NotifierConfig config = TwoRules();
  config.rules.insert(config.rules.begin(), Rule("web", "service_disappeared", Color::kBlack));
  config.rules[0].match.names = {"web_*"};
  config.rules.insert(config.rules.begin(), Rule("off", "service_disappeared", Color::kBlack));
  config.rules[0].enabled = false;
  config.rules.push_back(Rule("later", "service_disappeared", Color::kGreen));
  config.mutes.resize(3);
  config.mutes[0].name = "over";
  config.mutes[0].end = absl::FromUnixSeconds(100);
  config.mutes[1].name = "always";
  config.mutes[2].name = "nodes";
  config.mutes[2].match.kinds = {"node"};
  const auto trials = RuleSet::Create(config)->Trials(Gone(), absl::FromUnixSeconds(100));
  EXPECT_THAT(Lines(trials),
              ElementsAre("off would match, but is switched off",
                          "web does not match: name is \"shop_api\", not web_*", "gone matches",
                          "later would match, but comes later", "mute over matches, but is not in force now",
                          "mute always matches and is in force",
                          "mute nodes does not match: kind is \"service\", not node"));
}

TEST(RuleSetTest, ReceiversMustExist) {
  NotifierConfig config = TwoRules();
  config.rules[1].receivers = {"nobody"};
  const auto set = RuleSet::Create(config);
  EXPECT_EQ(set.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(std::string(set.status().message()),
            "rule \"node\" names the receiver \"nobody\", which does not exist");
  config.receivers.clear();
  EXPECT_EQ(RuleSet::Create(config).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(RuleSetTest, EveryReasonHasAName) {
  EXPECT_EQ(ReasonName(DecisionReason::kMatched), "matched");
  EXPECT_EQ(ReasonName(DecisionReason::kNoRule), "no_rule");
  EXPECT_EQ(ReasonName(DecisionReason::kRuleDisabled), "rule_disabled");
  EXPECT_EQ(ReasonName(DecisionReason::kLabelOptOut), "label_opt_out");
  EXPECT_EQ(ReasonName(DecisionReason::kColorOff), "color_off");
  EXPECT_EQ(ReasonName(DecisionReason::kMuted), "muted");
  EXPECT_EQ(ReasonName(DecisionReason::kOriginAlone), "origin_alone");
  EXPECT_EQ(ReasonName(DecisionReason::kNoReceiver), "no_receiver");
}

NotifierConfig BuiltIn() {
  NotifierConfig config = TwoRules();
  config.rules = BuiltInRules();
  return config;
}

v1::FieldChange LabelChange(const std::string& name, const std::string& path) {
  v1::FieldChange field;
  field.set_group(path == "Labels" ? "Labels" : "Container labels");
  field.set_name(name);
  field.set_path(path);
  return field;
}

TEST(OriginAloneTest, LabelsThatSayWhoseChangeItIsMakeNoAlert) {
  const NotifierConfig config = BuiltIn();
  v1::ChangeEvent labels = Service();
  auto& fields = *labels.mutable_service_labels_changed()->mutable_fields();
  *fields.Add() = LabelChange("swarmbell.revision", "Labels");
  *fields.Add() = LabelChange("org.opencontainers.image.source", "Labels");
  const Decision decision = Decide(config, labels);
  EXPECT_FALSE(decision.alert);
  EXPECT_EQ(decision.reason, DecisionReason::kOriginAlone);
  EXPECT_EQ(decision.explanation,
            "Only labels changed that say whose change it is: cards of other changes show them.");
  *fields.Add() = LabelChange("team", "Labels");
  EXPECT_TRUE(Decide(config, labels).alert);
}

TEST(OriginAloneTest, SoDoTheirUpdatesUnlessTheyFail) {
  const NotifierConfig config = BuiltIn();
  const auto update = [](v1::UpdateState state) {
    v1::ChangeEvent event = Update(v1::UPDATE_STATE_UNSPECIFIED, state);
    *event.mutable_service_update_state_changed()->add_fields() =
        LabelChange("swarmbell.revision", "TaskTemplate.ContainerSpec.Labels");
    return event;
  };
  EXPECT_EQ(Decide(config, update(v1::UPDATE_STATE_UPDATING)).reason, DecisionReason::kOriginAlone);
  EXPECT_EQ(Decide(config, update(v1::UPDATE_STATE_COMPLETED)).reason, DecisionReason::kOriginAlone);
  EXPECT_TRUE(Decide(config, update(v1::UPDATE_STATE_PAUSED)).alert);
  EXPECT_TRUE(Decide(config, update(v1::UPDATE_STATE_ROLLBACK_STARTED)).alert);
}

TEST(OriginAloneTest, AVariableOrALabelOfThatNameElsewhereIsNone) {
  v1::ChangeEvent event = Service();
  *event.mutable_service_task_template_changed()->add_fields() =
      LabelChange("swarmbell.by", "TaskTemplate.ContainerSpec.Env");
  EXPECT_TRUE(Decide(BuiltIn(), event).alert);
}

TEST(OriginAloneTest, ARuleThatNamesTheLabelsGetsThem) {
  NotifierConfig config = BuiltIn();
  RuleConfig rule = Rule("releases", "service_labels_changed", Color::kBlue);
  rule.match.fields = {"labels.swarmbell.*"};
  config.rules.insert(config.rules.begin(), rule);
  v1::ChangeEvent labels = Service();
  *labels.mutable_service_labels_changed()->add_fields() = LabelChange("swarmbell.revision", "Labels");
  EXPECT_EQ(Decide(config, labels).rule, "releases");
}

TEST(RuleSetTest, AReceiverIsNotToldOfItself) {
  NotifierConfig config = TwoRules();
  config.rules = {Rule("failing", "receiver_failing", Color::kRed),
                  Rule("works", "receiver_recovered", Color::kGreen)};
  v1::ChangeEvent failing = Bare("receiver_failing");
  failing.mutable_receiver_failing()->set_receiver("ops");
  EXPECT_THAT(Decide(config, failing).alert->receivers, ElementsAre("slack"));
  v1::ChangeEvent works = Bare("receiver_recovered");
  works.mutable_receiver_recovered()->set_receiver("slack");
  EXPECT_THAT(Decide(config, works).alert->receivers, ElementsAre("ops"));
  config.rules[0].receivers = {"ops"};
  EXPECT_THAT(Decide(config, failing).alert->receivers, testing::IsEmpty());
}

v1::ChangeEvent GoneIn(const std::string& swarm) {
  v1::ChangeEvent event = Gone();
  event.mutable_cluster()->set_id("id of " + swarm);
  event.mutable_cluster()->set_name(swarm);
  return event;
}

TEST(RuleSetTest, AReceiverTakesTheAlertsOfItsSwarms) {
  NotifierConfig config = TwoRules();
  config.receivers[0].clusters = {"prod-*", "live"};
  EXPECT_THAT(Decide(config, GoneIn("prod-eu")).alert->receivers, ElementsAre("slack", "ops"));
  EXPECT_THAT(Decide(config, GoneIn("staging")).alert->receivers, ElementsAre("ops"));
  // Not even a rule or a label sends it what it does not take.
  config.rules[0].receivers = {"slack"};
  const Decision decision = Decide(config, GoneIn("staging"));
  EXPECT_FALSE(decision.alert);
  EXPECT_EQ(decision.reason, DecisionReason::kNoReceiver);
  EXPECT_EQ(decision.rule, "gone");
  EXPECT_EQ(decision.explanation, "No receiver takes alerts of the swarm \"staging\".");
  v1::ChangeEvent labelled = GoneIn("staging");
  (*labelled.mutable_resource()->mutable_labels())["swarmbell.receiver"] = "slack, ops";
  EXPECT_THAT(Decide(config, labelled).alert->receivers, ElementsAre("ops"));
}

TEST(RuleSetTest, AChangeOfNoSwarmGoesToEveryReceiver) {
  NotifierConfig config = TwoRules();
  for (ReceiverConfig& receiver : config.receivers) receiver.clusters = {"prod-*"};
  v1::ChangeEvent event = Gone();
  event.clear_cluster();
  EXPECT_THAT(Decide(config, event).alert->receivers, ElementsAre("slack", "ops"));
}

TEST(RuleSetTest, TheEndOfAnUnknownSwarmsLossGoesWhereItsBeginningWent) {
  NotifierConfig config = TwoRules();
  config.rules = {Rule("lost", "feed_disconnected", Color::kRed),
                  Rule("back", "feed_connected", Color::kGreen)};
  config.receivers[0].clusters = {"prod-*"};
  const v1::ChangeEvent lost = Bare("feed_disconnected");
  EXPECT_THAT(Decide(config, lost).alert->receivers, ElementsAre("slack", "ops"));
  v1::ChangeEvent back = Bare("feed_connected");
  back.mutable_cluster()->set_id("id of staging");
  back.mutable_cluster()->set_name("staging");
  EXPECT_THAT(Decide(config, back).alert->receivers, ElementsAre("slack", "ops"));
  back.mutable_feed_connected()->set_connected_before(true);
  EXPECT_THAT(Decide(config, back).alert->receivers, ElementsAre("ops")) << "its loss named the swarm";
}

}  // namespace
}  // namespace swarmbell
