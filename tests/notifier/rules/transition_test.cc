#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>

#include "notifier/config/change_words.h"
#include "notifier/rules/match.h"
#include "tests/notifier/rules/events.h"

namespace swarmbell {

void PrintTo(const Transition& transition, std::ostream* out) {
  *out << transition.change << " " << transition.from << " -> " << transition.to;
}

namespace {

TEST(TransitionTest, StatesAreDockersWords) {
  EXPECT_EQ(TransitionOf(Availability(v1::NODE_AVAILABILITY_ACTIVE, v1::NODE_AVAILABILITY_DRAIN)),
            (Transition{"node_availability_changed", "active", "drain"}));
  EXPECT_EQ(TransitionOf(State(v1::NODE_STATE_READY, v1::NODE_STATE_DOWN)),
            (Transition{"node_state_changed", "ready", "down"}));
  EXPECT_EQ(TransitionOf(Reachability(v1::NODE_REACHABILITY_UNSPECIFIED, v1::NODE_REACHABILITY_UNREACHABLE)),
            (Transition{"node_reachability_changed", "none", "unreachable"}));
  EXPECT_EQ(TransitionOf(Update(v1::UPDATE_STATE_UNSPECIFIED, v1::UPDATE_STATE_ROLLBACK_STARTED)),
            (Transition{"service_update_state_changed", "none", "rollback_started"}));
  EXPECT_EQ(TransitionOf(Failed(v1::TASK_STATE_REJECTED)),
            (Transition{"task_failed", "running", "rejected"}));
  v1::ChangeEvent role = Node();
  role.mutable_node_role_changed()->set_previous_role(v1::NODE_ROLE_WORKER);
  role.mutable_node_role_changed()->set_current_role(v1::NODE_ROLE_MANAGER);
  EXPECT_EQ(TransitionOf(role), (Transition{"node_role_changed", "worker", "manager"}));
}

TEST(TransitionTest, AServiceThatAppearsHasItsUpdateState) {
  EXPECT_EQ(TransitionOf(Appeared(v1::UPDATE_STATE_UNSPECIFIED)),
            (Transition{"service_appeared", "", "none"}));
  EXPECT_EQ(TransitionOf(Appeared(v1::UPDATE_STATE_COMPLETED)),
            (Transition{"service_appeared", "", "completed"}));
}

TEST(TransitionTest, AModeIsItsNumberOfReplicasOrElseItsKind) {
  v1::ChangeEvent event = Service();
  v1::ServiceModeChanged& change = *event.mutable_service_mode_changed();
  change.mutable_previous_mode()->set_kind(v1::SERVICE_MODE_KIND_REPLICATED);
  change.mutable_previous_mode()->set_replicas(2);
  change.mutable_current_mode()->set_kind(v1::SERVICE_MODE_KIND_REPLICATED);
  change.mutable_current_mode()->set_replicas(0);
  EXPECT_EQ(TransitionOf(event), (Transition{"service_mode_changed", "2", "0"}));
  change.mutable_current_mode()->Clear();
  change.mutable_current_mode()->set_kind(v1::SERVICE_MODE_KIND_GLOBAL_JOB);
  EXPECT_EQ(TransitionOf(event), (Transition{"service_mode_changed", "replicated", "global-job"}));
}

TEST(TransitionTest, ALeaderIsItsHostname) {
  v1::ChangeEvent event = Node();
  event.mutable_leader_changed()->mutable_previous_leader()->set_hostname("m1");
  event.mutable_leader_changed()->mutable_current_leader()->set_id("x7");
  EXPECT_EQ(TransitionOf(event), (Transition{"leader_changed", "m1", "x7"}));
  event.mutable_leader_changed()->clear_previous_leader();
  EXPECT_EQ(TransitionOf(event).from, "none");
}

TEST(TransitionTest, ContainersKeepTheEnginesWords) {
  v1::ChangeEvent event = Service();
  event.mutable_container_restarting()->set_previous_state("running");
  EXPECT_EQ(TransitionOf(event), (Transition{"container_restarting", "running", "restarting"}));
  event.mutable_container_dead()->set_previous_state("exited");
  event.mutable_container_dead()->set_current_state("removing");
  EXPECT_EQ(TransitionOf(event), (Transition{"container_dead", "exited", "removing"}));
  event.mutable_container_recovered()->set_previous_state("dead");
  EXPECT_EQ(TransitionOf(event), (Transition{"container_recovered", "dead", "none"}));
}

TEST(TransitionTest, AStalledRunHasItsStateAndAnEvictionItsReason) {
  v1::ChangeEvent event = Service();
  event.mutable_service_update_stalled()->set_state(v1::UPDATE_STATE_UPDATING);
  EXPECT_EQ(TransitionOf(event), (Transition{"service_update_stalled", "", "updating"}));
  event.mutable_service_update_resumed()->set_state(v1::UPDATE_STATE_ROLLBACK_STARTED);
  EXPECT_EQ(TransitionOf(event), (Transition{"service_update_resumed", "", "rollback_started"}));
  event.mutable_task_evicted()->set_reason(v1::EVICTION_REASON_NODE_GONE);
  EXPECT_EQ(TransitionOf(event), (Transition{"task_evicted", "", "node_gone"}));
}

TEST(TransitionTest, ChangesWithoutStatesHaveNone) {
  EXPECT_EQ(TransitionOf(Bare("node_appeared")), (Transition{"node_appeared", "", ""}));
  EXPECT_EQ(TransitionOf(Bare("feed_gap")), (Transition{"feed_gap", "", ""}));
}

TEST(TransitionTest, AChangeThatThisReaderDoesNotKnowHasNoName) {
  EXPECT_EQ(TransitionOf(Service()), (Transition{"unknown", "", ""}));
}

TEST(TransitionTest, AnEnumValueThatThisReaderDoesNotKnowIsANumber) {
  EXPECT_EQ(TransitionOf(Failed(static_cast<v1::TaskState>(77))).to, "77");
}

// Every word that an event can have is one that the configuration accepts in a rule, and no other.
TEST(TransitionTest, RulesMayNameExactlyTheStatesThatEventsHave) {
  for (const std::string& change : ChangeNames()) {
    const Transition transition = TransitionOf(Bare(change));
    EXPECT_EQ(transition.change, change);
    for (const Side side : {Side::kBefore, Side::kNow}) {
      const StateWords known = StateWordsOf(change, side);
      const std::string word = side == Side::kBefore ? transition.from : transition.to;
      const bool none = known.words.empty() && !known.any && !known.numbers;
      EXPECT_EQ(word.empty(), none) << change << " " << word;
      const bool listed = std::find(known.words.begin(), known.words.end(), word) != known.words.end();
      EXPECT_TRUE(none || known.any || listed) << change << " " << word;
    }
  }
}

std::string Fill(const std::string& title, const v1::ChangeEvent& event) {
  return FillTitle(title, event, TransitionOf(event));
}

TEST(TitleTest, FillsEveryPlaceholder) {
  const v1::ChangeEvent event = Update(v1::UPDATE_STATE_UPDATING, v1::UPDATE_STATE_PAUSED);
  EXPECT_EQ(Fill("{kind} {name} of {stack} on {cluster}: {change} {from} to {to}", event),
            "service shop_api of shop on prod-1: service_update_state_changed updating to paused");
  EXPECT_EQ(Fill("", event), "");
}

TEST(TitleTest, WhatAValueSaysIsNotFilledAgain) {
  EXPECT_EQ(Fill("{name}!", Service("{stack}")), "{stack}!");
  EXPECT_EQ(Fill("{other} {", Service()), "{other} {");
}

TEST(TitleTest, ATitleOfBlanksIsNone) {
  v1::ChangeEvent event = Bare("service_disappeared");
  event.mutable_resource()->clear_name();
  event.mutable_resource()->clear_stack();
  for (const char* title : {"", " ", "\t\n", "{name}", " {stack} ", "\u00a0", "{name}\u200b\u3000"}) {
    EXPECT_EQ(Fill(title, event), "") << title;
  }
  EXPECT_EQ(Fill(" {name}!", event), " !");
}

}  // namespace
}  // namespace swarmbell
