#include "notifier/pipeline/recent_changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "notifier/alert/affected.h"
#include "tests/fakes/growth.h"
#include "tests/notifier/pipeline/sample_events.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

v1::ChangeEvent At(absl::Duration before, v1::ChangeEvent event) {
  *event.mutable_observe_time() = ToProto(kStart - before);
  return event;
}

v1::ChangeEvent Spec(const std::string& id, const std::string& service, absl::Duration before,
                     const std::string& image = "web:2") {
  v1::ChangeEvent event = At(before, ServiceChange(id, service));
  v1::FieldChange& field = *event.mutable_service_task_template_changed()->add_fields();
  field.set_group("Image");
  field.set_kind(v1::FIELD_CHANGE_KIND_CHANGED);
  field.set_current_value(image);
  return event;
}

v1::ChangeEvent Versioned(v1::ChangeEvent event, std::uint64_t previous, std::uint64_t current) {
  event.set_previous_version(previous);
  event.set_current_version(current);
  return event;
}

v1::ChangeEvent InStack(v1::ChangeEvent event, const std::string& stack) {
  event.mutable_resource()->set_stack(stack);
  return event;
}

v1::ChangeEvent Scaled(const std::string& id, const std::string& service, absl::Duration before) {
  v1::ChangeEvent event = At(before, ServiceChange(id, service));
  event.mutable_service_mode_changed();
  return event;
}

v1::ChangeEvent NodeDown(const std::string& id, const std::string& node, absl::Duration before) {
  v1::ChangeEvent event = At(before, SampleEvent(id, v1::RESOURCE_KIND_NODE, node));
  event.mutable_node_state_changed()->set_current_state(v1::NODE_STATE_DOWN);
  return event;
}

v1::ChangeEvent Degradation(const std::string& id, const std::string& service) {
  v1::ChangeEvent event = At(absl::ZeroDuration(), ServiceChange(id, service));
  event.mutable_service_degraded();
  return event;
}

v1::ChangeEvent Paused(const std::string& id, const std::string& service, absl::Duration started_before) {
  v1::ChangeEvent event = At(absl::ZeroDuration(), UpdateState(id, service, v1::UPDATE_STATE_PAUSED));
  v1::ServiceUpdateStateChanged& run = *event.mutable_service_update_state_changed();
  *run.mutable_start_time() = ToProto(kStart - started_before);
  *run.add_fields() = Spec("", service, {}).service_task_template_changed().fields(0);
  return event;
}

AlertGroup Red(const std::vector<v1::ChangeEvent>& events) {
  AlertGroup group;
  group.color = Color::kRed;
  for (const v1::ChangeEvent& event : events) group.alerts.push_back(AlertOf(event, Color::kRed));
  return group;
}

class RecentChangesTest : public testing::Test {
 protected:
  void Remember(const std::vector<v1::ChangeEvent>& events) {
    for (const v1::ChangeEvent& event : events) recent_.Remember(event);
  }

  // The identifiers of each change's parts, joined by `+`.
  std::vector<std::string> Before(const AlertGroup& group) {
    std::vector<std::string> ids;
    for (const EarlierChange& change : recent_.Before(group)) {
      std::string parts;
      for (const v1::ChangeEvent& part : change.parts) {
        absl::StrAppend(&parts, parts.empty() ? "" : "+", part.event_id());
      }
      ids.push_back(parts);
    }
    return ids;
  }

  RecentChanges recent_;
};

TEST_F(RecentChangesTest, TheChangesOfTheServiceNearestFirst) {
  Remember({Spec("long", "web", absl::Minutes(20)), Spec("now", "web", absl::Seconds(5)),
            Scaled("middle", "web", absl::Minutes(2)), Spec("other", "api", absl::Seconds(1))});
  EXPECT_THAT(Before(Red({Degradation("red", "web")})), ElementsAre("now", "middle", "long"));
}

