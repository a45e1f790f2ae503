#include "notifier/pipeline/group_color.h"

#include <gtest/gtest.h>

#include "tests/notifier/pipeline/sample_events.h"

namespace swarmbell {
namespace {

Alert Plain(Color color) { return AlertOf(NodeEvent("n", "node1"), color); }

TEST(GroupColorTest, TheGravestWins) {
  EXPECT_EQ(GroupColor({Plain(Color::kGreen), Plain(Color::kRed), Plain(Color::kBlue)}), Color::kRed);
  EXPECT_EQ(GroupColor({Plain(Color::kYellow), Plain(Color::kBlue)}), Color::kBlue);
  EXPECT_EQ(GroupColor({Plain(Color::kBlack), Plain(Color::kYellow)}), Color::kYellow);
  EXPECT_EQ(GroupColor({Plain(Color::kGreen), Plain(Color::kBlack)}), Color::kBlack);
  EXPECT_EQ(GroupColor({Plain(Color::kGreen)}), Color::kGreen);
}

TEST(GroupColorTest, TheStartOfAnUpdateYieldsToItsCause) {
  v1::ChangeEvent cause = SampleEvent("c", v1::RESOURCE_KIND_SERVICE, "web");
  cause.mutable_service_task_template_changed();
  const v1::ChangeEvent start = UpdateState("u", "web", v1::UPDATE_STATE_UPDATING);
  EXPECT_EQ(GroupColor({AlertOf(cause, Color::kBlack), AlertOf(start, Color::kYellow)}), Color::kBlack);
  EXPECT_EQ(GroupColor({AlertOf(start, Color::kYellow), AlertOf(cause, Color::kGreen)}), Color::kGreen);
  EXPECT_EQ(GroupColor({AlertOf(start, Color::kYellow)}), Color::kYellow);
}

TEST(GroupColorTest, WhatIsNotedBesideADeploymentIsPartOfIt) {
  v1::ChangeEvent image = SampleEvent("c", v1::RESOURCE_KIND_SERVICE, "web");
  image.mutable_service_task_template_changed();
  v1::ChangeEvent label = SampleEvent("l", v1::RESOURCE_KIND_SERVICE, "web");
  label.mutable_service_labels_changed();
  EXPECT_EQ(GroupColor({AlertOf(image, Color::kYellow), AlertOf(label, Color::kBlue)}), Color::kYellow);
  EXPECT_EQ(GroupColor({AlertOf(image, Color::kYellow), AlertOf(label, Color::kRed)}), Color::kRed);
  EXPECT_EQ(GroupColor({AlertOf(label, Color::kBlue)}), Color::kBlue);
  v1::ChangeEvent other = SampleEvent("o", v1::RESOURCE_KIND_SERVICE, "api");
  other.mutable_service_labels_changed();
  EXPECT_EQ(GroupColor({AlertOf(image, Color::kYellow), AlertOf(other, Color::kBlue)}), Color::kBlue);
}

v1::FieldChange Image() {
  v1::FieldChange field;
  field.set_group("Image");
  field.set_previous_value("web:1");
  field.set_current_value("web:2");
  return field;
}

TEST(GroupColorTest, ACompletedUpdateOwnsItsCause) {
  v1::ChangeEvent cause = SampleEvent("c", v1::RESOURCE_KIND_SERVICE, "web");
  *cause.mutable_service_task_template_changed()->add_fields() = Image();
  v1::ChangeEvent completed = UpdateState("u", "web", v1::UPDATE_STATE_COMPLETED);
  const Alert start = AlertOf(UpdateState("s", "web", v1::UPDATE_STATE_UPDATING), Color::kYellow);
  // The end of another run: the change is still to come.
  EXPECT_EQ(GroupColor({AlertOf(cause, Color::kYellow), AlertOf(completed, Color::kGreen)}), Color::kYellow);
  *completed.mutable_service_update_state_changed()->add_fields() = Image();
  EXPECT_EQ(GroupColor({AlertOf(cause, Color::kYellow), start, AlertOf(completed, Color::kGreen)}),
            Color::kGreen);
  v1::ChangeEvent scaled = SampleEvent("m", v1::RESOURCE_KIND_SERVICE, "web");
  scaled.mutable_service_mode_changed();
  EXPECT_EQ(GroupColor({AlertOf(cause, Color::kYellow), AlertOf(scaled, Color::kBlue), start,
                        AlertOf(completed, Color::kGreen)}),
            Color::kBlue);
}

TEST(GroupColorTest, OtherStatesOfAnUpdateDoNotYield) {
  v1::ChangeEvent cause = SampleEvent("c", v1::RESOURCE_KIND_SERVICE, "web");
  cause.mutable_service_task_template_changed();
  const v1::ChangeEvent paused = UpdateState("u", "web", v1::UPDATE_STATE_PAUSED);
  EXPECT_EQ(GroupColor({AlertOf(cause, Color::kYellow), AlertOf(paused, Color::kRed)}), Color::kRed);
}

// Nobody must take a release that failed for one that went well, only because the rollback was quick.
TEST(GroupColorTest, AReleaseThatTheEngineRolledBackStaysAFailure) {
  v1::ChangeEvent started = UpdateState("s", "web", v1::UPDATE_STATE_ROLLBACK_STARTED);
  started.mutable_service_update_state_changed()->set_automatic(true);
  v1::ChangeEvent completed = UpdateState("e", "web", v1::UPDATE_STATE_ROLLBACK_COMPLETED);
  completed.mutable_service_update_state_changed()->set_automatic(true);
  EXPECT_EQ(GroupColor({AlertOf(started, Color::kRed), AlertOf(completed, Color::kGreen)}), Color::kRed);
  const v1::ChangeEvent updating = UpdateState("u", "web", v1::UPDATE_STATE_UPDATING);
  EXPECT_EQ(GroupColor({AlertOf(updating, Color::kYellow), AlertOf(completed, Color::kGreen)}),
            Color::kGreen);
}

TEST(GroupColorTest, TheLastStepOfARunDecidesAndARollbackOwnsWhatItChanged) {
  v1::ChangeEvent undone = SampleEvent("c", v1::RESOURCE_KIND_SERVICE, "web");
  undone.mutable_service_task_template_changed();
  const v1::ChangeEvent started = UpdateState("s", "web", v1::UPDATE_STATE_ROLLBACK_STARTED);
  const v1::ChangeEvent completed = UpdateState("e", "web", v1::UPDATE_STATE_ROLLBACK_COMPLETED);
  EXPECT_EQ(GroupColor({AlertOf(undone, Color::kBlue), AlertOf(started, Color::kYellow)}), Color::kYellow);
  EXPECT_EQ(GroupColor({AlertOf(undone, Color::kYellow), AlertOf(started, Color::kYellow),
                        AlertOf(completed, Color::kGreen)}),
            Color::kGreen);
}

}  // namespace
}  // namespace swarmbell
