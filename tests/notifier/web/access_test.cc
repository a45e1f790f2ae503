#include "notifier/web/access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"

namespace swarmbell {
namespace {

HttpQuestion To(const std::string& host, const std::string& authorization = "") {
  HttpQuestion question;
  question.headers["host"] = host;
  if (!authorization.empty()) question.headers["authorization"] = authorization;
  return question;
}

std::string Basic(const std::string& pair) { return "Basic " + absl::Base64Escape(pair); }

constexpr char kLocal[] = "127.0.0.1:8080";

TEST(Access, WithoutATokenOnlyThisMachinesNamesAreAnswered) {
  for (const char* host : {"localhost", "localhost:8080", "127.0.0.1:8080", "[::1]:8080", "LOCALHOST:1"})
    EXPECT_TRUE(CheckAccess(To(host), {}, kLocal, "").ok()) << host;
  for (const char* host : {"", "evil.example", "evil.example:8080", "127.0.0.1.evil.example",
                           "localhost.evil.example", "10.0.0.1:8080", "unix:8080"})
    EXPECT_TRUE(absl::IsPermissionDenied(CheckAccess(To(host), {}, kLocal, ""))) << host;
}

TEST(Access, WithoutATokenTheHostOfTheExternalUrlIsAnswered) {
  EXPECT_TRUE(CheckAccess(To("bell.example"), {}, kLocal, "https://bell.example/timeline").ok());
  EXPECT_TRUE(CheckAccess(To("Bell.example:8443"), {}, kLocal, "https://bell.example:8443").ok());
  EXPECT_FALSE(CheckAccess(To("bell.example:1"), {}, kLocal, "https://bell.example:8443").ok());
}

TEST(Access, ATokenIsThePasswordOfAnyUserOrABearer) {
  const AuthToken token("s3cret:with colon");
  for (const std::string& good :
       {Basic("anna:s3cret:with colon"), Basic(":s3cret:with colon"), std::string("bearer s3cret:with colon"),
        std::string("Bearer s3cret:with colon")})
    EXPECT_TRUE(CheckAccess(To("any.example", good), token, kLocal, "").ok()) << good;
  for (const std::string& bad :
       {std::string(), Basic("anna:wrong"), Basic("s3cret:with colon:"), Basic("no colon"),
        std::string("Basic !!"), std::string("Bearer "), std::string("Digest s3cret:with colon"),
        std::string("Bearer s3cret:with colon ")}) {
    const absl::Status refused = CheckAccess(To("localhost", bad), token, kLocal, "");
    EXPECT_TRUE(absl::IsUnauthenticated(refused)) << bad;
    EXPECT_EQ(std::string(refused.message()).find("s3cret"), std::string::npos);
  }
}

TEST(Access, EachOfSeveralTokensIsAccepted) {
  AuthToken token("new\nold");
  EXPECT_TRUE(CheckAccess(To("a", "Bearer old"), token, kLocal, "").ok());
  token.Set("new");
  EXPECT_FALSE(CheckAccess(To("a", "Bearer old"), token, kLocal, "").ok());
}

TEST(AccessTest, ATokenThatIsRemovedWhileOthersAreServedOpensNothing) {
  const absl::Status refused = CheckAccess(To("localhost"), {}, "0.0.0.0:8080", "");
  EXPECT_TRUE(absl::IsPermissionDenied(refused));
  EXPECT_THAT(std::string(refused.message()), testing::HasSubstr("set auth.token"));
}

}  // namespace
}  // namespace swarmbell