TEST_F(RecentChangesTest, NothingThatIsTooOldOrCameLater) {
  Remember({Spec("old", "web", kExplains + absl::Seconds(1)), Spec("later", "web", -absl::Seconds(1))});
  EXPECT_THAT(Before(Red({Degradation("red", "web")})), IsEmpty());
}

TEST_F(RecentChangesTest, AnAlertThatIsResentHoursLaterShowsWhatCameBeforeItThen) {
  v1::ChangeEvent red = Degradation("red", "web");
  *red.mutable_observe_time() = ToProto(kStart - absl::Hours(3));
  Remember({Spec("then", "web", absl::Hours(3) + absl::Minutes(1)), Spec("now", "web", absl::Seconds(5))});
  EXPECT_THAT(Before(Red({red})), ElementsAre("then"));
}

// The clock of a worker may be slow: the change was made, and seen, before the failure was seen.
TEST_F(RecentChangesTest, AFailureThatSeemsToHaveHappenedEarlier) {
  v1::ChangeEvent red = SlotFailure("red", "web", 1, "w1", kStart);
  *red.mutable_occur_time() = ToProto(kStart - absl::Seconds(10));
  Remember({Spec("cause", "web", absl::Seconds(3))});
  EXPECT_THAT(Before(Red({red})), ElementsAre("cause"));
}

TEST_F(RecentChangesTest, SymptomsAndStepsAreNoCauses) {
  v1::ChangeEvent recovered = ServiceChange("recovered", "web");
  recovered.mutable_service_recovered();
  v1::ChangeEvent ready = NodeDown("ready", "w1", absl::Seconds(5));
  ready.mutable_node_state_changed()->set_current_state(v1::NODE_STATE_READY);
  Remember({Degradation("degraded", "web"), At(absl::Seconds(1), recovered), ready,
            At(absl::Seconds(1), UpdateState("started", "web", v1::UPDATE_STATE_UPDATING)),
            SlotFailure("failed", "web", 1, "w1", kStart)});
  EXPECT_THAT(Before(Red({SlotFailure("red", "web", 1, "w1", kStart)})), IsEmpty());
}

TEST_F(RecentChangesTest, TheServiceComesBeforeItsStackAndThatBeforeItsNodes) {
  Remember({InStack(Spec("own", "web", absl::Minutes(9)), "shop"),
            InStack(Spec("near", "db", absl::Minutes(8)), "shop"), NodeDown("node", "w1", absl::Minutes(7)),
            InStack(Spec("nearer", "queue", absl::Minutes(6)), "shop"),
            InStack(Spec("elsewhere", "git", absl::Minutes(1)), "git")});
  v1::ChangeEvent red = InStack(SlotFailure("red", "web", 1, "w1", kStart), "shop");
  EXPECT_THAT(Before(Red({red})), ElementsAre("nearer", "near", "own"));
}

TEST_F(RecentChangesTest, LabelsOfANeighborExplainNothing) {
  v1::ChangeEvent labels = At(absl::Seconds(5), ServiceChange("labels", "db"));
  labels.mutable_service_labels_changed();
  v1::ChangeEvent own = At(absl::Seconds(5), ServiceChange("own", "web"));
  own.mutable_service_labels_changed();
  Remember({InStack(labels, "shop"), InStack(own, "shop")});
  EXPECT_THAT(Before(Red({InStack(Degradation("red", "web"), "shop")})), ElementsAre("own"));
}

TEST_F(RecentChangesTest, TheNodesOfFailedTasksAndThoseThatRanTheService) {
  v1::ChangeEvent ran = NodeDown("ran", "w2", absl::Seconds(40));
  ran.mutable_node_state_changed()->mutable_node()->add_services("web");
  Remember({NodeDown("failed on", "w1", absl::Seconds(50)), ran, NodeDown("other", "w3", absl::Seconds(30))});
  v1::ChangeEvent red = Degradation("red", "web");
  red.mutable_service_degraded()->mutable_failed_task()->set_node_hostname("w1");
  EXPECT_THAT(Before(Red({red})), ElementsAre("ran", "failed on"));
}

