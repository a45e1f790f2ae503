#include "common/lru/lru_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(LruMapTest, FindsWhatWasAdded) {
  LruMap<std::string, int> map;
  EXPECT_EQ(map.Find("a"), nullptr);
  map["a"] = 1;
  map["b"] = 2;
  ASSERT_NE(map.Find("a"), nullptr);
  EXPECT_EQ(*map.Find("a"), 1);
  EXPECT_EQ(map["b"], 2);
  EXPECT_EQ(map["c"], 0);
  EXPECT_EQ(map.size(), 3u);
}

TEST(LruMapTest, FindingMakesAnEntryTheMostRecentlyUsed) {
  LruMap<std::string, int> map;
  for (const char* key : {"a", "b", "c"}) map[key] = key[0];
  map.Find("a");
  EXPECT_THAT(map, ElementsAre(Pair("a", 'a'), Pair("c", 'c'), Pair("b", 'b')));
  map["b"] = 'B';
  EXPECT_EQ(map.Oldest().first, "c");
}

TEST(LruMapTest, TheOldestIsErasedFirst) {
  LruMap<std::string, int> map;
  for (const char* key : {"a", "b", "c"}) map[key] = key[0];
  map.Find("a");
  map.EraseOldest();
  EXPECT_EQ(map.Find("b"), nullptr);
  map.EraseOldest();
  EXPECT_EQ(map.Find("c"), nullptr);
  EXPECT_THAT(map, ElementsAre(Pair("a", 'a')));
  map.EraseOldest();
  EXPECT_EQ(map.size(), 0u);
  map["a"] = 2;
  EXPECT_EQ(*map.Find("a"), 2);
}

TEST(LruMapTest, AddressesAreStable) {
  LruMap<std::string, int> map;
  int& first = map["first"];
  for (int i = 0; i < 1000; ++i) map[std::to_string(i)] = i;
  EXPECT_EQ(&map["first"], &first);
}

TEST(LruMapTest, SwapExchangesTheEntriesWithTheirOrder) {
  LruMap<std::string, int> map;
  for (const char* key : {"a", "b", "c"}) map[key] = key[0];
  const int* const b = map.Find("b");
  LruMap<std::string, int> other;
  other["d"] = 1;
  map.Swap(other);
  EXPECT_THAT(map, ElementsAre(Pair("d", 1)));
  EXPECT_EQ(map.Find("a"), nullptr);
  EXPECT_THAT(other, ElementsAre(Pair("b", 'b'), Pair("c", 'c'), Pair("a", 'a')));
  EXPECT_EQ(other.Find("b"), b);
  other.EraseOldest();
  EXPECT_EQ(other.Find("a"), nullptr);
  other["e"] = 2;
  EXPECT_THAT(other, ElementsAre(Pair("e", 2), Pair("b", 'b'), Pair("c", 'c')));
}

TEST(LruMapTest, ClearForgetsAll) {
  LruMap<std::string, int> map;
  map["a"] = 1;
  map.Clear();
  EXPECT_EQ(map.size(), 0u);
  EXPECT_EQ(map.Find("a"), nullptr);
}

}  // namespace
}  // namespace swarmbell
