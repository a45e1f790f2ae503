#include "notifier/alert/alert_group.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "notifier/feed/receipt.h"
#include "tests/notifier/pipeline/sample_events.h"

namespace swarmbell {
namespace {

using testing::SizeIs;

Alert Plain(Color color) { return AlertOf(NodeEvent("n", "node1"), color); }

TEST(GroupColorTest, TheGravestWins) {
  EXPECT_EQ(GroupColor({Plain(Color::kGreen), Plain(Color::kRed), Plain(Color::kBlue)}), Color::kRed);
  EXPECT_EQ(GroupColor({Plain(Color::kYellow), Plain(Color::kBlue)}), Color::kBlue);
  EXPECT_EQ(GroupColor({Plain(Color::kBlack), Plain(Color::kYellow)}), Color::kYellow);
  EXPECT_EQ(GroupColor({Plain(Color::kGreen), Plain(Color::kBlack)}), Color::kBlack);
  EXPECT_EQ(GroupColor({Plain(Color::kGreen)}), Color::kGreen);
}

TEST(GroupColorTest, TheChangesOfOneServiceTakeNothingFromAnother) {
  v1::ChangeEvent cause = SampleEvent("c", v1::RESOURCE_KIND_SERVICE, "api");
  cause.mutable_service_task_template_changed();
  const v1::ChangeEvent start = UpdateState("u", "web", v1::UPDATE_STATE_UPDATING);
  EXPECT_EQ(GroupColor({AlertOf(start, Color::kYellow), AlertOf(cause, Color::kGreen)}), Color::kYellow);
}

TEST(StackStepTest, IsThePartOfAChangeInTheDeployOfItsStack) {
  const auto step = [](v1::ChangeEvent event) {
    event.mutable_resource()->set_stack("shop");
    return StackStepOf(event);
  };
  const v1::ChangeEvent start = UpdateState("u", "web", v1::UPDATE_STATE_UPDATING);
  EXPECT_EQ(StackStepOf(start), StackStep::kNone);  // it is in no stack
  EXPECT_EQ(step(start), StackStep::kBegins);
  EXPECT_EQ(step(UpdateState("u", "web", v1::UPDATE_STATE_COMPLETED)), StackStep::kEnds);
  EXPECT_EQ(step(UpdateState("u", "web", v1::UPDATE_STATE_ROLLBACK_COMPLETED)), StackStep::kEnds);
  EXPECT_EQ(step(UpdateState("u", "web", v1::UPDATE_STATE_PAUSED)), StackStep::kNone);
  EXPECT_EQ(step(Removed("r", "web")), StackStep::kRemoves);
  EXPECT_EQ(step(TaskFailure("t", "web", absl::UnixEpoch())), StackStep::kNone);
  v1::ChangeEvent rollback = UpdateState("u", "web", v1::UPDATE_STATE_ROLLBACK_STARTED);
  EXPECT_EQ(step(rollback), StackStep::kBegins);
  rollback.mutable_service_update_state_changed()->set_automatic(true);
  EXPECT_EQ(step(rollback), StackStep::kNone);
  v1::ChangeEvent incomplete = UpdateState("u", "web", v1::UPDATE_STATE_COMPLETED);
  incomplete.mutable_service_update_state_changed()->set_wanted_tasks(2);
  incomplete.mutable_service_update_state_changed()->set_updated_tasks(1);
  incomplete.mutable_service_update_state_changed()->mutable_failed_task();
  EXPECT_EQ(step(incomplete), StackStep::kNone);
}

TEST(OfSeveralObjectsTest, AServiceThatWasCreatedAgainUnderItsNameIsOne) {
  v1::ChangeEvent again = Removed("c", "new");
  again.mutable_resource()->set_name("web");
  EXPECT_FALSE(OfSeveralObjects({AlertOf(Removed("a", "web")), AlertOf(again)}));
  EXPECT_TRUE(OfSeveralObjects({AlertOf(Removed("a", "web")), AlertOf(Removed("b", "api"))}));
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

std::vector<OutgoingGroup> Messages(int count, const std::string& receiver) {
  std::vector<OutgoingGroup> messages;
  for (int i = 0; i < count; ++i) {
    OutgoingGroup message;
    message.group.receiver = receiver;
    message.group.color = i == 1 ? Color::kRed : Color::kGreen;
    const v1::ChangeEvent event = NodeEvent(absl::StrCat(i), absl::StrCat("node", i));
    message.group.alerts = {AlertOf(event, message.group.color)};
    message.receipts = {std::make_shared<Receipt>([](bool) {})};
    messages.push_back(std::move(message));
  }
  return messages;
}

TEST(DigestTest, AsManyAsAllowedStayApart) {
  const auto messages = MakeDigests(Messages(5, "chat"), 5);
  ASSERT_THAT(messages, SizeIs(5));
  EXPECT_FALSE(messages[0].group.digest);
}

TEST(DigestTest, OneMoreMakesOneDigestWithEverythingInOrder) {
  const auto messages = MakeDigests(Messages(6, "chat"), 5);
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_TRUE(messages[0].group.digest);
  EXPECT_EQ(messages[0].group.color, Color::kRed);
  EXPECT_THAT(messages[0].receipts, SizeIs(6));
  ASSERT_THAT(messages[0].group.alerts, SizeIs(6));
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(messages[0].group.alerts[i].event.event_id(), absl::StrCat(i));
  }
}

TEST(DigestTest, ARollbackOfOneServiceTakesNothingFromTheOthers) {
  auto messages = Messages(2, "chat");
  for (OutgoingGroup& message : messages) message.group.color = Color::kGreen;
  messages[0].group.alerts = {
      AlertOf(UpdateState("r", "web", v1::UPDATE_STATE_ROLLBACK_COMPLETED), Color::kGreen)};
  v1::ChangeEvent changed = SampleEvent("c", v1::RESOURCE_KIND_SERVICE, "api");
  changed.mutable_service_task_template_changed();
  messages[1].group.alerts = {AlertOf(changed, Color::kYellow)};
  messages[1].group.color = Color::kYellow;
  const auto digests = MakeDigests(std::move(messages), 1);
  ASSERT_THAT(digests, SizeIs(1));
  EXPECT_EQ(digests[0].group.color, Color::kYellow);
}

TEST(DigestTest, CountsEachReceiverForItself) {
  auto messages = Messages(3, "chat");
  for (OutgoingGroup& message : Messages(2, "team")) messages.push_back(std::move(message));
  const auto result = MakeDigests(std::move(messages), 2);
  ASSERT_THAT(result, SizeIs(3));
  EXPECT_TRUE(result[0].group.digest);
  EXPECT_EQ(result[1].group.receiver, "team");
  EXPECT_FALSE(result[1].group.digest);
}

TEST(DigestTest, ZeroSwitchesDigestsOff) { EXPECT_THAT(MakeDigests(Messages(50, "chat"), 0), SizeIs(50)); }

}  // namespace
}  // namespace swarmbell