TEST_F(RecentChangesTest, TheNodesOfACrashLoop) {
  v1::ChangeEvent loop = At(absl::ZeroDuration(), ServiceChange("loop", "web"));
  loop.mutable_service_crash_loop()->add_nodes("w1");
  Remember({NodeDown("node", "w1", absl::Minutes(1)), Spec("image", "web", absl::Minutes(2))});
  EXPECT_THAT(Before(Red({loop})), ElementsAre("node", "image"));
}

TEST_F(RecentChangesTest, TheServicesThatFailTogether) {
  v1::ChangeEvent failing = At(absl::ZeroDuration(), ServiceChange("failing", "web"));
  for (const char* name : {"web", "api"}) {
    failing.mutable_services_failing()->add_services()->set_service_id(name);
  }
  Remember({Spec("one", "web", absl::Minutes(1)), Spec("two", "api", absl::Minutes(2)),
            Spec("three", "db", absl::Minutes(3))});
  EXPECT_THAT(Before(Red({failing})), ElementsAre("one", "two"));
}

TEST_F(RecentChangesTest, ANodeShowsItsOwnEarlierChanges) {
  v1::ChangeEvent drained = At(absl::Minutes(1), SampleEvent("drained", v1::RESOURCE_KIND_NODE, "w1"));
  drained.mutable_node_availability_changed();
  const v1::ChangeEvent down = NodeDown("down", "w1", {});
  Remember({drained, down, NodeDown("other", "w2", {}), Spec("service", "web", {})});
  EXPECT_THAT(Before(Red({down})), ElementsAre("drained"));
}

TEST_F(RecentChangesTest, WhatTheCardIsAboutIsNoNews) {
  v1::ChangeEvent gone = Removed("gone", "web");
  v1::ChangeEvent come = ServiceChange("come", "web");
  come.mutable_service_appeared();
  Remember({At({}, gone), At({}, come)});
  AlertGroup group = Red({At({}, gone)});
  group.alerts.push_back(AlertOf(At({}, come), Color::kGreen));
  EXPECT_THAT(Before(group), IsEmpty());
}

TEST_F(RecentChangesTest, TheCauseOfAFailureIsNewsAlsoOnTheSameCard) {
  const v1::ChangeEvent cause = Spec("cause", "web", absl::Seconds(40));
  Remember({cause});
  AlertGroup group = Red({Paused("paused", "web", absl::Seconds(40))});
  group.alerts.insert(group.alerts.begin(), AlertOf(cause, Color::kYellow));
  EXPECT_THAT(Before(group), ElementsAre("cause"));
  // But not if a rule makes the change itself red.
  group.alerts.front().color = Color::kRed;
  EXPECT_THAT(Before(group), IsEmpty());
}

TEST_F(RecentChangesTest, ADigestShowsNothingTwice) {
  const v1::ChangeEvent cause = Spec("cause", "web", absl::Seconds(40));
  Remember({cause, NodeDown("node", "w1", absl::Seconds(50))});
  AlertGroup digest = Red({SlotFailure("red", "web", 1, "w1", kStart)});
  digest.alerts.push_back(AlertOf(cause, Color::kYellow));
  digest.digest = true;
  EXPECT_THAT(Before(digest), ElementsAre("node"));
}

TEST_F(RecentChangesTest, ARollbackShowsTheChangeThatFailedNotItsOwn) {
  v1::ChangeEvent rollback =
      At(absl::ZeroDuration(), UpdateState("red", "web", v1::UPDATE_STATE_ROLLBACK_STARTED));
  const v1::ChangeEvent undone = Spec("undone", "web", absl::ZeroDuration(), "web:1");
  *rollback.mutable_service_update_state_changed()->mutable_fields() =
      undone.service_task_template_changed().fields();
  Remember({Spec("failed", "web", absl::Seconds(40), "web:2"), undone});
  EXPECT_THAT(Before(Red({rollback})), ElementsAre("failed"));
}

