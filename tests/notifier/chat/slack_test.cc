#include "notifier/chat/slack/slack.h"

#include <algorithm>
#include <cmath>

#include "gmock/gmock.h"
#include "nlohmann/json.hpp"
#include "tests/notifier/cards/card_testing.h"

namespace swarmbell {
namespace {

using nlohmann::json;

json Posted(const Card& card) { return json::parse(RenderSlack(card)); }

std::string Mentioned(const std::string& mention) {
  Card card = SampleCard("node-drained");
  card.mention = mention;
  const json blocks = Posted(card)["blocks"];
  return blocks.size() < 3 ? "" : blocks[2]["elements"][0]["text"];
}

TEST(RenderSlack, ColoursTheBar) {
  const std::pair<const char*, const char*> colors[] = {{"node-drained", "#6E7785"},
                                                        {"service-appeared", "#22A06B"},
                                                        {"task-template-changed", "#BF8700"},
                                                        {"mode-changed", "#2D7FF9"},
                                                        {"update-paused", "#D92D20"}};
  for (const auto& [rule, hex] : colors)
    EXPECT_EQ(Posted(SampleCard(rule))["attachments"][0]["color"], hex) << rule;
}

double Channel(const std::string& hex, std::size_t at) {
  const double value = std::stoi(hex.substr(at, 2), nullptr, 16) / 255.0;
  return value <= 0.03928 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
}

double Luminance(const std::string& hex) {
  return 0.2126 * Channel(hex, 1) + 0.7152 * Channel(hex, 3) + 0.0722 * Channel(hex, 5);
}

// https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio
double Contrast(const std::string& one, const std::string& two) {
  const auto [dark, light] = std::minmax({Luminance(one), Luminance(two)});
  return (light + 0.05) / (dark + 0.05);
}

TEST(RenderSlack, BarsAreSeenInBothThemes) {
  Card card;
  card.unix_seconds = 1;
  for (const Color color : {Color::kBlack, Color::kGreen, Color::kYellow, Color::kBlue, Color::kRed}) {
    card.color = color;
    const std::string hex = Posted(card)["attachments"][0]["color"];
    EXPECT_GE(Contrast(hex, "#FFFFFF"), 3.0) << hex;
    EXPECT_GE(Contrast(hex, "#1A1D21"), 3.0) << hex;
  }
  EXPECT_NEAR(Contrast("#000000", "#FFFFFF"), 21.0, 0.01);
}

TEST(RenderSlack, ASentenceAloneHasNoAttachment) {
  Card card;
  card.title = "Service web updated";
  card.subtitle = "Rolling update started.";
  EXPECT_TRUE(Posted(card)["attachments"].empty());
  EXPECT_EQ(Posted(card)["blocks"].size(), 2U);
}

// The text of rich text with what is bold in `[]`.
std::string Marked(const json& value) {
  std::string text;
  if (value.is_object() && value.value("type", "") == "text") {
    const std::string plain = value["text"];
    return value.contains("style") ? "[" + plain + "]" : plain;
  }
  if (value.is_object() && value.contains("elements")) return Marked(value["elements"]);
  if (value.is_array()) {
    for (const json& element : value) text += Marked(element);
  }
  return text;
}

json Inside(const Card& card) { return Posted(card)["attachments"][0]["blocks"]; }

TEST(RenderSlack, NotificationTextTellsAll) {
  EXPECT_EQ(Posted(SampleCard("node-drained"))["text"],
            "🔲 Node worker-03 drained. Its 6 running tasks are moving to other nodes; 1 of a global service "
            "stops. (prod-eu)");
}

// Slack may hide attachments behind "show more".
TEST(RenderSlack, TitleAndSentenceAreBlocksOfTheMessage) {
  const json blocks = Posted(SampleCard("update-paused"))["blocks"];
  ASSERT_EQ(blocks.size(), 2U);
  EXPECT_EQ(Marked(blocks[0]), "🛑  [Service shop_api update paused] · prod-eu");
  EXPECT_EQ(
      blocks[1]["text"]["text"],
      "1 of 3 tasks updated after 42 seconds (image 2.4.1 → 2.5.0). The other 2 still run the old image.");
  EXPECT_EQ(blocks[1]["expand"], true);
}

TEST(RenderSlack, AlignsAllRowsInOneBoxWithNewValuesBold) {
  const json blocks = Inside(SampleCard("task-template-changed"));
  ASSERT_EQ(blocks.size(), 3U);  // then the link and the footer
  EXPECT_EQ(Marked(blocks[0]),
            "[Environment\n]"
            "  ~ LOG_LEVEL     info → [debug\n]"
            "  ~ DB_PASSWORD   •••• → [••••]   masked\n"
            "  + CHECKOUT_V2   [on\n]"
            "  − LEGACY_CACHE  true\n\n"
            "[Arguments\n]"
            "  − --workers 2 --log-format text\n"
            "  + [--workers 4 --log-format json\n\nResources\n]"
            "  Memory limit  512 MiB → [1 GiB\n\n]"
            "Change        [by alice · pipeline 812 · 3f2c1ab → 9be04d2]");
}

TEST(RenderSlack, FactsAreLabelledLinesThatNeverRunTogether) {
  EXPECT_EQ(Marked(Inside(SampleCard("service-appeared"))[0]),
            "Image         [registry.example.com/shop/api:2.4.1\n]"
            "Replicas      [3\n]"
            "Ports         [8080->80/tcp ingress\n]"
            "Networks      [shop_backend\n]"
            "Memory limit  [512 MiB\n]"
            "CPU limit     [0.5 CPU]");
}

TEST(RenderSlack, OnlyWhatDiffersInALongValueIsBold) {
  EXPECT_EQ(Marked(Inside(SampleCard("service-labels-changed"))[0]),
            "[Labels\n]"
            "  ~ traefik.http.routers.shop.rule\n"
            "    − Host(`shop.example.com`)\n"
            "    + Host(`shop.example.com`)\n"
            "      [|| Host(`www.shop.example.com`)\n]"
            "  + team  [storefront]");
}

TEST(RenderSlack, OutputIsShownAsItIsAndCommandsCanBeCopied) {
  Card card;
  card.sections = {OutputSection{"Last lines", {"  at *main*", "", "<!here>"}, "2 more"}};
  card.commands = {"docker service ps a", "docker service rollback a"};
  const json blocks = Inside(card);
  ASSERT_EQ(blocks.size(), 4U);
  EXPECT_EQ(Marked(blocks[0]), "[Last lines\n]  at *main*\n \n<!here>");
  EXPECT_EQ(blocks[1]["elements"][0]["text"], "2 more");
  EXPECT_EQ(blocks[2]["elements"][0]["text"], "What to type");
  EXPECT_EQ(Marked(blocks[3]), "docker service ps a\ndocker service rollback a");
}

TEST(RenderSlack, ADigestHasAirAndIndentsDetails) {
  const json elements = Inside(SampleCard("digest"))[0]["elements"];
  EXPECT_EQ(Marked(elements[0]), "🛑  [Service shop_worker update paused]");
  EXPECT_EQ(elements[1]["type"], "rich_text_quote");
  EXPECT_EQ(Marked(elements[2]), "\n🛑  [Service shop_legacy-mailer removed]");
}

TEST(RenderSlack, FooterHasTheReadersTime) {
  EXPECT_EQ(
      Inside(SampleCard("node-drained")).back()["elements"][0]["text"],
      "seen by manager-01 · <!date^1795351445^{date_short_pretty} at {time_secs}|2026-11-22 12:44:05 UTC>");
}

TEST(RenderSlack, MentionsAsConfigured) {
  EXPECT_EQ(Mentioned(""), "");
  EXPECT_EQ(Mentioned("here"), "<!here>");
  EXPECT_EQ(Mentioned("@channel"), "<!channel>");
  EXPECT_EQ(Mentioned("<!here>"), "<!here>");
  EXPECT_EQ(Mentioned("U012AB3CD"), "<@U012AB3CD>");
  EXPECT_EQ(Mentioned("S012AB3CD"), "<!subteam^S012AB3CD>");
  EXPECT_EQ(Mentioned("<@U012AB3CD> <!here>"), "&lt;@U012AB3CD&gt; &lt;!here&gt;");
}

TEST(RenderSlack, LinksCannotBeEndedByTheirUrl) {
  Card card = SampleCard("node-drained");
  card.links = {{"A|B>", "https://l/?a=1&b=<|>"}};
  const json blocks = Posted(card)["attachments"][0]["blocks"];
  EXPECT_EQ(blocks[blocks.size() - 2]["elements"][0]["text"], "<https://l/?a=1&amp;b=&lt;%7C&gt;|A/B&gt;>");
}

TEST(RenderSlack, NeverHasMoreBlocksThanSlackTakes) {
  Card card;
  card.title = "Service api updated";
  card.links = {{"Logs", "https://logs.example/"}};
  card.unix_seconds = 1;
  for (int i = 0; i < 12; ++i) {
    FactsSection facts;
    for (int j = 0; j < 24; ++j) facts.facts.push_back({"Label " + std::to_string(j), std::string(30, 'x')});
    card.sections.push_back(facts);
    card.sections.push_back(QuoteSection{"Title", "text"});
  }
  const auto body = nlohmann::json::parse(RenderSlack(card));
  EXPECT_LE(body["blocks"].size() + body["attachments"][0]["blocks"].size(), 50U);
}

}  // namespace
}  // namespace swarmbell
