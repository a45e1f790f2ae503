#include "notifier/pipeline/overlaps.h"

#include <gtest/gtest.h>

#include "tests/notifier/pipeline/sample_events.h"

namespace swarmbell {
namespace {

// The step of a service from one version to another that sets variables: "A=1 B=2".
v1::ChangeEvent Step(std::uint64_t from, std::uint64_t to,
                     const std::vector<std::pair<std::string, std::string>>& variables) {
  v1::ChangeEvent event = SampleEvent("e", v1::RESOURCE_KIND_SERVICE, "web");
  event.set_previous_version(from);
  event.set_current_version(to);
  for (const auto& [name, value] : variables) {
    v1::FieldChange& field = *event.mutable_service_task_template_changed()->add_fields();
    field.set_path("TaskTemplate.ContainerSpec.Env");
    field.set_name(name);
    field.set_current_value(value);
  }
  return event;
}

std::string Names(const std::optional<v1::ChangeEvent>& event) {
  if (!event) return "none";
  std::string names;
  for (const auto& field : event->service_task_template_changed().fields()) names += field.name();
  return names;
}

TEST(OverlapsTest, WhatIsUpToAToldVersionIsNoNews) {
  Overlaps overlaps;
  EXPECT_EQ(Names(overlaps.News(Step(10, 12, {{"A", "1"}, {"B", "2"}}))), "AB");
  EXPECT_EQ(Names(overlaps.News(Step(10, 11, {{"A", "1"}}))), "none");
  EXPECT_EQ(Names(overlaps.News(Step(11, 12, {{"B", "2"}}))), "none");
  EXPECT_EQ(Names(overlaps.News(Step(12, 13, {{"B", "3"}}))), "B");
}

TEST(OverlapsTest, OfAStepThatPassesAToldVersionOnlyTheRestIsNews) {
  Overlaps overlaps;
  overlaps.News(Step(10, 11, {{"A", "1"}}));
  EXPECT_EQ(Names(overlaps.News(Step(10, 12, {{"A", "1"}, {"B", "2"}}))), "B");
  EXPECT_EQ(Names(overlaps.News(Step(11, 12, {{"B", "2"}}))), "none");
}

TEST(OverlapsTest, AValueThatHasChangedAgainIsNews) {
  Overlaps overlaps;
  overlaps.News(Step(10, 11, {{"A", "1"}}));
  EXPECT_EQ(Names(overlaps.News(Step(10, 12, {{"A", "2"}}))), "A");
}

TEST(OverlapsTest, NothingButTheLastPartOfAStepIsLeft) {
  Overlaps overlaps;
  overlaps.News(Step(10, 11, {{"A", "1"}}));
  EXPECT_EQ(Names(overlaps.News(Step(10, 12, {{"A", "1"}}))), "none");
}

// Names that come with each deployment and never again must not pile up.
TEST(OverlapsTest, RemembersABoundedNumberOfValues) {
  Overlaps overlaps;
  for (std::uint64_t i = 0; i <= 1001; ++i)
    overlaps.News(Step(10 + i, 11 + i, {{"N" + std::to_string(i), "1"}}));
  EXPECT_EQ(Names(overlaps.News(Step(10, 2000, {{"N1001", "1"}}))), "none");
  EXPECT_EQ(Names(overlaps.News(Step(10, 2001, {{"N0", "1"}, {"N1001", "1"}}))), "N0");
}

v1::ChangeEvent Scale(std::uint64_t from, std::uint64_t to, std::uint64_t replicas) {
  v1::ChangeEvent event = SampleEvent("e", v1::RESOURCE_KIND_SERVICE, "web");
  event.set_previous_version(from);
  event.set_current_version(to);
  event.mutable_service_mode_changed()->mutable_current_mode()->set_replicas(replicas);
  return event;
}

TEST(OverlapsTest, WhatIsNotToldFieldByFieldIsComparedByWhereItLedTo) {
  Overlaps overlaps;
  EXPECT_TRUE(overlaps.News(Scale(10, 11, 5)));
  EXPECT_FALSE(overlaps.News(Scale(10, 12, 5)));  // seen later, by when the version had moved on
  EXPECT_TRUE(overlaps.News(Scale(10, 13, 7)));
  EXPECT_TRUE(overlaps.News(Scale(13, 14, 5)));
}

TEST(OverlapsTest, ALongStepRepeatsNothingOfTheShortOnesInIt) {
  Overlaps overlaps;
  overlaps.News(Step(10, 11, {{"A", "1"}}));
  overlaps.News(Step(11, 12, {{"B", "2"}}));
  EXPECT_EQ(Names(overlaps.News(Step(10, 13, {{"A", "1"}, {"B", "2"}, {"C", "3"}}))), "C");
}

TEST(OverlapsTest, EachKindOfChangeAndEachObjectCountsForItself) {
  Overlaps overlaps;
  overlaps.News(Step(10, 12, {{"A", "1"}}));
  v1::ChangeEvent labels = SampleEvent("l", v1::RESOURCE_KIND_SERVICE, "web");
  labels.set_previous_version(10);
  labels.set_current_version(11);
  labels.mutable_service_labels_changed()->add_fields()->set_name("team");
  EXPECT_TRUE(overlaps.News(labels));
  v1::ChangeEvent other = Step(10, 11, {{"A", "1"}});
  other.mutable_resource()->set_id("db");
  EXPECT_TRUE(overlaps.News(other));
}

TEST(OverlapsTest, StepsOfARunAreLeftToTheirIdentities) {
  Overlaps overlaps;
  v1::ChangeEvent completed = UpdateState("c", "web", v1::UPDATE_STATE_COMPLETED);
  completed.set_current_version(12);
  v1::ChangeEvent updating = UpdateState("u", "web", v1::UPDATE_STATE_UPDATING);
  updating.set_current_version(11);
  EXPECT_TRUE(overlaps.News(completed));
  EXPECT_TRUE(overlaps.News(updating));
}

TEST(OverlapsTest, VersionsOfARestoredSwarmAreNewsThoughTheyAreOlder) {
  Overlaps overlaps;
  const auto at = [](v1::ChangeEvent event, absl::Duration after) {
    *event.mutable_observe_time() = ToProto(absl::FromUnixSeconds(1'700'000'000) + after);
    return event;
  };
  overlaps.News(at(Step(100, 120, {{"A", "1"}}), absl::ZeroDuration()));
  EXPECT_EQ(Names(overlaps.News(at(Step(100, 110, {{"A", "1"}}), absl::Seconds(30)))), "none");
  // One that was cut off reads what is newest.
  EXPECT_EQ(Names(overlaps.News(at(Step(100, 120, {{"A", "1"}}), absl::Hours(1)))), "none");
  EXPECT_EQ(Names(overlaps.News(at(Step(50, 60, {{"A", "1"}}), absl::Hours(1)))), "A");
  EXPECT_EQ(Names(overlaps.News(at(Step(60, 70, {{"A", "2"}}), absl::Hours(1)))), "A");
}

TEST(OverlapsTest, ForgetsTheObjectToldOfLongestAgo) {
  Overlaps overlaps(1);
  overlaps.News(Step(10, 12, {{"A", "1"}}));
  v1::ChangeEvent other = Step(10, 11, {{"A", "1"}});
  other.mutable_resource()->set_id("db");
  overlaps.News(other);
  EXPECT_EQ(Names(overlaps.News(Step(10, 11, {{"A", "1"}}))), "A");
}

}  // namespace
}  // namespace swarmbell