// Its start may be long ago, or nobody may know the change any more.
TEST_F(RecentChangesTest, AnUpdateThatStoppedNamesItsCauseItself) {
  const auto before = recent_.Before(Red({Paused("paused", "web", absl::Minutes(45))}));
  ASSERT_EQ(before.size(), 1U);
  const v1::ChangeEvent& cause = before[0].parts.front();
  EXPECT_EQ(FromProto(cause.occur_time()), kStart - absl::Minutes(45));
  EXPECT_EQ(cause.service_task_template_changed().fields(0).current_value(), "web:2");
  EXPECT_EQ(cause.resource().name(), "web");
}

TEST_F(RecentChangesTest, ACauseThatIsRememberedIsShownOnce) {
  Remember({Spec("before that", "web", absl::Minutes(9), "web:1"), Spec("cause", "web", absl::Seconds(41))});
  EXPECT_THAT(Before(Red({Paused("paused", "web", absl::Seconds(40))})), ElementsAre("cause", "before that"));
}

TEST_F(RecentChangesTest, OneVersionOfAServiceIsOneChange) {
  Remember({Versioned(Spec("image", "web", absl::Seconds(40)), 10, 11),
            Versioned(Scaled("size", "web", absl::Seconds(40)), 10, 11),
            Versioned(Scaled("again", "web", absl::Seconds(30)), 11, 12)});
  EXPECT_THAT(Before(Red({Degradation("red", "web")})), ElementsAre("again", "image+size"));
}

TEST_F(RecentChangesTest, SeveralCollectorsReportAChangeOnce) {
  const v1::ChangeEvent change = Spec("image", "web", absl::Seconds(40));
  Remember({change, change});
  EXPECT_THAT(Before(Red({Degradation("red", "web")})), ElementsAre("image"));
}

TEST_F(RecentChangesTest, ACollectorThatMissedAVersionAddsNothingNew) {
  v1::ChangeEvent both = Versioned(Spec("10 to 12", "web", absl::Seconds(20), "web:2"), 10, 12);
  v1::FieldChange& env = *both.mutable_service_task_template_changed()->add_fields();
  env.set_group("Environment");
  env.set_name("A");
  v1::ChangeEvent image = Versioned(Spec("10 to 11", "web", absl::Seconds(40), "web:2"), 10, 11);
  v1::ChangeEvent last = Versioned(both, 11, 12);
  last.set_event_id("11 to 12");
  last.mutable_service_task_template_changed()->mutable_fields()->DeleteSubrange(0, 1);
  Remember({both, image, last});
  EXPECT_THAT(Before(Red({Degradation("red", "web")})), ElementsAre("10 to 12"));

  RecentChanges other;
  for (const v1::ChangeEvent& event : {image, both, last}) other.Remember(event);
  const auto before = other.Before(Red({Degradation("red", "web")}));
  ASSERT_EQ(before.size(), 2U);
  EXPECT_EQ(before[0].parts[0].service_task_template_changed().fields_size(), 1);
  EXPECT_EQ(before[0].parts[0].service_task_template_changed().fields(0).name(), "A");
  EXPECT_EQ(before[1].parts[0].event_id(), "10 to 11");
}

TEST_F(RecentChangesTest, SwarmsAreNotMixed) {
  v1::ChangeEvent other = InStack(Spec("other", "web", absl::Seconds(40)), "shop");
  other.mutable_cluster()->set_id("swarm2");
  Remember({other});
  const v1::ChangeEvent red = InStack(Degradation("red", "web"), "shop");
  EXPECT_THAT(Before(Red({red})), IsEmpty());
  Remember({Spec("own", "web", absl::Seconds(40))});
  EXPECT_THAT(Before(Red({red})), ElementsAre("own"));
}

