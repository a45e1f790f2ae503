// The output of programs: secrets that must be hidden in it, and words about why a program failed that must
// stay.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "collector/snapshot/masking.h"

namespace swarmbell {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Shown(const std::string& line) { return Masker({}, "key").HideInOutput(line); }

TEST(OutputMaskingTest, HidesSecretsHoweverAProgramPrintsThem) {
  for (const char* line : {
           "password=hunter2",
           "password: hunter2",
           "DB password: hunter2 for shop",
           "passphrase: hunter2 staple battery",
           R"({"level":"error","password":"hunter2"})",
           "{'password': 'hunter2'}",
           R"({"msg":"it's","password":"hunter2"})",
           "level=error msg=\"login failed\" token=hunter2",
           "    password='hunter2', host=db",
           "can't connect: password='hunter2'",
           "users' password=\"hunter2\"",
           R"("password" => "hunter2")",
           ":password=>'hunter2'",
           "password => hunter2",
           "api_key: hunter2",
           "X-Api-Key: hunter2",
           "client_secret: hunter2",
           "passwd:hunter2",
           "Set-Cookie: session=hunter2; Path=/",
           "Authorization: Bearer hunter2",
           "authorization=Bearer hunter2",
           "sent Bearer hunter2",
           "Authorization: Basic hunter2",
           "postgres://shop:hunter2@db:5432/shop",
           "could not connect to redis://:hunter2@cache:6379/0",
           "https://hooks.slack.com/services/T0/B0/hunter2",
           "Server=db;User Id=sa;Password=hunter2;",
           "GET /x?access_token=hunter2&x=1 401",
           "mysql -uroot -phunter2",
           "app --password hunter2",
       }) {
    EXPECT_THAT(Shown(line), Not(HasSubstr("hunter2"))) << line;
    const std::string between = absl::StrCat("it's the line before\n", line, "\nthe line after");
    EXPECT_THAT(Shown(between), Not(HasSubstr("hunter2"))) << line;
    EXPECT_TRUE(Shown(between).ends_with("\nthe line after")) << Shown(between);
  }
}

TEST(OutputMaskingTest, ALineHidesItsSecretWhateverStandsAbove) {
  for (const char* above :
       {"'token=\\", "\"token='\\", "token=\"a", "can't `", "password:", "<password>", "--token \\"}) {
    EXPECT_THAT(Shown(absl::StrCat(above, "\npassword='hunter2'")), Not(HasSubstr("hunter2"))) << above;
  }
}

// Written in two parts, so that no search for leaked secrets takes them for real ones.
TEST(OutputMaskingTest, HidesTokensByTheirForm) {
  for (const std::string& token :
       {std::string("ghp_") + "0123456789abcdefghijABCDEFGHIJ012345",
        std::string("github_pat_") + "11ABCDEFG0abcdefghij", std::string("xoxb-") + "1234567890-abcdefghijkl",
        std::string("xapp-") + "1-A0123-456-abcdef", std::string("AKIA") + "IOSFODNN7EXAMPLE",
        std::string("ASIA") + "IOSFODNN7EXAMPLE", std::string("glpat-") + "abcdefghij0123456789",
        std::string("sk_live_") + "0123456789abcdef",
        std::string("npm_") + "0123456789abcdefghijABCDEFGHIJ012345",
        std::string("AIza") + "SyA0123456789abcdefghijABCDEFGHIJ01",
        std::string("hvs.") + "CAESIJ0123456789abcdef",
        std::string("SWMTKN-1-") + "0123456789abcdefghij-0123456789",
        std::string("eyJ") + "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc_def-123"}) {
    EXPECT_EQ(Shown("using " + token + " for it"), "using •••• for it");
    EXPECT_EQ(Shown("(" + token + ")"), "(••••)");
  }
}

TEST(OutputMaskingTest, ASecretOfDigitsIsNoPortAndNoPosition) {
  for (const char* line : {"password:48151", "pwd:48151 rejected", "pin_secret:48151/", "password:48151)",
                           "db_pass:48151:5", "password: 48151", "passwd:48151\n", "token:48151", "otp:48151",
                           "api_key:48151 rejected", "dbpass:48151", "dbpass: 48151", "DBPASS=48151"}) {
    EXPECT_THAT(Shown(line), Not(HasSubstr("48151"))) << line;
  }
}

TEST(OutputMaskingTest, ASecretBeforeWordsIsNoPhrase) {
  for (const char* line :
       {"token: letmein was rejected", "X-Api-Key: letmein is invalid", "password: letmein no good",
        "auth_token: letmein expired yesterday", "secret: letmein"}) {
    EXPECT_THAT(Shown(line), Not(HasSubstr("letmein"))) << line;
  }
}

TEST(OutputMaskingTest, HidesPrivateKeys) {
  const std::string key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\nAoIBAQC7\n-----END PRIVATE KEY-----";
  EXPECT_EQ(Shown("loaded\n" + key + "\ndone"),
            "loaded\n-----BEGIN PRIVATE KEY-----••••-----END PRIVATE KEY-----\ndone");
  EXPECT_EQ(Shown("-----BEGIN RSA PRIVATE KEY-----\nMIIEvQ\nAoIBAQ"), "-----BEGIN RSA PRIVATE KEY-----••••");
}

TEST(OutputMaskingTest, KeepsTheWordsThatSayWhy) {
  for (const char* line : {
           "Error: password authentication failed for user \"shop\"",
           "invalid token: unexpected end of input",
           "auth: no such user",
           "error: token expired at 12:00",
           "  at Auth.token (auth.js:12:5)",
           "  File \"/app/auth/token.py\", line 12, in connect",
           "/src/auth.go:47 +0x1d",
           "/src/secret.go:47 +0x1d",
           "  at check (password.js:12:5)",
           "token: is missing in the header",
           "api_key: not set",
           "FATAL: --token is required",
           "KeyError: 'token'",
           "listening on auth:8080",
           "java.lang.IllegalStateException: no session key",
           "time=2026-11-28T12:00:00Z level=info msg=\"session key: rotating\"",
           "RuntimeError: cannot connect to db:5432 (timeout=3s)",
           "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
       }) {
    EXPECT_EQ(Shown(line), line);
  }
}

}  // namespace
}  // namespace swarmbell
