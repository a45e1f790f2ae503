#include "notifier/alert/living_story.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace swarmbell {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

v1::ChangeEvent Event(const std::string& id, const std::string& service = "s1",
                      const std::string& stack = "") {
  v1::ChangeEvent event;
  event.set_event_id(id);
  event.mutable_cluster()->set_id("c");
  event.mutable_resource()->set_kind(v1::RESOURCE_KIND_SERVICE);
  event.mutable_resource()->set_id(service);
  event.mutable_resource()->set_stack(stack);
  return event;
}

v1::ChangeEvent Step(v1::UpdateState state, int run = 1, const std::string& service = "s1") {
  v1::ChangeEvent event = Event(v1::UpdateState_Name(state) + std::to_string(run) + service, service);
  event.mutable_service_update_state_changed()->set_current_state(state);
  event.mutable_service_update_state_changed()->mutable_start_time()->set_seconds(run);
  return event;
}

template <typename Set>
v1::ChangeEvent With(const std::string& id, Set set) {
  v1::ChangeEvent event = Event(id);
  set(event);
  return event;
}

v1::ChangeEvent Degraded() {
  return With("degraded", [](auto& event) { event.mutable_service_degraded(); });
}
v1::ChangeEvent Recovered() {
  return With("recovered", [](auto& event) { event.mutable_service_recovered(); });
}
v1::ChangeEvent Setting() {
  return With("setting", [](auto& event) { event.mutable_service_task_template_changed()->add_fields(); });
}

std::vector<Alert> Alerts(const std::vector<v1::ChangeEvent>& events) {
  std::vector<Alert> alerts;
  for (const v1::ChangeEvent& event : events) alerts.push_back({event, "rule", Color::kRed, {"bot"}, ""});
  return alerts;
}

std::string KeyOf(const std::vector<v1::ChangeEvent>& events) {
  return StoryKeyOf(AlertGroup{"bot", Alerts(events)});
}

TEST(StoryKeyTest, IsTheSubjectOrTheStack) {
  EXPECT_EQ(KeyOf({Degraded()}), SubjectOf(Degraded()));
  EXPECT_EQ(KeyOf({Degraded(), Recovered()}), SubjectOf(Degraded()));
  EXPECT_EQ(KeyOf({Event("1", "a", "shop"), Event("2", "b", "shop")}), "c/stack/shop");
  EXPECT_EQ(KeyOf({Event("1", "a", "shop"), Event("2", "b", "blog")}), "");
  EXPECT_EQ(KeyOf({Event("1", "a"), Event("2", "b")}), "");
  EXPECT_EQ(KeyOf({}), "");
}

TEST(StoryKeyTest, ATaskIsOfItsService) {
  v1::ChangeEvent task = Event("t");
  task.mutable_resource()->set_kind(v1::RESOURCE_KIND_TASK);
  task.mutable_resource()->set_id("task1");
  task.mutable_task_unschedulable()->mutable_task()->set_service_id("s1");
  EXPECT_EQ(KeyOf({task}), SubjectOf(Degraded()));
  EXPECT_TRUE(EndsState(Recovered(), task));
}

TEST(LivingStoryTest, ARedStateGoesOnUntilItsEnd) {
  EXPECT_TRUE(GoesOn(Alerts({Degraded()})));
  EXPECT_FALSE(GoesOn(Alerts({Degraded(), Recovered()})));
  EXPECT_THAT(Unended(Alerts({Degraded(), Recovered()})), SizeIs(1));
  EXPECT_THAT(Ended(Alerts({Degraded(), Recovered()})), SizeIs(1));
}

TEST(LivingStoryTest, TheEndOfAnUpdateIsNoEndOfRed) {
  for (const v1::UpdateState state : {v1::UPDATE_STATE_COMPLETED, v1::UPDATE_STATE_ROLLBACK_COMPLETED}) {
    EXPECT_TRUE(GoesOn(Alerts({Degraded(), Step(v1::UPDATE_STATE_UPDATING), Step(state)})));
  }
}

TEST(LivingStoryTest, AnUpdateGoesOnUntilItEnds) {
  EXPECT_TRUE(GoesOn(Alerts({Step(v1::UPDATE_STATE_UPDATING)})));
  EXPECT_FALSE(GoesOn(Alerts({Step(v1::UPDATE_STATE_UPDATING), Step(v1::UPDATE_STATE_COMPLETED)})));
  EXPECT_TRUE(GoesOn(Alerts({Step(v1::UPDATE_STATE_UPDATING), Step(v1::UPDATE_STATE_ROLLBACK_STARTED)})));
  EXPECT_FALSE(
      GoesOn(Alerts({Step(v1::UPDATE_STATE_ROLLBACK_STARTED), Step(v1::UPDATE_STATE_ROLLBACK_COMPLETED)})));
}

