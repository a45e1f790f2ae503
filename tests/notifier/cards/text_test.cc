#include "notifier/cards/text.h"

#include "gmock/gmock.h"

namespace swarmbell::cards {
namespace {

using testing::ElementsAre;

TEST(Printable, ShowsWhatActsOnAScreen) {
  EXPECT_EQ(Printable("a\nb\tc\x1b[0m\x7f"), "a\\nb\\tc\\x1b[0m\\x7f");
  EXPECT_EQ(Printable("\xc2\x9b"), "\\x9b");
  EXPECT_EQ(Printable("\xe2\x80\xae"), "\\u202e");
  EXPECT_EQ(Printable("\xf3\xa0\x80\x81"), "\\u{e0001}");
  EXPECT_EQ(Printable("a\nb", Newlines::kKeep), "a\nb");
}

TEST(Printable, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(Printable("\xff"), "\uFFFD");
  EXPECT_EQ(Printable("\xc3"), "\uFFFD");
  EXPECT_EQ(Printable("\xc0\xaf"), "\uFFFD\uFFFD");            // overlong
  EXPECT_EQ(Printable("\xed\xa0\x80"), "\uFFFD\uFFFD\uFFFD");  // a surrogate
  EXPECT_EQ(Printable("caf\xc3\xa9 🔥"), "café 🔥");
}

TEST(Printable, TwiceChangesNothing) {
  const std::string once = Printable("a\n\x1b\xff\\n");
  EXPECT_EQ(Printable(once), once);
}

TEST(DisplayWidth, KnowsWideAndCombiningCharacters) {
  EXPECT_EQ(DisplayWidth("abc"), 3U);
  EXPECT_EQ(DisplayWidth("日本"), 4U);
  EXPECT_EQ(DisplayWidth("🔴"), 2U);
  EXPECT_EQ(DisplayWidth("e\xcc\x81"), 1U);
}

TEST(CutChars, CountsCharactersAndKeepsThemWhole) {
  EXPECT_EQ(CutChars("日本語", 3), "日本語");
  EXPECT_EQ(CutChars("日本語です", 3), "日本…");
}

TEST(WrapText, BreaksAtSpacesAndOnlyThenInsideWords) {
  EXPECT_THAT(WrapText("one two three", 7), ElementsAre("one two", "three"));
  EXPECT_THAT(WrapText("abcdefgh", 3), ElementsAre("abc", "def", "gh"));
  EXPECT_THAT(WrapText("", 3), ElementsAre(""));
  EXPECT_THAT(WrapText("日本語", 4), ElementsAre("日本", "語"));
}

TEST(LongestWord, IsTheWidestWithoutASpace) { EXPECT_EQ(LongestWord("a bbb cc"), 3U); }

}  // namespace
}  // namespace swarmbell::cards
