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
            "▌ [blue] Service shop_web scaled 2\u00A0→\u00A05\n"
            "▌ 3 more replicas are wanted. Also switched to DNS round robin.\n"
            "▌\n"
            "▌   Replicas        2   → 5\n"
            "▌   Endpoint mode   vip → dnsrr\n"
            "▌\n"
            "▌ prod-eu · manager-01 · 2026-11-22 12:44:05 UTC\n");
}

TEST(RenderTerminal, PlainTextHasNoEscapes) {
  for (const Sample& sample : Samples()) {
    EXPECT_THAT(RenderTerminal(BuildCard(SampleGroup(sample), {}), {false, 80}), Not(HasSubstr("\x1b")));
  }
}

TEST(RenderTerminal, ColourTakesTheWordsPlace) {
  const std::string text = RenderTerminal(SampleCard("update-paused"), {true, 80});
  EXPECT_THAT(text, StartsWith("\x1b[38;5;160m▌\x1b[0m \x1b[1mService shop_api update paused\x1b[0m\n"));
  EXPECT_THAT(text, Not(HasSubstr("[red]")));
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
