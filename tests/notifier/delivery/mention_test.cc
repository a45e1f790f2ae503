#include "notifier/delivery/mention.h"

#include <gtest/gtest.h>

#include "notifier/config/mention.h"

namespace swarmbell {
namespace {

ReceiverConfig Receiver(ReceiverType type, const std::string& mention = "") {
  ReceiverConfig receiver;
  receiver.name = "chat";
  receiver.type = type;
  receiver.mention = mention;
  return receiver;
}

Alert Labelled(const std::string& mention, Color color = Color::kRed) {
  Alert alert;
  alert.color = color;
  if (!mention.empty()) (*alert.event.mutable_resource()->mutable_labels())["swarmbell.mention"] = mention;
  return alert;
}

std::string Mention(const ReceiverConfig& receiver, std::vector<Alert> alerts, Color color = Color::kRed) {
  return MentionFor(receiver, {"chat", std::move(alerts), color});
}

TEST(MentionTest, TheLabelCountsBeforeTheReceiver) {
  EXPECT_EQ(Mention(Receiver(ReceiverType::kSlack, "here"), {Labelled("U012AB3CD")}), "U012AB3CD");
  EXPECT_EQ(Mention(Receiver(ReceiverType::kSlack), {Labelled("U012AB3CD")}), "U012AB3CD");
  EXPECT_EQ(Mention(Receiver(ReceiverType::kSlack, "here"), {Labelled("")}), "here");
  EXPECT_EQ(Mention(Receiver(ReceiverType::kSlack), {Labelled("")}), "");
}

TEST(MentionTest, EachChatTakesTheFirstThatItKnows) {
  const std::string label = "ann@example.com, U012AB3CD, U999AB3CD";
  EXPECT_EQ(Mention(Receiver(ReceiverType::kSlack), {Labelled(label)}), "U012AB3CD");
  EXPECT_EQ(Mention(Receiver(ReceiverType::kTeams), {Labelled(label)}), "ann@example.com");
  EXPECT_EQ(Mention(Receiver(ReceiverType::kConsole), {Labelled(label)}), "");
}

TEST(MentionTest, OnlyColoursThatMentionDo) {
  EXPECT_EQ(Mention(Receiver(ReceiverType::kSlack), {Labelled("here", Color::kBlue)}, Color::kBlue), "");
  ReceiverConfig receiver = Receiver(ReceiverType::kSlack);
  receiver.mention_colors = {Color::kBlue};
  EXPECT_EQ(Mention(receiver, {Labelled("here", Color::kBlue)}, Color::kBlue), "here");
}

TEST(MentionTest, TheGravestAlertsOfAMessageDecide) {
  const Alert blue = Labelled("U000000000", Color::kBlue);
  EXPECT_EQ(Mention(Receiver(ReceiverType::kSlack), {blue, Labelled("U012AB3CD")}), "U012AB3CD");
  const std::vector<Alert> two = {Labelled("U012AB3CD"), Labelled("U999AB3CD")};
  EXPECT_EQ(Mention(Receiver(ReceiverType::kSlack, "here"), two), "here");
  EXPECT_EQ(Mention(Receiver(ReceiverType::kSlack), two), "U012AB3CD");
}

TEST(MentionTest, NothingButPlainMentionsCount) {
  for (const char* word : {"here", "@channel", "everyone", "U012AB3CD", "W012AB3CD", "S012AB3CD", "<!here>",
                           "<@U012AB3CD>", "<!subteam^S012AB3CD>"}) {
    EXPECT_TRUE(IsMention(ReceiverType::kSlack, word)) << word;
  }
  for (const std::string& word :
       {std::string("<!date^0^{date}^https://evil.example|here>"), std::string("<https://evil.example|x>"),
        std::string("<@U012AB3CD|x>"), std::string("<@U012AB3CD"), std::string("u012ab3cd"),
        std::string("U01"), std::string(""), std::string("@"), std::string("U") + std::string(1'000'000, '0'),
        std::string("U012AB3CD\n"), std::string("<!>")}) {
    EXPECT_FALSE(IsMention(ReceiverType::kSlack, word)) << word.substr(0, 60);
  }
  EXPECT_TRUE(IsMention(ReceiverType::kTeams, "ann.o+x@example.com"));
  for (const char* word :
       {"ann", "@example.com", "ann@", "ann@x</at><at>y", "ann@exa mple.com", "a\"@x.de"}) {
    EXPECT_FALSE(IsMention(ReceiverType::kTeams, word)) << word;
  }
}

}  // namespace
}  // namespace swarmbell