TEST(LivingStoryTest, APausedUpdateGoesOnUntilALaterRunCompletes) {
  const auto paused = Step(v1::UPDATE_STATE_PAUSED);
  EXPECT_TRUE(GoesOn(Alerts({Step(v1::UPDATE_STATE_UPDATING), paused})));
  EXPECT_TRUE(GoesOn(Alerts({paused, Step(v1::UPDATE_STATE_UPDATING, 2)})));
  EXPECT_FALSE(
      GoesOn(Alerts({paused, Step(v1::UPDATE_STATE_UPDATING, 2), Step(v1::UPDATE_STATE_COMPLETED, 2)})));
}

TEST(LivingStoryTest, ARemovalEndsEverything) {
  const auto removed = With("gone", [](auto& event) { event.mutable_service_disappeared(); });
  EXPECT_FALSE(GoesOn(Alerts({Degraded(), Step(v1::UPDATE_STATE_UPDATING), removed})));
}

TEST(LivingStoryTest, AnotherServiceEndsNothing) {
  v1::ChangeEvent other = Recovered();
  other.mutable_resource()->set_id("s2");
  EXPECT_FALSE(EndsState(other, Degraded()));
  EXPECT_EQ(RunInProgress(Alerts({Step(v1::UPDATE_STATE_UPDATING)}), SubjectOf(other)), nullptr);
}

TEST(LivingStoryTest, SettingsWaitForTheirUpdateForAWhile) {
  const auto setting = Alerts({Setting()});
  const auto start = Alerts({Step(v1::UPDATE_STATE_UPDATING)});
  EXPECT_TRUE(Continues(setting, start, absl::Seconds(29)));
  EXPECT_FALSE(Continues(setting, start, absl::Seconds(31)));
  EXPECT_FALSE(Continues(setting, Alerts({Degraded()}), absl::Seconds(1)));
  EXPECT_FALSE(Continues(Alerts({Degraded(), Recovered()}), Alerts({Degraded()}), absl::Seconds(1)));
  EXPECT_TRUE(Continues(Alerts({Degraded()}), start, absl::Hours(9)));
}

TEST(LivingStoryTest, ALaterStepReplacesAnEarlierOne) {
  std::vector<Alert> alerts = Alerts({Step(v1::UPDATE_STATE_UPDATING)});
  AddToStory(Alerts({Step(v1::UPDATE_STATE_COMPLETED)}), alerts);
  ASSERT_THAT(alerts, SizeIs(1));
  EXPECT_EQ(alerts[0].event.service_update_state_changed().current_state(), v1::UPDATE_STATE_COMPLETED);
}

TEST(LivingStoryTest, AKnownChangeIsNotAddedAgain) {
  std::vector<Alert> alerts = Alerts({Degraded()});
  AddToStory(Alerts({Degraded()}), alerts);
  EXPECT_THAT(alerts, SizeIs(1));
}

TEST(LivingStoryTest, IsBoundedAndKeepsWhatLasts) {
  std::vector<Alert> alerts = Alerts({Degraded()});
  for (int i = 0; i < 1000; ++i) AddToStory(Alerts({Event(std::to_string(i))}), alerts);
  EXPECT_THAT(alerts, SizeIs(200));
  EXPECT_TRUE(GoesOn(alerts));
  EXPECT_THAT(Ended(alerts), IsEmpty());
}

TEST(LivingStoryTest, AnAlarmOfAKindThatTheStoryShowsRingsAgain) {
  std::vector<Alert> open = Alerts({Degraded()});
  open.front().color = Color::kRed;
  std::vector<Alert> more = open;
  EXPECT_TRUE(Continues(open, more, absl::Seconds(1)));  // the same change
  more.front().event.set_event_id("another");
  EXPECT_FALSE(Continues(open, more, absl::Seconds(1)));
  more.front().color = Color::kBlue;
  EXPECT_TRUE(Continues(open, more, absl::Seconds(1)));
}

TEST(LivingStoryTest, MissingTasksAreTheEndOfACrashLoop) {
  v1::ChangeEvent loop = Degraded();
  loop.set_event_id("loop");
  loop.mutable_service_crash_loop();
  EXPECT_TRUE(EndsState(Degraded(), loop));
}

}  // namespace
}  // namespace swarmbell
