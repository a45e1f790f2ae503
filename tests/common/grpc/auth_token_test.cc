#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "common/grpc/auth.h"

namespace swarmbell {
namespace {

absl::Status Check(const char* value, const std::string& token = "s3cret") {
  return CheckAuthToken({{"authorization", value}}, token);
}

TEST(AuthTokenTest, TheRightTokenPasses) {
  EXPECT_TRUE(Check("Bearer s3cret").ok());
  EXPECT_TRUE(Check("bearer s3cret").ok());
}

TEST(AuthTokenTest, EverythingElseIsRefused) {
  for (const char* value : {"", "s3cret", "Bearer", "Bearer ", "Bearer s3cre", "Bearer s3crets",
                            "Bearer  s3cret", "Bearer s3creT", "Basic s3cret", "Bearer s3crets3cret"}) {
    EXPECT_TRUE(absl::IsUnauthenticated(Check(value))) << value;
  }
  EXPECT_TRUE(absl::IsUnauthenticated(CheckAuthToken({}, "s3cret")));
  EXPECT_TRUE(absl::IsUnauthenticated(CheckAuthToken({{"token", "Bearer s3cret"}}, "s3cret")));
}

TEST(AuthTokenTest, OneTokenOnly) {
  EXPECT_TRUE(absl::IsUnauthenticated(
      CheckAuthToken({{"authorization", "Bearer s3cret"}, {"authorization", "Bearer x"}}, "s3cret")));
}

TEST(AuthTokenTest, NoTokenSetMeansNoneAskedFor) {
  EXPECT_TRUE(CheckAuthToken({}, "").ok());
  EXPECT_TRUE(Check("Bearer anything", "").ok());
}

TEST(AuthTokenTest, EachLineIsATokenAndTheFirstIsSent) {
  const AuthToken token("new\r\n\n old \n");
  EXPECT_TRUE(CheckAuthToken({{"authorization", "Bearer new"}}, token).ok());
  EXPECT_TRUE(CheckAuthToken({{"authorization", "Bearer old"}}, token).ok());
  EXPECT_FALSE(CheckAuthToken({{"authorization", "Bearer older"}}, token).ok());
  EXPECT_EQ(token.First(), "new");
}

TEST(AuthTokenTest, CopiesShareWhatIsSet) {
  AuthToken token("old");
  const AuthToken copy = token;
  token.Set("new");
  EXPECT_EQ(copy.First(), "new");
}

TEST(AuthTokenTest, ErrorsDoNotTellTheToken) {
  EXPECT_THAT(std::string(Check("Bearer wrong").message()), testing::Not(testing::HasSubstr("s3cret")));
  EXPECT_THAT(std::string(Check("Bearer wrong").message()), testing::Not(testing::HasSubstr("wrong")));
}

}  // namespace
}  // namespace swarmbell
