#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/redis/redis_client.h"

namespace swarmbell {
namespace {

using ::testing::HasSubstr;

TEST(RedisErrorTest, MeaningAndAdvice) {
  const absl::Status full = RedisErrorStatus("OOM command not allowed when used memory > 'maxmemory'.");
  EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(full.message()), HasSubstr("maxmemory) or free"));
  EXPECT_EQ(RedisErrorStatus("WRONGTYPE Operation against a key").code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(RedisErrorStatus("READONLY You can't write").code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(RedisErrorStatus("NOPERM this user").code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(RedisErrorStatus("something new").code(), absl::StatusCode::kInternal);
}

TEST(RedisErrorTest, WordsOfOthersAreShortAndPrintable) {
  const absl::Status status = RedisErrorStatus("bad\n\x1b[31m" + std::string(1000, 'x'));
  EXPECT_THAT(std::string(status.message()), HasSubstr("bad??[31m"));
  EXPECT_LT(status.message().size(), 300u);
}

}  // namespace
}  // namespace swarmbell
