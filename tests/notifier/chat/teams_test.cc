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

// Teams breaks a long word anywhere, also in the tag.
TEST(RenderTeams, ALongImageIsBrokenBehindASlash) {
  const json value = Content(SampleCard("service-appeared"))["body"][1]["items"][0]["columns"][1]["items"];
  ASSERT_EQ(value.size(), 2U);
  EXPECT_EQ(value[0]["inlines"][0]["text"], "registry.example.com/");
  EXPECT_EQ(value[1]["inlines"][0]["text"], "shop/api:2.4.1");
  EXPECT_EQ(value[1]["spacing"], "None");
}

TEST(RenderTeams, ALabelThatIsTooLongForItsColumnStandsAboveItsValue) {
  Card card;
  card.sections = {FactsSection{{{"metrics_prometheus", "4 failures"}}}};
  const json items = Content(card)["body"][1]["items"][0]["items"];
  EXPECT_EQ(items[0]["inlines"][0]["text"], "metrics_prometheus");
  EXPECT_EQ(items[1]["inlines"][0]["text"], "4 failures");
}

// Its style is the palest.
TEST(RenderTeams, ARedCardIsRedAsAWhole) {
  EXPECT_EQ(Content(SampleCard("update-paused"))["body"].size(), 1U);
  EXPECT_GT(Content(SampleCard("service-appeared"))["body"].size(), 1U);
}

TEST(RenderTeams, ProseIsNotMonospace) {
  Card card = SampleCard("update-paused");
  card.commands.clear();
  std::erase_if(card.sections,
                [](const CardSection& section) { return std::holds_alternative<OutputSection>(section); });
  EXPECT_EQ(Content(card).dump().find("Monospace"), std::string::npos);
}

TEST(RenderTeams, FooterHasTheReadersTime) {
  EXPECT_EQ(Content(SampleCard("node-drained"))["body"].back()["text"],
            "prod-eu · seen by manager-01 · {{DATE(2026-11-22T12:44:05Z,SHORT)}} "
            "{{TIME(2026-11-22T12:44:05Z)}}");
}

TEST(RenderTeams, NotificationTextTellsAll) {
  EXPECT_EQ(json::parse(RenderTeams(SampleCard("node-activated")))["summary"],
            "✅ Node worker-03 activated. It takes new tasks again. (prod-eu)");
}

// A renderer makes one of several spaces.
TEST(RenderTeams, OutputKeepsItsIndentation) {
  Card card;
  card.sections = {OutputSection{"Last lines", {"  at main", ""}, ""}};
  const json box = Content(card)["body"][1]["items"][1];
  EXPECT_EQ(box["items"][0]["inlines"][0]["text"], "\u00A0\u00A0at main");
  EXPECT_EQ(box["items"][1]["inlines"][0]["text"], "\u00A0");
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
