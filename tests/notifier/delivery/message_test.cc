#include "notifier/delivery/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "notifier/chat/console/console.h"
#include "tests/notifier/pipeline/sample_events.h"

namespace swarmbell {
namespace {

using Json = nlohmann::json;
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

TEST(MessageTest, AProgramGetsAMessageForEachSignal) {
  AlertGroup group = Group(Color::kRed);
  for (const char* node : {"a", "b"}) {
    v1::ChangeEvent down = NodeEvent(node, node);
    down.mutable_node_state_changed()->set_current_state(v1::NODE_STATE_DOWN);
    group.alerts.push_back(AlertOf(down, Color::kRed));
  }
  group.digest = true;
  const auto receipt = std::make_shared<Receipt>(nullptr);
  const std::vector<Message> messages =
      MakeMessages(ReceiverOf(ReceiverType::kWebhook), {group, {receipt}}, {});
  ASSERT_THAT(messages, SizeIs(3));
  EXPECT_EQ(messages[1].signal.key, "swarm1/a/state");
  EXPECT_EQ(messages[2].signal.key, "swarm1/b/state");
  for (const Message& message : messages) {
    EXPECT_THAT(message.alerts, SizeIs(1));
    EXPECT_THAT(message.receipts, testing::ElementsAre(receipt));
  }
  EXPECT_THAT(MakeMessages(ReceiverOf(ReceiverType::kSlack), {group, {}}, {}), SizeIs(1));
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

v1::Cluster Swarm(const std::string& id, const std::string& name) {
  v1::Cluster swarm;
  swarm.set_id(id);
  swarm.set_name(name);
  return swarm;
}

TEST(HeardSwarmsTest, AreSeveralWhenNeitherIdNorNameIsKnown) {
  HeardSwarms swarms;
  swarms.Add({});  // of a collector that has read nothing yet
  swarms.Add(Swarm("id1", ""));
  swarms.Add(Swarm("id1", "prod-eu"));  // got a name
  swarms.Add(Swarm("id2", "prod-eu"));  // was created again
  EXPECT_FALSE(swarms.AreSeveral());
  swarms.Add(Swarm("id3", "prod-us"));
  EXPECT_TRUE(swarms.AreSeveral());
  swarms.Add(Swarm("id3", "prod-us"));
  EXPECT_TRUE(swarms.AreSeveral());
}

class NamedSwarmTest : public testing::Test {
 protected:
  // The message about a node of the swarm of this name.
  Message MessageOf(ReceiverType type, const std::string& name) {
    AlertGroup group = Group(Color::kRed);
    *group.alerts[0].event.mutable_cluster() = Swarm("id1", name);
    MessageForm form;
    form.swarms = &swarms_;
    return MakeMessage(ReceiverOf(type), group, form);
  }
  Json JsonOf(ReceiverType type, const std::string& name) { return Json::parse(MessageOf(type, name).body); }
  // Slack's title line, without its dot.
  std::string SlackTitle(const std::string& name) {
    std::string line;
    const Json runs = JsonOf(ReceiverType::kSlack, name)["blocks"][0]["elements"][0]["elements"];
    for (std::size_t i = 1; i < runs.size(); ++i) line += runs[i]["text"].get<std::string>();
    return line;
  }
  void HearOfTwo() {
    swarms_.Add(Swarm("id1", "prod-eu"));
    swarms_.Add(Swarm("id2", "prod-us"));
  }

  HeardSwarms swarms_;
};

TEST_F(NamedSwarmTest, TheTitleNamesItOnceThereAreSeveral) {
  swarms_.Add(Swarm("id1", "prod-eu"));
  const std::string title = MessageOf(ReceiverType::kSlack, "prod-eu").title;
  EXPECT_THAT(title, StartsWith("Node node1 "));
  EXPECT_EQ(SlackTitle("prod-eu"), title + " · prod-eu");
  swarms_.Add(Swarm("id2", "prod-us"));
  EXPECT_EQ(MessageOf(ReceiverType::kSlack, "prod-eu").title, "prod-eu · " + title);
  EXPECT_EQ(SlackTitle("prod-eu"), "prod-eu · " + title);
}

TEST_F(NamedSwarmTest, EachChatNamesItInFrontOfTheTitleOnly) {
  HearOfTwo();
  const std::string title = MessageOf(ReceiverType::kSlack, "prod-eu").title;
  const Json slack = JsonOf(ReceiverType::kSlack, "prod-eu");
  EXPECT_THAT(slack["text"].get<std::string>(), HasSubstr(title));
  EXPECT_THAT(slack["text"].get<std::string>(), Not(HasSubstr("(prod-eu)")));
  EXPECT_THAT(slack["attachments"][0]["fallback"].get<std::string>(), HasSubstr(title));
  const Json teams = JsonOf(ReceiverType::kTeams, "prod-eu");
  EXPECT_THAT(teams["summary"].get<std::string>(), HasSubstr(title));
  const Json& card = teams["attachments"][0]["content"];
  EXPECT_THAT(card["fallbackText"].get<std::string>(), HasSubstr(title));
  EXPECT_THAT(card["body"][0].dump(), HasSubstr(title));
  EXPECT_THAT(MessageOf(ReceiverType::kConsole, "prod-eu").body, HasSubstr("[red] " + title));
  EXPECT_THAT(JsonOf(ReceiverType::kWebhook, "prod-eu")["data"]["swarm"], "prod-eu");
}

TEST_F(NamedSwarmTest, AHostileNameIsTextAndLeavesRoomForTheTitle) {
  HearOfTwo();
  const std::string name = "<!channel> *x* \x1b[31m\u202e\n" + std::string(10'000, 'a');
  const std::string title = SlackTitle(name);
  EXPECT_THAT(title, StartsWith("<!channel> *x*"));
  EXPECT_THAT(title, Not(testing::ContainsRegex("[\x1b\n]")));
  EXPECT_THAT(title, Not(HasSubstr("\u202e")));
  EXPECT_THAT(title, HasSubstr("… · Node node1 "));
  const Json slack = JsonOf(ReceiverType::kSlack, name);
  EXPECT_EQ(slack["blocks"][0]["type"], "rich_text");  // shown as it is
  EXPECT_THAT(slack["text"].get<std::string>(), Not(HasSubstr("<!channel>")));
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
