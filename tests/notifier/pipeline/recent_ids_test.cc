#include "notifier/pipeline/recent_ids.h"

#include <gtest/gtest.h>

namespace swarmbell {
namespace {

TEST(RecentIdsTest, MeetsEachOnce) {
  RecentIds ids(10);
  EXPECT_FALSE(ids.Met("a"));
  EXPECT_TRUE(ids.Met("a"));
  EXPECT_FALSE(ids.Met("b"));
}

TEST(RecentIdsTest, ForgetsTheOneMetLongestAgo) {
  RecentIds ids(2);
  ids.Met("a");
  ids.Met("b");
  EXPECT_TRUE(ids.Met("a"));  // now b is the older one
  ids.Met("c");
  EXPECT_TRUE(ids.Met("a"));
  EXPECT_FALSE(ids.Met("b"));
}

TEST(RecentIdsTest, NeverRemembersAnEmptyId) {
  RecentIds ids(2);
  EXPECT_FALSE(ids.Met(""));
  EXPECT_FALSE(ids.Met(""));
}

}  // namespace
}  // namespace swarmbell
