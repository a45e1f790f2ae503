#include "notifier/chat/teams/teams.h"

#include "gmock/gmock.h"
#include "nlohmann/json.hpp"
#include "tests/notifier/cards/card_testing.h"

namespace swarmbell {
namespace {

using nlohmann::json;

json Content(const Card& card) { return json::parse(RenderTeams(card))["attachments"][0]["content"]; }

TEST(RenderTeams, StylesTheHead) {
  const std::pair<const char*, const char*> styles[] = {{"node-drained", "emphasis"},
                                                        {"service-appeared", "good"},
                                                        {"task-template-changed", "warning"},
                                                        {"mode-changed", "accent"},
                                                        {"update-paused", "attention"}};
  for (const auto& [rule, style] : styles)
    EXPECT_EQ(Content(SampleCard(rule))["body"][0]["style"], style) << rule;
}

TEST(RenderTeams, IsAMessageOfOneCard) {
  const json message = json::parse(RenderTeams(SampleCard("node-drained")));
  EXPECT_EQ(message["type"], "message");
  ASSERT_EQ(message["attachments"].size(), 1U);
  EXPECT_TRUE(message["attachments"][0]["contentUrl"].is_null());
  EXPECT_EQ(message["attachments"][0]["content"]["version"], "1.4");
}

TEST(RenderTeams, EscapesMarkdownWhereAWordIsTooLongForRichText) {
  Card card;
  card.sections = {FactsSection{{{"Image", "a_very_*long*_[word](that)_cannot_be_broken"}}}};
  const json value = Content(card)["body"][1]["items"][0]["columns"][1]["items"][0];
  EXPECT_EQ(value["type"], "TextBlock");
  EXPECT_EQ(value["text"], R"(a\_very\_\*long\*\_\[word\]\(that\)\_cannot\_be\_broken)");
}

TEST(RenderTeams, MentionsAPersonByAddress) {
  Card card = SampleCard("node-drained");
  card.mention = "ops@example.com";
  const json content = Content(card);
  EXPECT_EQ(content["msteams"]["entities"][0]["mentioned"]["id"], "ops@example.com");
  EXPECT_EQ(content["body"][1]["text"], "<at>ops@example.com</at>");
}

TEST(RenderTeams, MentionsNobodyElse) {
  Card card = SampleCard("node-drained");
  card.mention = "here";
  EXPECT_FALSE(Content(card)["msteams"].contains("entities"));
}

TEST(RenderTeams, LinksAreButtons) {
  Card card = SampleCard("node-drained");
  card.links = {{"Logs", "https://logs.example.com/"}};
  EXPECT_EQ(Content(card)["actions"][0],
            json({{"type", "Action.OpenUrl"}, {"title", "Logs"}, {"url", "https://logs.example.com/"}}));
}

}  // namespace
}  // namespace swarmbell
