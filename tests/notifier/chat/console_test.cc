#include "notifier/chat/console/console.h"

#include "gmock/gmock.h"
#include "notifier/cards/build_card.h"
#include "tests/notifier/cards/card_testing.h"

namespace swarmbell {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(RenderTerminal, PlainTextNamesTheColour) {
  EXPECT_EQ(RenderTerminal(SampleCard("mode-changed"), {false, 80}),
            "── 2026-11-22 12:44:05 UTC · prod-eu · seen by manager-01 ──────────────────────\n"
            "▌ [blue] Service shop_web scaled 2\u00A0→\u00A05\n"
            "▌ 3 more replicas are wanted. Also switched to DNS round robin.\n"
            "▌\n"
            "▌   Endpoint mode   vip → dnsrr\n");
}

TEST(RenderTerminal, PlainTextHasNoEscapes) {
  for (const Sample& sample : Samples()) {
    EXPECT_THAT(RenderTerminal(BuildCard(SampleGroup(sample), {}), {false, 80}), Not(HasSubstr("\x1b")));
  }
}

// Not everybody sees the colour of the bar.
TEST(RenderTerminal, TheColourHasAWordToo) {
  EXPECT_THAT(RenderTerminal(SampleCard("update-paused"), {true, 80}),
              HasSubstr("\x1b[38;5;160m▌\x1b[0m \x1b[38;5;160m[red] \x1b[0m\x1b[1mService shop_api update "
                        "paused\x1b[0m\n"));
}

TEST(RenderTerminal, TimeIsTheReadersOwn) {
  TerminalStyle style;
  style.zone = absl::FixedTimeZone(3600);
  EXPECT_THAT(RenderTerminal(SampleCard("mode-changed"), style), StartsWith("── 2026-11-22 13:44:05 "));
}

TEST(RenderTerminal, LinksCanBeClickedWhereTheTerminalCan) {
  Card card;
  card.links = {{"Logs", "https://logs.example/?a=1"}, {"Bell", "https://logs.example/ä"}};
  TerminalStyle style;
  EXPECT_THAT(RenderTerminal(card, style), HasSubstr("▌ Logs  https://logs.example/?a=1\n"));
  style.links = true;
  const std::string text = RenderTerminal(card, style);
  EXPECT_THAT(text, HasSubstr("▌ \x1b]8;;https://logs.example/?a=1\x1b\\Logs\x1b]8;;\x1b\\\n"));
  EXPECT_THAT(text, HasSubstr("▌ Bell  https://logs.example/ä\n"));
}

TEST(RenderTerminal, CommandsCanBeTyped) {
  Card card;
  card.commands = {"docker service ps a"};
  EXPECT_THAT(RenderTerminal(card, {false, 80}), testing::EndsWith("▌\n▌ $ docker service ps a\n"));
}

TEST(RenderTerminal, WrapsValuesUnderThemselves) {
  Card card;
  card.title = "T";
  card.sections = {FactsSection{{{"Error", "one two three four five six seven"}}}};
  EXPECT_THAT(RenderTerminal(card, {false, 36}),
              HasSubstr("▌   Error          one two three\n▌                  four five six\n"));
}

TEST(RenderTerminal, LinesUpWideCharacters) {
  Card card;
  card.sections = {ChangeSection{"", {{"名前", "a", "b"}, {"Long label here", "a", "b"}}, 0}};
  EXPECT_THAT(RenderTerminal(card, {false, 80}),
              HasSubstr("▌   名前              a → b\n▌   Long label here   a → b\n"));
}

}  // namespace
}  // namespace swarmbell
