#include "notifier/delivery/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

using testing::HasSubstr;
using testing::Not;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);
constexpr char kUrl[] = "https://hooks.slack.com/services/T0SECRET1/B0SECRET2/abcdefSECRET3";

Verdict Judge(int status, const std::string& body, ReceiverType type = ReceiverType::kSlack,
              std::map<std::string, std::string> headers = {}) {
  HttpResponse answer;
  answer.status = status;
  answer.body = body;
  answer.headers = std::move(headers);
  return JudgeAnswer(type, answer, kUrl, kNow);
}

TEST(VerdictTest, Accepts2xx) {
  for (const int status : {200, 201, 202, 204}) {
    EXPECT_EQ(Judge(status, "ok").outcome, Outcome::kAccepted);
    EXPECT_EQ(Judge(status, "", ReceiverType::kTeams).outcome, Outcome::kAccepted);
    EXPECT_EQ(Judge(status, "", ReceiverType::kTeams).reason, "");
  }
  EXPECT_EQ(Judge(200, "ok\n").reason, "");
}

TEST(VerdictTest, AcceptsAnOddAnswerOfSlackAndSaysSo) {
  const Verdict verdict = Judge(200, "no_text");
  EXPECT_EQ(verdict.outcome, Outcome::kAccepted);
  EXPECT_THAT(verdict.reason, HasSubstr("no_text"));
}

TEST(VerdictTest, TriesAgainAfter429And5xx) {
  for (const int status : {429, 500, 502, 503, 504, 599}) {
    EXPECT_EQ(Judge(status, "").outcome, Outcome::kRetry) << status;
  }
}

TEST(VerdictTest, EverythingElseIsFinalAndSaysWhatToDo) {
  for (const int status : {301, 302, 307, 400, 401, 403, 404, 405, 408, 410, 413, 422}) {
    for (const ReceiverType type : {ReceiverType::kSlack, ReceiverType::kTeams}) {
      const Verdict verdict = Judge(status, "", type);
      EXPECT_EQ(verdict.outcome, Outcome::kFinal) << status;
      EXPECT_THAT(verdict.reason, HasSubstr(absl::StrCat("answered ", status, ";")));
    }
  }
}

TEST(VerdictTest, ShowsTheErrorWordOfTheAnswer) {
  EXPECT_THAT(Judge(400, "invalid_blocks").reason, HasSubstr("400 invalid_blocks"));
  EXPECT_THAT(
      Judge(401, R"({"error":{"code":"DirectApiAuthorizationRequired","message":"x"}})", ReceiverType::kTeams)
          .reason,
      HasSubstr("DirectApiAuthorizationRequired"));
}

TEST(VerdictTest, NeverShowsAPartOfTheUrlOrOtherText) {
  for (const std::string body :
       {"abcdefSECRET3", "T0SECRET1", "xT0SECRET1x", "not found: /services/T0SECRET1/B0SECRET2/abcdefSECRET3",
        R"({"error":"abcdefSECRET3"})", R"({"error":{"code":"B0SECRET2"}})", "<html>abcdefSECRET3</html>"}) {
    for (const int status : {200, 404, 500}) {
      EXPECT_THAT(Judge(status, body).reason, Not(HasSubstr("SECRET"))) << body;
    }
  }
}

TEST(VerdictTest, HonoursRetryAfter) {
  EXPECT_EQ(Judge(429, "", ReceiverType::kSlack, {{"retry-after", "30"}}).retry_after, absl::Seconds(30));
  EXPECT_EQ(Judge(503, "", ReceiverType::kSlack, {{"retry-after", "1"}}).retry_after, absl::Seconds(1));
  EXPECT_EQ(Judge(429, "").retry_after, std::nullopt);
}

TEST(VerdictTest, ReadsSecondsAndDatesAndNothingElse) {
  EXPECT_EQ(ParseRetryAfter("0", kNow), absl::ZeroDuration());
  EXPECT_EQ(ParseRetryAfter(" 120 ", kNow), absl::Seconds(120));
  EXPECT_EQ(ParseRetryAfter("86400", kNow), absl::Minutes(10));
  EXPECT_EQ(ParseRetryAfter("Tue, 14 Nov 2023 22:13:50 GMT", kNow), absl::Seconds(30));
  EXPECT_EQ(ParseRetryAfter("Tue, 14 Nov 2023 22:13:00 GMT", kNow), absl::ZeroDuration());
  EXPECT_EQ(ParseRetryAfter("Tue, 14 Nov 2034 22:13:00 GMT", kNow), absl::Minutes(10));
  for (const char* nonsense : {"", "soon", "-5", "1.5", "99999999999999999999"}) {
    EXPECT_EQ(ParseRetryAfter(nonsense, kNow), std::nullopt) << nonsense;
  }
}

TEST(VerdictTest, FailuresOfTheNetworkAreTriedAgain) {
  for (const absl::Status& failure : {absl::UnavailableError("x"), absl::DeadlineExceededError("x"),
                                      absl::AbortedError("x"), absl::FailedPreconditionError("x")}) {
    EXPECT_EQ(JudgeFailure(failure).outcome, Outcome::kRetry) << failure;
  }
  EXPECT_EQ(JudgeFailure(absl::UnavailableError("the proxy answered 407; check HTTPS_PROXY")).reason,
            "the proxy answered 407; check HTTPS_PROXY");
  EXPECT_EQ(JudgeFailure(absl::InvalidArgumentError("x")).outcome, Outcome::kFinal);
  EXPECT_EQ(JudgeFailure(absl::ResourceExhaustedError("x")).outcome, Outcome::kFinal);
}

}  // namespace
}  // namespace swarmbell
