#include "notifier/pipeline/digest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/notifier/pipeline/sample_events.h"

namespace swarmbell {
namespace {

using testing::SizeIs;

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
