#include "notifier/delivery/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "absl/strings/str_cat.h"
#include "notifier/chat/console/console.h"
#include "tests/notifier/pipeline/sample_events.h"

namespace swarmbell {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

AlertGroup Group(Color color, int alerts = 1) {
  AlertGroup group;
  group.receiver = "chat";
  group.color = color;
  for (int i = 0; i < alerts; ++i) {
    v1::ChangeEvent event = NodeEvent(absl::StrCat("id", i), "node1");
    *event.mutable_observe_time() = ToProto(absl::FromUnixSeconds(1'700'000'000 - i));
    group.alerts.push_back(AlertOf(event, color));
  }
  return group;
}

ReceiverConfig ReceiverOf(ReceiverType type) {
  ReceiverConfig receiver;
  receiver.name = "chat";
  receiver.type = type;
  return receiver;
}

TEST(MessageTest, TakesTheFormOfItsReceiver) {
  EXPECT_THAT(MakeMessage(ReceiverOf(ReceiverType::kSlack), Group(Color::kRed), {}).body,
              HasSubstr("\"attachments\""));
  EXPECT_THAT(MakeMessage(ReceiverOf(ReceiverType::kTeams), Group(Color::kRed), {}).body,
              HasSubstr("AdaptiveCard"));
  EXPECT_THAT(MakeMessage(ReceiverOf(ReceiverType::kConsole), Group(Color::kRed), {}).body,
              Not(StartsWith("{")));
}

TEST(MessageTest, MentionsForRedUnlessOtherColoursAreNamed) {
  ReceiverConfig receiver = ReceiverOf(ReceiverType::kSlack);
  receiver.mention = "<!here>";
  EXPECT_THAT(MakeMessage(receiver, Group(Color::kRed), {}).body, HasSubstr("<!here>"));
  EXPECT_THAT(MakeMessage(receiver, Group(Color::kBlue), {}).body, Not(HasSubstr("<!here>")));
  receiver.mention_colors = {Color::kBlue};
  EXPECT_THAT(MakeMessage(receiver, Group(Color::kRed), {}).body, Not(HasSubstr("<!here>")));
  EXPECT_THAT(MakeMessage(receiver, Group(Color::kBlue), {}).body, HasSubstr("<!here>"));
}

TEST(MessageTest, KnowsTheOldestObservationAndTheFirstIds) {
  const Message message = MakeMessage(ReceiverOf(ReceiverType::kSlack), Group(Color::kRed, 300), {});
  EXPECT_EQ(message.observed, absl::FromUnixSeconds(1'700'000'000 - 299));
  EXPECT_THAT(message.event_ids, SizeIs(200));
  EXPECT_EQ(message.event_ids[0], "id0");
  EXPECT_FALSE(message.title.empty());
}

TEST(ConsoleChannelTest, WritesAndSaysWhenItCannot) {
  std::ostringstream out;
  const auto channel = ConsoleChat().open({}, {}, out, Clock::Real());
  EXPECT_EQ(channel->Post("text\n", {}).outcome, Outcome::kAccepted);
  EXPECT_EQ(out.str(), "text\n\n");  // a blank line between cards
  std::ostream closed(nullptr);
  EXPECT_EQ(ConsoleChat().open({}, {}, closed, Clock::Real())->Post("text\n", {}).outcome, Outcome::kRetry);
}

}  // namespace
}  // namespace swarmbell
