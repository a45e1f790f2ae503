#include "notifier/cards/joint_story.h"

#include "gmock/gmock.h"
#include "notifier/cards/build_card.h"
#include "tests/notifier/cards/card_testing.h"

namespace swarmbell {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

v1::FieldChange Env(const std::string& name, const std::string& before, const std::string& after) {
  v1::FieldChange field;
  field.set_group("Environment");
  field.set_name(name);
  field.set_kind(v1::FIELD_CHANGE_KIND_CHANGED);
  field.set_previous_value(before);
  field.set_current_value(after);
  return field;
}

v1::ChangeEvent OfService(const std::string& name) {
  v1::ChangeEvent event;
  event.mutable_cluster()->set_id("swarm1");
  event.mutable_resource()->set_kind(v1::RESOURCE_KIND_SERVICE);
  event.mutable_resource()->set_id("id-of-" + name);
  event.mutable_resource()->set_name(name);
  event.mutable_resource()->set_stack("shop");
  return event;
}

Alert InStory(const v1::ChangeEvent& event, Color color, const std::string& story = "swarm1/stack/shop") {
  return {event, "rule", color, {"receiver"}, "", story};
}

// The start of an update and its cause.
std::vector<Alert> Start(const std::string& name, const std::vector<v1::FieldChange>& fields) {
  v1::ChangeEvent cause = OfService(name);
  v1::ChangeEvent start = OfService(name);
  start.mutable_service_update_state_changed()->set_current_state(v1::UPDATE_STATE_UPDATING);
  for (const v1::FieldChange& field : fields) {
    *cause.mutable_service_task_template_changed()->add_fields() = field;
    *start.mutable_service_update_state_changed()->add_fields() = field;
  }
  return {InStory(cause, Color::kYellow), InStory(start, Color::kYellow)};
}

Alert End(const std::string& name, v1::UpdateState state, const std::vector<v1::FieldChange>& fields) {
  v1::ChangeEvent end = OfService(name);
  v1::ServiceUpdateStateChanged& change = *end.mutable_service_update_state_changed();
  change.set_current_state(state);
  change.set_wanted_tasks(1);
  change.set_updated_tasks(1);
  for (const v1::FieldChange& field : fields) *change.add_fields() = field;
  return InStory(end, Color::kGreen);
}

Card CardOf(std::vector<std::vector<Alert>> services) {
  AlertGroup group{"receiver", {}, Color::kGreen, true};
  for (std::vector<Alert>& alerts : services) {
    group.alerts.insert(group.alerts.end(), alerts.begin(), alerts.end());
  }
  return BuildCard(group, {});
}

TEST(StackCard, SaysOnceWhatAllShareAndInEachLineTheRest) {
  const v1::FieldChange level = Env("LEVEL", "info", "debug");
  const Card card = CardOf({Start("shop_api", {level, Env("PORT", "80", "81")}), Start("shop_web", {level})});
  EXPECT_EQ(card.title, "Stack shop: 2 services updating");
  EXPECT_THAT(card.subtitle, HasSubstr("The same in each:"));
  const auto shared = SectionOf<DiffSection>(card).rows;
  ASSERT_EQ(shared.size(), 1U);
  EXPECT_EQ(shared[0].key, "LEVEL");
  const auto rows = SectionOf<DigestSection>(card).rows;
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].title, "shop_api updating");
  EXPECT_THAT(rows[0].detail, HasSubstr("PORT"));
  EXPECT_THAT(rows[0].detail, Not(HasSubstr("LEVEL")));
  EXPECT_THAT(rows[1].detail, IsEmpty());
}

TEST(StackCard, CountsHowItsUpdatesEnded) {
  const v1::FieldChange level = Env("LEVEL", "info", "debug");
  const Card card = CardOf({{End("shop_api", v1::UPDATE_STATE_COMPLETED, {level})},
                            {End("shop_web", v1::UPDATE_STATE_COMPLETED, {level})},
                            {End("shop_db", v1::UPDATE_STATE_ROLLBACK_COMPLETED, {})}});
  EXPECT_EQ(card.title, "Stack shop: 2 services updated, 1 rolled back");
}

