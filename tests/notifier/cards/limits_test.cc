#include "gmock/gmock.h"
#include "nlohmann/json.hpp"
#include "notifier/cards/text.h"
#include "notifier/chat/alertmanager/alertmanager.h"
#include "notifier/chat/console/console.h"
#include "notifier/chat/grafana/grafana.h"
#include "notifier/chat/slack/slack.h"
#include "notifier/chat/teams/teams.h"
#include "notifier/chat/webhook/cloud_event.h"
#include "tests/cards/hostile_card.h"
#include "tests/notifier/cards/card_testing.h"

namespace swarmbell {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

class Hostile : public testing::TestWithParam<std::pair<const std::string, Card>> {};

TEST_P(Hostile, SlackTakesIt) {
  const std::string body = RenderSlack(GetParam().second);
  EXPECT_LE(body.size(), 12'000U);
  const json message = json::parse(body);  // also: valid UTF-8
  const json& blocks = message["attachments"][0]["blocks"];
  EXPECT_LE(blocks.size(), 20U);
  EXPECT_LE(cards::CharCount(message["blocks"][1]["text"]["text"].get<std::string>()), 3000U);
}

TEST_P(Hostile, TeamsTakesIt) {
  const std::string body = RenderTeams(GetParam().second);
  EXPECT_LE(body.size(), 20'480U);
  EXPECT_EQ(json::parse(body)["attachments"][0]["content"]["version"], "1.4");
}

TEST_P(Hostile, ProgramsTakeIt) {
  const Notice notice{GetParam().second, {}, {}};
  EXPECT_LE(RenderCloudEvent(notice).size(), std::size_t{256} << 10);
  for (const std::string& body :
       {RenderCloudEvent(notice), RenderAlertmanager(notice), RenderGrafana(notice)}) {
    EXPECT_FALSE(json::parse(body, nullptr, /*allow_exceptions=*/false).is_discarded());
    EXPECT_EQ(body.find("\\u001b"), std::string::npos);
  }
  EXPECT_LE(RenderAlertmanager(notice).size(), std::size_t{64} << 10);
  EXPECT_LE(RenderGrafana(notice).size(), std::size_t{64} << 10);
}

TEST_P(Hostile, TheTerminalGetsNoControlCharacterAndNoLineTooLong) {
  const std::string text = RenderTerminal(GetParam().second, {false, 60});
  std::size_t start = 0;
  for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', start)) {
    const std::string line = text.substr(start, end - start);
    EXPECT_LE(cards::DisplayWidth(line), 60U) << line;
    EXPECT_EQ(cards::Printable(line), line);
    start = end + 1;
  }
}

INSTANTIATE_TEST_SUITE_P(Cards, Hostile, testing::ValuesIn(HostileCards()),
                         [](const auto& test) { return TestName(test.param.first); });

// Every text that Slack reads as mrkdwn.
void CollectMrkdwn(const json& value, std::string& out) {
  if (value.is_object() && value.value("type", "") == "mrkdwn")
    out += value["text"].get<std::string>() + "\n";
  if (!value.is_structured()) return;
  for (const json& child : value) CollectMrkdwn(child, out);
}

TEST(HostileMarkup, PingsNobodyInSlack) {
  const json message = json::parse(RenderSlack(HostileCards().at("hostile-markup")));
  std::string mrkdwn;
  CollectMrkdwn(message, mrkdwn);
  EXPECT_THAT(mrkdwn, Not(HasSubstr("<!channel>")));
  EXPECT_THAT(mrkdwn, Not(HasSubstr("<!here>")));
  EXPECT_THAT(mrkdwn, Not(HasSubstr("<@")));
  EXPECT_THAT(mrkdwn, Not(HasSubstr("*bold*")));
  EXPECT_THAT(message["text"].get<std::string>(), Not(HasSubstr("<!")));
}

TEST(HostileMarkup, IsShownAsItIs) {
  const std::string slack = RenderSlack(HostileCards().at("hostile-markup"));
  EXPECT_THAT(slack, HasSubstr("*bold* _it_ ~x~ `c` → "));
  EXPECT_THAT(slack, HasSubstr("\"<!channel> & <b>"));
  EXPECT_THAT(slack, HasSubstr(R"(\\x1b[31mred)"));
  EXPECT_THAT(slack, HasSubstr("\uFFFD"));
}

TEST(HostileMarkup, CommandsOfAdaptiveCardsAreBroken) {
  const std::string teams = RenderTeams(HostileCards().at("hostile-markup"));
  EXPECT_THAT(teams, Not(HasSubstr("{{DATE(2017")));
  EXPECT_THAT(teams, HasSubstr("{{DATE(2026-11-22T12:44:05Z,SHORT)}}"));
}

TEST(HostileMany, SaysHowManyWereLeftOutAndWhereToSeeThem) {
  const std::string slack = RenderSlack(HostileCards().at("hostile-many"));
  EXPECT_THAT(slack, HasSubstr("… and 476 more environment variables; see docker service inspect shop_api"));
  EXPECT_THAT(RenderTeams(HostileCards().at("hostile-many")),
              HasSubstr("more environment variables; see docker"));
}

TEST(HostileSections, SaysHowManyWereLeftOut) {
  EXPECT_THAT(RenderSlack(HostileCards().at("hostile-sections")),
              HasSubstr("… and 48 more groups of changes"));
}

}  // namespace
}  // namespace swarmbell
