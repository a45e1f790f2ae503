#include "notifier/chat/slack/slack.h"

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
  return Posted(card)["blocks"][0]["elements"][0]["text"];
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

TEST(RenderSlack, NotificationTextTellsAll) {
  EXPECT_EQ(Posted(SampleCard("node-drained"))["text"],
            "⚫ Node worker-03 drained. Its 6 running tasks are moving to other nodes; 1 of a global service "
            "stops. (prod-eu)");
}

TEST(RenderSlack, AlignsAnEnvironment) {
  const json blocks = Posted(SampleCard("task-template-changed"))["attachments"][0]["blocks"];
  EXPECT_EQ(blocks[2]["elements"][1]["elements"][0]["text"],
            "~ LOG_LEVEL      info → debug\n"
            "~ DB_PASSWORD    •••• → ••••   masked\n"
            "+ CHECKOUT_V2    on\n"
            "− LEGACY_CACHE   true");
}

TEST(RenderSlack, FooterHasTheReadersTime) {
  const json blocks = Posted(SampleCard("node-drained"))["attachments"][0]["blocks"];
  EXPECT_EQ(blocks.back()["elements"][0]["text"],
            "manager-01 · <!date^1795351445^{date_short_pretty} at {time_secs}|2026-11-22 12:44:05 UTC>");
}

TEST(RenderSlack, MentionsAsConfigured) {
  EXPECT_EQ(Mentioned(""), "Docker Swarm · prod-eu");
  EXPECT_EQ(Mentioned("here"), "Docker Swarm · prod-eu · <!here>");
  EXPECT_EQ(Mentioned("@channel"), "Docker Swarm · prod-eu · <!channel>");
  EXPECT_EQ(Mentioned("<!here>"), "Docker Swarm · prod-eu · <!here>");
  EXPECT_EQ(Mentioned("U012AB3CD"), "Docker Swarm · prod-eu · <@U012AB3CD>");
  EXPECT_EQ(Mentioned("S012AB3CD"), "Docker Swarm · prod-eu · <!subteam^S012AB3CD>");
  EXPECT_EQ(Mentioned("<@U012AB3CD> <!here>"), "Docker Swarm · prod-eu · &lt;@U012AB3CD&gt; &lt;!here&gt;");
}

std::string FieldsOf(std::vector<Fact> facts) {
  Card card = SampleCard("node-drained");
  card.sections = {FactsSection{std::move(facts)}};
  std::string labels;
  const json blocks = Posted(card)["attachments"][0]["blocks"];
  for (const json& block : blocks) {
    for (const json& field : block.value("fields", json::array()))
      labels += field["text"].get<std::string>() + ";";
  }
  return labels;
}

// A column holds 24 characters: a longer value would run into the next field's.
TEST(RenderSlack, OnlyShortFactsStandNextToEachOther) {
  const Fact exit_code{"Exit code", "1"};
  EXPECT_EQ(FieldsOf({Fact{"Node", "worker-02"}, exit_code}), "*Node*\nworker-02;*Exit code*\n1;");
  EXPECT_EQ(FieldsOf({Fact{"Last task", "shop_worker.1 on worker-02"}, exit_code}), "");
  EXPECT_EQ(FieldsOf({Fact{"A service with a name that is long", "3 failures"}, exit_code}), "");
  EXPECT_EQ(
      FieldsOf({Fact{"Replicas", "3"}, Fact{"Networks", "shop_backend, shop_frontend, ops"}, exit_code}), "");
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
  EXPECT_LE(body["attachments"][0]["blocks"].size(), 50U);
}

}  // namespace
}  // namespace swarmbell
