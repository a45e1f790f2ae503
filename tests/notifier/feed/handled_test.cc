#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "notifier/feed/receipt.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(HandledTest, TellsWhatIsNewSinceAVersion) {
  HandledChanges handled;
  handled.Add("a");
  const HandledChanges::Additions first = handled.Since(0);
  EXPECT_THAT(first.marks, ElementsAre("a"));
  EXPECT_FALSE(first.has_state);
  handled.Add("b");
  handled.Add("a");
  handled.SetState("s");
  const HandledChanges::Additions second = handled.Since(first.version);
  EXPECT_THAT(second.marks, ElementsAre("b"));
  EXPECT_TRUE(second.has_state);
  EXPECT_EQ(second.state, "s");
  EXPECT_THAT(handled.Since(second.version).marks, IsEmpty());
  EXPECT_FALSE(handled.Since(second.version).has_state);
  EXPECT_THAT(handled.Since(0).marks, ElementsAre("a", "b"));
}

TEST(HandledTest, WhatIsLearnedIsKnownAndToldToOthersButNoNewsOfItsOwn) {
  HandledChanges handled;
  int news = 0;
  handled.SetListener([&] { ++news; });
  handled.Merge({"a"});
  EXPECT_EQ(news, 0);
  EXPECT_TRUE(handled.Has("a"));
  EXPECT_THAT(handled.Since(0).marks, ElementsAre("a"));
  handled.Add("b");
  handled.SetState("s");
  handled.SetState("s");
  EXPECT_EQ(news, 2);
}

TEST(HandledTest, LearningOldMarksDoesNotPushOutTheNewest) {
  HandledChanges handled(3);
  handled.Merge({"2", "3", "4"});
  handled.Merge({"1", "2", "3"});
  EXPECT_TRUE(handled.Has("4"));
  EXPECT_TRUE(handled.Has("3"));
}

TEST(HandledTest, ForgetsTheOldestMarks) {
  HandledChanges handled(2);
  for (const char* mark : {"a", "b", "c"}) handled.Add(mark);
  EXPECT_FALSE(handled.Has("a"));
  EXPECT_THAT(handled.Since(0).marks, ElementsAre("b", "c"));
}

}  // namespace
}  // namespace swarmbell
