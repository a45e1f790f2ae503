#include "collector/changelog/subscription_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const LogPosition kStart{"log", 5};

TEST(SubscriptionBookTest, ANewSubscriptionStartsWhereItIsOpened) {
  SubscriptionBook book;
  EXPECT_FALSE(book.Open("a", kStart).resumed);
  const SubscriptionBook::Opened again = book.Open("a", {"log", 90});
  EXPECT_TRUE(again.resumed);
  EXPECT_EQ(again.record.position, kStart);
}

TEST(SubscriptionBookTest, MovesOnAndNeverBack) {
  SubscriptionBook book;
  book.Open("a", kStart);
  book.Acknowledge("a", LogPosition{"log", 9}, {}, {});
  book.Acknowledge("a", LogPosition{"log", 7}, {}, {});
  EXPECT_EQ(book.Open("a", {"log", 90}).record.position, (LogPosition{"log", 9}));
}

TEST(SubscriptionBookTest, APositionOfAnotherLogIsWorthNothingButTheMarksAre) {
  SubscriptionBook book;
  book.Open("a", kStart);
  book.Acknowledge("a", LogPosition{"log", 9}, {"x"}, "state");
  const SubscriptionBook::Opened opened = book.Open("a", {"other", 1});
  EXPECT_FALSE(opened.resumed);
  EXPECT_EQ(opened.record.position, (LogPosition{"other", 1}));
  EXPECT_THAT(opened.record.marks, ElementsAre("x"));
  EXPECT_EQ(opened.record.state, "state");
}

TEST(SubscriptionBookTest, WhatIsUnsetStays) {
  SubscriptionBook book;
  book.Open("a", kStart);
  book.Acknowledge("a", std::nullopt, {"x"}, "state");
  book.Acknowledge("a", LogPosition{"log", 6}, {"y"}, std::nullopt);
  const SubscriptionRecord record = book.Open("a", kStart).record;
  EXPECT_EQ(record.position.sequence, 6u);
  EXPECT_THAT(record.marks, ElementsAre("x", "y"));
  EXPECT_EQ(record.state, "state");
}

TEST(SubscriptionBookTest, KeepsTheNewestMarksWithinItsBounds) {
  SubscriptionBook book({.max_marks = 3, .max_mark_bytes = 8});
  book.Open("a", kStart);
  book.Acknowledge("a", std::nullopt, {"1", "2", "3", "4"}, {});
  EXPECT_THAT(book.Open("a", kStart).record.marks, ElementsAre("2", "3", "4"));
  book.Acknowledge("a", std::nullopt, {"1234567"}, {});
  EXPECT_THAT(book.Open("a", kStart).record.marks, ElementsAre("4", "1234567"));
}

TEST(SubscriptionBookTest, OneMoreForgetsTheOneUsedLongestAgo) {
  SubscriptionBook book({.max_subscriptions = 2});
  book.Open("a", kStart);
  book.Open("b", kStart);
  book.Acknowledge("a", LogPosition{"log", 6}, {}, {});
  book.Open("c", kStart);
  EXPECT_TRUE(book.Open("a", kStart).resumed);
  EXPECT_FALSE(book.Open("b", kStart).resumed);
}

TEST(SubscriptionBookTest, AnUnknownNameIsMadeOnlyWithAPosition) {
  SubscriptionBook book;
  book.Acknowledge("a", std::nullopt, {"x"}, {});
  EXPECT_THAT(book.All(), IsEmpty());
  book.Acknowledge("a", kStart, {"x"}, {});
  EXPECT_EQ(book.All().at("a").position, kStart);
}

TEST(SubscriptionBookTest, ComesBackFromAStore) {
  SubscriptionBook book;
  book.Acknowledge("a", kStart, {"x", "y"}, "state");
  SubscriptionBook restored({.max_marks = 2});
  restored.Restore(book.All());
  restored.Acknowledge("a", std::nullopt, {"z"}, {});
  const SubscriptionBook::Opened opened = restored.Open("a", {"log", 90});
  EXPECT_TRUE(opened.resumed);
  EXPECT_THAT(opened.record.marks, ElementsAre("y", "z"));
  EXPECT_EQ(opened.record.state, "state");
}

TEST(SubscriptionBookTest, TheVersionGrowsWithEachChange) {
  SubscriptionBook book;
  const std::uint64_t before = book.Version();
  book.Open("a", kStart);
  const std::uint64_t opened = book.Version();
  book.Acknowledge("a", LogPosition{"log", 6}, {}, {});
  EXPECT_GT(opened, before);
  EXPECT_GT(book.Version(), opened);
}

}  // namespace
}  // namespace swarmbell
