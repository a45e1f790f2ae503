#include "collector/docker/engine_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace swarmbell {
namespace {

using testing::ElementsAre;

std::vector<std::string> Split(const std::vector<std::string>& pieces, std::size_t longest = 5) {
  LineSplitter splitter(longest);
  std::vector<std::string> lines;
  for (const std::string& piece : pieces) {
    splitter.Add(piece, [&](std::string_view line) { lines.emplace_back(line); });
  }
  return lines;
}

TEST(LineSplitter, JoinsPiecesAndSplitsThem) {
  EXPECT_THAT(Split({"a", "b\nc", "\nd\ne\nunfinished"}), ElementsAre("ab", "c", "d", "e"));
}

TEST(LineSplitter, LeavesOutEmptyLinesAndCarriageReturns) {
  EXPECT_THAT(Split({"\n\na\r\n\r\n"}), ElementsAre("a"));
}

TEST(LineSplitter, LeavesOutLinesOverTheBound) {
  EXPECT_THAT(Split({"12345\n123456\nok\n"}), ElementsAre("12345", "ok"));
  EXPECT_THAT(Split({"123", "456", "789", "012\nok\n"}), ElementsAre("ok"));
}

}  // namespace
}  // namespace swarmbell
