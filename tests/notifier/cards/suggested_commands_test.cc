#include "notifier/cards/suggested_commands.h"

#include <map>

#include "gmock/gmock.h"
#include "notifier/config/readers.h"
#include "tests/notifier/cards/card_testing.h"

namespace swarmbell::cards {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

v1::ChangeEvent Service(const std::string& details) {
  return EventFrom("resource { kind: RESOURCE_KIND_SERVICE id: 's1' name: 'shop_api' } " + details);
}

v1::ChangeEvent Named(const std::string& name, const std::string& id) {
  v1::ChangeEvent event = Service("service_crash_loop {}");
  event.mutable_resource()->set_name(name);
  event.mutable_resource()->set_id(id);
  return event;
}

// The red rules whose cards have no command, and why.
const std::map<std::string, std::string>& WithoutCommand() {
  static const auto* const why = new std::map<std::string, std::string>{
      {"service-disappeared", "nothing of it is left to look at; only its owner can create it again"},
      {"collector-stale", "it is about Swarmbell, not about docker; the card has advice of its own"},
      {"feed-disconnected", "the same"},
      {"feed-gap", "the same"},
      {"receiver-failing", "it is about a chat; the card has advice of its own"},
  };
  return *why;
}

TEST(Commands, EveryRedRuleHasThemOrAReasonWhyNot) {
  std::map<std::string, std::vector<std::string>> commands;
  for (const Sample& sample : Samples()) commands[sample.rule] = BuildCard(SampleGroup(sample), {}).commands;
  for (const RuleConfig& rule : BuiltInRules()) {
    if (rule.color != Color::kRed) continue;
    ASSERT_EQ(commands.count(rule.name), 1U) << "no sample of " << rule.name;
    EXPECT_EQ(commands[rule.name].empty(), WithoutCommand().count(rule.name) == 1) << rule.name;
  }
}

TEST(Commands, OnlyCardsOnWhichAPersonMustActHaveThem) {
  for (const Sample& sample : Samples()) {
    const Card card = BuildCard(SampleGroup(sample), {});
    if (card.color == Color::kGreen || card.color == Color::kBlack) {
      EXPECT_THAT(card.commands, IsEmpty()) << sample.rule;
    }
    EXPECT_LE(card.commands.size(), 3U) << sample.rule;
  }
}

TEST(Commands, APausedUpdateCanBeRolledBackWhereDockerWouldAcceptIt) {
  const std::string paused = "service_update_state_changed { current_state: UPDATE_STATE_PAUSED }";
  EXPECT_THAT(CommandsFor(Service("can_roll_back: true " + paused)),
              ElementsAre("docker service ps --no-trunc shop_api", "docker service rollback shop_api",
                          "docker service logs --tail 50 shop_api"));
  EXPECT_THAT(CommandsFor(Service(paused)),
              ElementsAre("docker service ps --no-trunc shop_api", "docker service logs --tail 50 shop_api"));
}

TEST(Commands, WhatIsRolledBackIsNotRolledBackAgain) {
  const auto rollback = [](const char* rest) {
    return CommandsFor(Service(
        std::string("can_roll_back: true service_update_state_changed { current_state: ") + rest + " }"));
  };
  EXPECT_THAT(rollback("UPDATE_STATE_ROLLBACK_STARTED automatic: true"),
              ElementsAre("docker service ps --no-trunc shop_api", "docker service logs --tail 50 shop_api"));
  EXPECT_THAT(rollback("UPDATE_STATE_ROLLBACK_STARTED"), IsEmpty());  // somebody asked for it
  EXPECT_THAT(rollback("UPDATE_STATE_ROLLBACK_COMPLETED"), IsEmpty());
  EXPECT_THAT(rollback("UPDATE_STATE_UPDATING"), IsEmpty());
  EXPECT_THAT(rollback("UPDATE_STATE_COMPLETED"), IsEmpty());
}

TEST(Commands, ATaskThatFindsNoNodeIsAMatterOfNodes) {
  EXPECT_THAT(
      CommandsFor(EventFrom("resource { kind: RESOURCE_KIND_TASK id: 't1' name: 'shop_api.1' } "
                            "task_unschedulable { task { service_name: 'shop_api' service_id: 's1' } }")),
      ElementsAre("docker service ps --no-trunc shop_api", "docker node ls"));
  EXPECT_THAT(CommandsFor(Service("service_degraded { failed_task { state: TASK_STATE_PENDING } }")),
              ElementsAre("docker service ps --no-trunc shop_api", "docker node ls"));
  EXPECT_THAT(CommandsFor(Service("can_roll_back: true service_update_stalled { waiting_task { state: "
                                  "TASK_STATE_PENDING } }")),
              ElementsAre("docker service ps --no-trunc shop_api", "docker service rollback shop_api",
                          "docker node ls"));
}

TEST(Commands, ARejectedTaskHasPrintedNothing) {
  EXPECT_THAT(
      CommandsFor(EventFrom("resource { kind: RESOURCE_KIND_TASK id: 't1' name: 'shop_api.1' } task_failed { "
                            "current_state: TASK_STATE_REJECTED task { service_name: 'shop_api' } }")),
      ElementsAre("docker service ps --no-trunc shop_api"));
}

TEST(Commands, APausedNodeIsActivatedADrainedOneIsMeantToBe) {
  const auto node = [](const char* availability) {
    return CommandsFor(
        EventFrom(std::string("resource { kind: RESOURCE_KIND_NODE id: 'n1' name: 'w1 (n1abcd)' } "
                              "node_availability_changed { current_availability: ") +
                  availability + " }"));
  };
  EXPECT_THAT(node("NODE_AVAILABILITY_PAUSE"),
              ElementsAre("docker node update --availability active n1", "docker node ps n1"));
  EXPECT_THAT(node("NODE_AVAILABILITY_DRAIN"), IsEmpty());
  EXPECT_THAT(node("NODE_AVAILABILITY_ACTIVE"), IsEmpty());
}

TEST(Commands, SeveralServicesAreOneCommand) {
  v1::ChangeEvent event = Service("services_failing {}");
  for (const char* name : {"a", "$(reboot)", "c", "d", "e", "f", "g"}) {
    event.mutable_services_failing()->add_services()->set_service_name(name);
  }
  EXPECT_THAT(CommandsFor(event), ElementsAre("docker service ps --no-trunc a c d e f"));
}

TEST(Commands, ANameThatActsOnAShellIsReplacedByTheIdentifier) {
  for (const char* name : {"a; rm -rf /", "--format", "$(reboot)", "`id`", "a b", "a\nb", "~root", ".",
                           "a/../b", "", "a'b", "ä", "a\xff"}) {
    EXPECT_THAT(CommandsFor(Named(name, "s1")),
                ElementsAre("docker service ps --no-trunc s1", "docker service logs --tail 50 s1"))
        << name;
    EXPECT_THAT(CommandsFor(Named(name, name)), IsEmpty()) << name;
  }
  EXPECT_THAT(CommandsFor(Named(std::string(129, 'a'), "-x")), IsEmpty());
}

TEST(InspectCommand, IsForACopyIntoAShell) {
  EXPECT_EQ(InspectCommand(Named("shop_api", "abc").resource()), "docker service inspect shop_api");
  EXPECT_EQ(InspectCommand(Named("a; rm -rf /", "abc").resource()), "docker service inspect abc");
  EXPECT_EQ(InspectCommand(Named("--format", "abc").resource()), "docker service inspect abc");
}

}  // namespace
}  // namespace swarmbell::cards
