#include <gtest/gtest.h>

#include "common/process/logging.h"

namespace swarmbell {
namespace {

TEST(LogValueTest, LeavesAPlainWordAsItIs) {
  EXPECT_EQ(LogValue("shop_api"), "shop_api");
  EXPECT_EQ(LogValue("unix:///var/run/docker.sock"), "unix:///var/run/docker.sock");
  EXPECT_EQ(LogValue("größer"), "größer");
}

TEST(LogValueTest, QuotesWhatAReaderWouldSplit) {
  EXPECT_EQ(LogValue("Service shop_api created"), "\"Service shop_api created\"");
  EXPECT_EQ(LogValue("a=b"), "\"a=b\"");
  EXPECT_EQ(LogValue(""), "\"\"");
  EXPECT_EQ(LogValue("one\ntwo"), "\"one\ntwo\"");
}

TEST(LogValueTest, EscapesWhatWouldEndAQuotedValue) {
  EXPECT_EQ(LogValue("bind \"x\" outcome=accepted"), "\"bind \\\"x\\\" outcome=accepted\"");
  EXPECT_EQ(LogValue("C:\\data"), "\"C:\\\\data\"");
}

}  // namespace
}  // namespace swarmbell
