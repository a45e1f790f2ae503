#include "collector/stream/page_token.h"

#include <gtest/gtest.h>

namespace swarmbell {
namespace {

TEST(PageTokenTest, GoesThereAndBack) {
  const LogPosition position{"0123456789abcdef0123456789abcdef", 1234567};
  EXPECT_EQ(ReadPageToken(MakePageToken(position)), position);
  EXPECT_EQ(ReadPageToken(MakePageToken({})), LogPosition{});
}

TEST(PageTokenTest, OthersAreRefused) {
  for (const char* token : {"", "x", "2", "cDE_not base64", "AAAA", "cDH_____"}) {
    EXPECT_EQ(ReadPageToken(token), std::nullopt) << token;
  }
}

}  // namespace
}  // namespace swarmbell