TEST_F(RecentChangesTest, AlertsOfSwarmbellItselfHaveNoCauses) {
  v1::ChangeEvent stale = At({}, SampleEvent("stale", v1::RESOURCE_KIND_COLLECTOR, "w1"));
  stale.mutable_collector_stale();
  Remember({NodeDown("node", "w1", absl::Seconds(1)), Spec("image", "web", absl::Seconds(1))});
  EXPECT_THAT(Before(Red({stale})), IsEmpty());
}

TEST(RecentChangesLimitsTest, EvictsTheOldestOfASwarmAndTheSwarmUsedLongestAgo) {
  const std::size_t size = Spec("0", "web", {}).ByteSizeLong();
  RecentChanges recent({.changes = 2, .bytes = 10 * size, .bytes_of_all = 3 * size});
  recent.Remember(Spec("1", "web", absl::Seconds(1)));
  recent.Remember(Spec("3", "web", absl::Seconds(3)));
  recent.Remember(Spec("2", "web", absl::Seconds(2)));
  const auto before = recent.Before(Red({Degradation("red", "web")}));
  ASSERT_EQ(before.size(), 2U);
  EXPECT_EQ(before[0].parts[0].event_id(), "1");
  EXPECT_EQ(before[1].parts[0].event_id(), "2");

  for (const char* id : {"4", "5"}) {
    v1::ChangeEvent other = Spec(id, "web", absl::Seconds(1));
    other.mutable_cluster()->set_id("swarm2");
    recent.Remember(other);
  }
  EXPECT_THAT(recent.Before(Red({Degradation("red", "web")})), IsEmpty());
}

TEST(RecentChangesLimitsTest, AHugeChangeIsRememberedByTheNamesOfItsSettings) {
  RecentChanges recent;
  v1::ChangeEvent huge = Spec("huge", "web", absl::Seconds(1));
  v1::FieldChange& env = *huge.mutable_service_task_template_changed()->add_fields();
  env.set_group("Environment");
  env.set_name("BLOB");
  env.set_current_value(std::string(std::size_t{2} << 20, 'x'));
  recent.Remember(huge);
  const auto before = recent.Before(Red({Degradation("red", "web")}));
  ASSERT_EQ(before.size(), 1U);
  EXPECT_LT(before[0].parts[0].ByteSizeLong(), 1000U);
  EXPECT_EQ(before[0].parts[0].service_task_template_changed().fields(1).name(), "BLOB");
  EXPECT_EQ(before[0].parts[0].service_task_template_changed().fields(0).current_value(), "web:2");
}

// Two collectors saw other versions of a service with very many settings.
TEST(RecentChangesLimitsTest, TakesTimeThatGrowsAsTheChangesDo) {
  ExpectLinear({"settings", "0123456789abcdef"}, [](const std::string& text) {
    v1::ChangeEvent event = Spec("first", "web", absl::Seconds(1));
    for (std::size_t at = 0; at < text.size(); at += 64) {
      v1::FieldChange& field = *event.mutable_service_task_template_changed()->add_fields();
      field.set_group("Environment");
      field.set_name(absl::StrCat(text.substr(at, 8), at));
    }
    RecentChanges recent(
        {.changes = 10, .bytes = std::size_t{16} << 20, .bytes_of_all = std::size_t{16} << 20});
    recent.Remember(Versioned(event, 10, 11));
    event.set_event_id("second");
    recent.Remember(Versioned(event, 9, 12));
    v1::ChangeEvent rollback = At({}, UpdateState("red", "web", v1::UPDATE_STATE_ROLLBACK_STARTED));
    *rollback.mutable_service_update_state_changed()->mutable_fields() =
        event.service_task_template_changed().fields();
    recent.Before(Red({rollback}));
  });
}

}  // namespace
}  // namespace swarmbell
