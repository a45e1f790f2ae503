#include "notifier/pipeline/repeats.h"

#include <gtest/gtest.h>

namespace swarmbell {
namespace {

TEST(RepeatsTest, TakesEachOnce) {
  Repeats repeats(10);
  EXPECT_TRUE(repeats.Take("a", nullptr));
  EXPECT_TRUE(repeats.Take("b", nullptr));
  EXPECT_FALSE(repeats.Take("a", nullptr));
}

TEST(RepeatsTest, ForgetsTheOneMetLongestAgo) {
  Repeats repeats(2);
  repeats.Take("a", nullptr);
  repeats.Take("b", nullptr);
  repeats.Take("a", nullptr);
  repeats.Take("c", nullptr);
  EXPECT_FALSE(repeats.Take("a", nullptr));
  EXPECT_TRUE(repeats.Take("b", nullptr));
}

TEST(RepeatsTest, AnEmptyIdentifierIsNeverARepeat) {
  Repeats repeats(2);
  EXPECT_TRUE(repeats.Take("", nullptr));
  EXPECT_TRUE(repeats.Take("", nullptr));
}

TEST(RepeatsTest, ARepeatIsHeldAsLongAsTheFirst) {
  Repeats repeats(2);
  bool settled = false;
  std::shared_ptr<Receipt> hold = repeats.Take("a", nullptr);
  repeats.Take("a", std::make_shared<Receipt>([&](bool) { settled = true; }));
  EXPECT_FALSE(settled);
  hold.reset();
  EXPECT_TRUE(settled);
}

TEST(RepeatsTest, ARepeatOfWhatIsSettledIsSettledAtOnce) {
  Repeats repeats(2);
  bool settled = false;
  repeats.Take("a", nullptr);
  repeats.Take("a", std::make_shared<Receipt>([&](bool) { settled = true; }));
  EXPECT_TRUE(settled);
}

}  // namespace
}  // namespace swarmbell
