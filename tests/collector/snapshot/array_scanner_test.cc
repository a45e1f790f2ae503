#include "collector/snapshot/array_scanner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(SplitArrayTest, GivesTheBytesOfEachObject) {
  const auto objects = SplitArray(R"( [ {"a":"}]\"{"} ,{"b":[{"c":[]}]}] )");
  ASSERT_TRUE(objects.ok()) << objects.status();
  EXPECT_THAT(*objects, ElementsAre(R"({"a":"}]\"{"})", R"({"b":[{"c":[]}]})"));
}

TEST(SplitArrayTest, TakesEmptyLists) { EXPECT_THAT(SplitArray("[]").value(), IsEmpty()); }

TEST(SplitArrayTest, RejectsWhatIsNotWhole) {
  for (const char* body : {"", "{}", "[", "[{}", "[{},", "[{},]", "[{}]x", "[1]", "[{\"a\":\"}]",
                           "[{\"a\":[}]]", "[{\"a\\", "null", "null[]", "[{}{}]", "<html>", "[[]]"}) {
    const auto objects = SplitArray(body);
    EXPECT_EQ(objects.status().code(), absl::StatusCode::kInvalidArgument) << body;
  }
}

TEST(SplitArrayTest, BoundsTheDepth) {
  const auto nested = [](int depth) {
    return "[{\"a\":" + std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']') + "}]";
  };
  EXPECT_TRUE(SplitArray(nested(kMaxJsonDepth - 2)).ok());
  EXPECT_FALSE(SplitArray(nested(kMaxJsonDepth)).ok());
}

}  // namespace
}  // namespace swarmbell
