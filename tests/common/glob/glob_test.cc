#include "common/glob/glob.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/fakes/growth.h"

namespace swarmbell {
namespace {

TEST(GlobTest, MatchesTheWholeText) {
  EXPECT_TRUE(GlobMatch("shop_api", "shop_api"));
  EXPECT_FALSE(GlobMatch("shop", "shop_api"));
  EXPECT_FALSE(GlobMatch("shop_api", "shop"));
  EXPECT_FALSE(GlobMatch("Shop", "shop"));
  EXPECT_TRUE(GlobMatch("", ""));
  EXPECT_FALSE(GlobMatch("", "a"));
}

TEST(GlobTest, AStarIsAnything) {
  EXPECT_TRUE(GlobMatch("*", ""));
  EXPECT_TRUE(GlobMatch("*", "anything"));
  EXPECT_TRUE(GlobMatch("shop_*", "shop_"));
  EXPECT_TRUE(GlobMatch("*_api", "shop_old_api"));
  EXPECT_TRUE(GlobMatch("a*b*c", "aXbYbZc"));
  EXPECT_TRUE(GlobMatch("**a**", "bab"));
  EXPECT_FALSE(GlobMatch("a*b", "abc"));
  EXPECT_FALSE(GlobMatch("*x*", "abc"));
  EXPECT_TRUE(GlobMatch("*aab", "aaaab"));  // has to try again later
}

TEST(GlobTest, AQuestionMarkIsOneCharacter) {
  EXPECT_TRUE(GlobMatch("node-?", "node-1"));
  EXPECT_FALSE(GlobMatch("node-?", "node-"));
  EXPECT_FALSE(GlobMatch("node-?", "node-12"));
  EXPECT_TRUE(GlobMatch("?*?", "ab"));
  EXPECT_FALSE(GlobMatch("?*?", "a"));
  EXPECT_TRUE(GlobMatch("?x", "äx"));
  EXPECT_FALSE(GlobMatch("??x", "äx"));
}

TEST(GlobTest, AllElseStandsForItself) {
  EXPECT_TRUE(GlobMatch("a.b[c]\\", "a.b[c]\\"));
  EXPECT_FALSE(GlobMatch("a.b", "axb"));
}

TEST(GlobTest, GoesOnBehindAStarWhereTheTextDoes) {
  EXPECT_TRUE(GlobMatch("*ab?d*f", "abxabcdef"));
  EXPECT_FALSE(GlobMatch("*ab?d*g", "abxabcdef"));
  EXPECT_TRUE(GlobMatch("*?b", "aab"));
  EXPECT_TRUE(GlobMatch("a*", "abc"));
  EXPECT_FALSE(GlobMatch("*abc", "ab"));
  EXPECT_TRUE(GlobMatch("*ä?", "aäö"));
}

TEST(GlobTest, NoTextTakesLong) {
  for (const HostileShape& shape : HostileShapes()) {
    ExpectLinear(shape, [](const std::string& text) {
      for (const char* pattern : {"*", "a*", "*a*a*b", "*aaaaaaab", "??*?", "*://*@*", "*=*b?"})
        GlobMatch(pattern, text);
    });
  }
}

TEST(GlobTest, NoPatternTakesLong) {
  std::string pattern;
  for (int i = 0; i < 1000; ++i) pattern += "a*";
  EXPECT_FALSE(GlobMatch(pattern + "b", std::string(20'000, 'a')));
}

}  // namespace
}  // namespace swarmbell