TEST(StackCard, OneServiceHasItsOrdinaryCard) {
  const std::vector<Alert> start = Start("shop_api", {Env("LEVEL", "info", "debug")});
  const Card card = BuildCard({"receiver", start, Color::kYellow, false}, {});
  EXPECT_THAT(card.title, HasSubstr("Service shop_api"));
}

TEST(StackCard, AlertsOfSeveralStoriesAreAnOrdinaryDigest) {
  std::vector<Alert> other = Start("blog_web", {});
  for (Alert& alert : other) alert.story = "swarm1/stack/blog";
  EXPECT_EQ(CardOf({Start("shop_api", {}), other}).title, "4 changes in 2 services");
}

Alert OfNode(v1::NodeState state, std::uint32_t tasks) {
  v1::ChangeEvent event;
  event.mutable_resource()->set_kind(v1::RESOURCE_KIND_NODE);
  event.mutable_resource()->set_id("node1");
  event.mutable_resource()->set_name("worker-01");
  event.mutable_node_state_changed()->set_current_state(state);
  event.mutable_node_state_changed()->mutable_node()->set_running_tasks(tasks);
  return InStory(event, Color::kRed, "node");
}

Alert Homeless(const std::string& service, std::uint32_t tasks) {
  v1::ChangeEvent event = OfService(service);
  event.mutable_resource()->set_kind(v1::RESOURCE_KIND_TASK);
  event.mutable_task_unschedulable()->set_tasks(tasks);
  v1::TaskSummary& task = *event.mutable_task_unschedulable()->mutable_task();
  task.set_name(service + ".1");
  task.set_service_id("id-of-" + service);
  task.set_service_name(service);
  task.set_error("no suitable node");
  return InStory(event, Color::kRed, "node");
}

TEST(NodeCard, AManagerThatIsUnreachableAndDownWentDown) {
  Alert unreachable = OfNode(v1::NODE_STATE_DOWN, 5);
  unreachable.event.mutable_node_reachability_changed()->set_current_reachability(
      v1::NODE_REACHABILITY_UNREACHABLE);
  const Card card = CardOf({{OfNode(v1::NODE_STATE_DOWN, 5)}, {unreachable}, {Homeless("shop_api", 2)}});
  EXPECT_EQ(card.title, "Node worker-01 went down");
  EXPECT_THAT(card.subtitle, HasSubstr("2 of its 5 tasks find no other node."));
}

TEST(NodeCard, SaysWhatTheNodeTookAlong) {
  const Card card =
      CardOf({{Homeless("shop_api", 2)}, {OfNode(v1::NODE_STATE_DOWN, 5)}, {Homeless("shop_web", 1)}});
  EXPECT_EQ(card.title, "Node worker-01 went down");
  EXPECT_EQ(card.subtitle, "The managers no longer hear from it; 3 of its 5 tasks find no other node.");
  EXPECT_EQ(SectionOf<QuoteSection>(card).text, "no suitable node");
  const auto rows = SectionOf<DigestSection>(card).rows;
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_THAT(rows[0].title, HasSubstr("shop_api"));
  EXPECT_THAT(rows[0].detail, HasSubstr("2 tasks"));
}

TEST(NodeCard, OfANodeWhoseTasksAllFindNoOther) {
  const Card card = CardOf({{OfNode(v1::NODE_STATE_DOWN, 1)}, {Homeless("shop_web", 1)}});
  EXPECT_EQ(card.subtitle, "The managers no longer hear from it; 1 task finds no other node.");
}

TEST(NodeCard, IsBackWithItsServices) {
  v1::ChangeEvent recovered = OfService("shop_api");
  recovered.mutable_service_recovered()->set_wanted_tasks(2);
  const Card card = CardOf({{OfNode(v1::NODE_STATE_READY, 0)}, {InStory(recovered, Color::kGreen, "node")}});
  EXPECT_EQ(card.title, "Node worker-01 came back");
  EXPECT_EQ(SectionOf<DigestSection>(card).rows.at(0).title, "Service shop_api recovered");
}

}  // namespace
}  // namespace swarmbell
