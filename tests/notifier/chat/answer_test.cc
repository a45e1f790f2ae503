#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "notifier/chat/slack/slack.h"
#include "notifier/chat/teams/teams.h"
#include "notifier/chat/webhook.h"

namespace swarmbell {
namespace {

using testing::HasSubstr;
using testing::Not;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);
constexpr char kUrl[] = "https://hooks.slack.com/services/T0SECRET1/B0SECRET2/abcdefSECRET3";

Verdict JudgeOf(ReceiverType type, const HttpResponse& answer, const std::string& url) {
  return type == ReceiverType::kSlack ? JudgeSlackAnswer(answer, url, kNow)
                                      : JudgeTeamsAnswer(answer, url, kNow);
}

Verdict Judge(int status, const std::string& body, ReceiverType type = ReceiverType::kSlack,
              std::map<std::string, std::string> headers = {}) {
  HttpResponse answer;
  answer.status = status;
  answer.body = body;
  answer.headers = std::move(headers);
  return JudgeOf(type, answer, kUrl);
}

TEST(VerdictTest, TeamsAcceptsAny2xxWithoutAnError) {
  for (const int status : {200, 201, 202, 204}) {
    for (const char* body : {"", "1", "{}", R"({"id":"run-7"})", "accepted"}) {
      EXPECT_EQ(Judge(status, body, ReceiverType::kTeams).outcome, Outcome::kAccepted) << body;
      EXPECT_EQ(Judge(status, body, ReceiverType::kTeams).reason, "");
    }
  }
}

TEST(VerdictTest, TeamsAcceptsAnAnswerThatRepeatsTheMessage) {
  const std::string long_card =
      absl::StrCat(R"({"type":"message","text":"<html> HTTP error 500 )", std::string(9000, 'x'), R"("})");
  for (const std::string& body : {
           std::string(R"({"type":"message","attachments":[{"text":"web failed: error, access denied"}]})"),
           std::string(R"([{"text":"web failed with HTTP error 500"}])"),
           std::string(R"({"error":false})"),
           std::string(R"({"error":""})"),
           std::string(R"({"error":0})"),
           std::string(R"({"error":null})"),
           std::string("Posted: 2 tasks of web failed with an error, <html> is required"),
           long_card,
       }) {
    EXPECT_EQ(Judge(200, body, ReceiverType::kTeams).outcome, Outcome::kAccepted) << body;
  }
}

TEST(VerdictTest, AFlowWithAnUnknownErrorIsAskedSeldom) {
  for (const char* body : {R"({"error":"the last step failed"})", R"({"error":{"code":"BadGateway"}})",
                           R"({"statusCode":502})", "<!DOCTYPE html><p>log in"}) {
    const Verdict verdict = Judge(200, body, ReceiverType::kTeams);
    EXPECT_EQ(verdict.outcome, Outcome::kUntilMended) << body;
    EXPECT_EQ(verdict.retry_after, absl::Minutes(10)) << body;
  }
}

TEST(VerdictTest, SlackAcceptsWithOkAlone) {
  for (const char* body : {"ok", "ok\n", " ok "}) {
    EXPECT_EQ(Judge(200, body).outcome, Outcome::kAccepted) << body;
    EXPECT_EQ(Judge(200, body).reason, "");
  }
  for (const char* body : {"", "okay", "OK!", R"({"ok":false,"error":"not_authed"})", R"({"ok":true})",
                           "accepted", "<html>please log in</html>"}) {
    EXPECT_NE(Judge(200, body).outcome, Outcome::kAccepted) << body;
    EXPECT_THAT(Judge(200, body).reason, HasSubstr("but not \"ok\""));
  }
}

TEST(VerdictTest, WhoeverMayHaveTakenTheMessageIsAskedSeldomOrNotAgain) {
  EXPECT_EQ(Judge(200, "").retry_after, absl::Minutes(10));
  EXPECT_EQ(Judge(200, "accepted").retry_after, absl::Minutes(10));
  EXPECT_EQ(Judge(200, "<html>log in</html>").retry_after, std::nullopt);
  EXPECT_EQ(Judge(200, R"({"ok":true,"ts":"17.1"})").outcome, Outcome::kFinal);
  EXPECT_EQ(Judge(200, R"({"success":true})").outcome, Outcome::kFinal);
  EXPECT_TRUE(Judge(200, R"({"ok":true,"ts":"17.1"})").taken);
  EXPECT_TRUE(Judge(200, R"({"success":true})").taken);
  EXPECT_FALSE(Judge(200, "invalid_blocks").taken);
  EXPECT_FALSE(Judge(400, R"({"ok":true})").taken);
  EXPECT_EQ(Judge(200, R"({"ok":false})").retry_after, std::nullopt);
}

TEST(VerdictTest, ASuccessThatBrokeOffIsNotPostedAgain) {
  HttpResponse answer;
  answer.status = 200;
  answer.cut = true;
  for (const char* body : {"", "o", "ok"}) {
    answer.body = body;
    EXPECT_EQ(JudgeOf(ReceiverType::kSlack, answer, kUrl).outcome, Outcome::kAccepted) << body;
    EXPECT_EQ(JudgeOf(ReceiverType::kTeams, answer, kUrl).outcome, Outcome::kAccepted) << body;
  }
  answer.body = std::string(65536, 'x');
  EXPECT_EQ(JudgeOf(ReceiverType::kTeams, answer, kUrl).outcome, Outcome::kAccepted);
  EXPECT_EQ(JudgeOf(ReceiverType::kSlack, answer, kUrl).outcome, Outcome::kUntilMended);
}

// A receiver that answers each of the wrong answers: what is said, and whether the alert is kept.
struct WrongAnswer {
  ReceiverType type;
  int status;
  const char* body;
  const char* url;
  Outcome outcome;
  const char* words;
};

constexpr char kFlow[] = "https://a.environment.api.powerplatform.com/x?sp=run&sig=flowSECRET";
constexpr char kFlowCut[] = "https://a.environment.api.powerplatform.com/x?api-version=1";
constexpr char kFlowHtml[] = "https://a.environment.api.powerplatform.com/x?sp=run&amp;sig=flowSECRET";
constexpr ReceiverType kSlack = ReceiverType::kSlack;
constexpr ReceiverType kTeams = ReceiverType::kTeams;

const WrongAnswer kWrongAnswers[] = {
    {kSlack, 200, R"({"ok":false,"error":"not_authed"})", kUrl, Outcome::kUntilMended,
     "not_authed; the URL is one of Slack's Web API"},
    {kSlack, 200, R"({"ok":false,"error":"ratelimited"})", kUrl, Outcome::kRetry, "ratelimited"},
    {kSlack, 200, "no_text", kUrl, Outcome::kFinal, "no_text; the message is dropped"},
    {kSlack, 200, "<html>log in</html>", kUrl, Outcome::kUntilMended, "a proxy or a login page"},
    {kSlack, 400, "invalid_blocks", kUrl, Outcome::kFinal, "400 invalid_blocks; the message is dropped"},
    {kSlack, 400, "invalid_payload", kUrl, Outcome::kFinal, "look at it with --preview"},
    {kSlack, 400, "invalid_workflow_input", kUrl, Outcome::kUntilMended,
     "Slack's Workflow Builder: make an Incoming Webhook"},
    {kSlack, 400, "invalid_token", kUrl, Outcome::kUntilMended, "the webhook is gone"},
    {kSlack, 403, "action_prohibited", kUrl, Outcome::kUntilMended, "may not post there"},
    {kSlack, 404, "no_service", kUrl, Outcome::kUntilMended,
     "404 no_service; the webhook is gone: make a new one"},
    {kSlack, 404, "channel_not_found", kUrl, Outcome::kUntilMended, "archived or gone"},
    {kSlack, 410, "channel_is_archived", kUrl, Outcome::kUntilMended, "unarchive it"},
    {kSlack, 500, "rollup_error", kUrl, Outcome::kRetry, "500 rollup_error; server error"},
    {kTeams, 200, R"({"error":{"code":"WorkflowNotFound"}})", kFlow, Outcome::kUntilMended,
     "the workflow is gone"},
    {kTeams, 202, R"({"error":{"code":"BadGateway","message":"x"}})", kFlow, Outcome::kUntilMended,
     "run history"},
    {kTeams, 200,
     "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with "
     "ContextId tcid=0",
     kFlow, Outcome::kRetry, "HTTP error 429; rate limited"},
    {kTeams, 200, "Microsoft Teams endpoint returned HTTP error 413 with ContextId 1", kFlow, Outcome::kFinal,
     "too large"},
    {kTeams, 200, "Summary or Text is required.", kFlow, Outcome::kUntilMended, "with an error in it"},
    {kTeams, 400, R"({"error":{"code":"WorkflowTriggerIsNotEnabled"}})", kFlow, Outcome::kUntilMended,
     "WorkflowTriggerIsNotEnabled; the workflow is switched off: turn it on again"},
    {kTeams, 400, R"({"error":{"code":"TriggerInputSchemaMismatch"}})", kFlow, Outcome::kFinal,
     "the message is dropped"},
    {kTeams, 401, R"({"error":{"code":"DirectApiAuthorizationRequired"}})", kFlowCut, Outcome::kUntilMended,
     "the URL has no sig="},
    {kTeams, 401, R"({"error":{"code":"DirectApiAuthorizationRequired"}})", kFlowHtml, Outcome::kUntilMended,
     "holds &amp; where & belongs"},
    {kTeams, 401, R"({"error":{"code":"DirectApiAuthorizationRequired"}})", kFlow, Outcome::kUntilMended,
     "let Anyone trigger the workflow"},
    {kTeams, 401, "", kFlowCut, Outcome::kUntilMended, "the URL has no sig="},
    {kTeams, 404, R"({"error":{"code":"WorkflowNotFound"}})", kFlow, Outcome::kUntilMended,
     "make a new one and set its URL"},
    {kSlack, 408, "", kUrl, Outcome::kRetry, "408; it was not ready for the message"},
    {kTeams, 421, "", kFlow, Outcome::kRetry, "not ready for the message"},
    {kTeams, 425, "", kFlow, Outcome::kRetry, "not ready for the message"},
    {kSlack, 429, "", kUrl, Outcome::kRetry, "rate limited"},
    {kTeams, 302, "", kFlow, Outcome::kUntilMended, "redirects are not followed"},
    {kTeams, 405, "", kFlow, Outcome::kUntilMended, "405; check the webhook's URL"},
    {kSlack, 413, "", kUrl, Outcome::kFinal, "too large"},
    {kTeams, 422, "", kFlow, Outcome::kFinal, "the message is dropped"},
};

TEST(VerdictTest, AWrongAnswerSaysWhatToDoAndLosesNoAlertThatAPersonCouldHaveSaved) {
  for (const WrongAnswer& wrong : kWrongAnswers) {
    HttpResponse answer;
    answer.status = wrong.status;
    answer.body = wrong.body;
    const Verdict verdict = JudgeOf(wrong.type, answer, wrong.url);
    EXPECT_EQ(verdict.outcome, wrong.outcome) << wrong.status << " " << wrong.body;
    EXPECT_THAT(verdict.Words(), HasSubstr(wrong.words));
    EXPECT_THAT(verdict.Words(), Not(HasSubstr("SECRET")));
  }
}

TEST(VerdictTest, TriesAgainWhatPassesByItself) {
  for (const int status : {101, 408, 421, 425, 429, 500, 502, 503, 504, 599}) {
    for (const ReceiverType type : {kSlack, kTeams}) {
      EXPECT_EQ(Judge(status, "", type).outcome, Outcome::kRetry) << status;
    }
  }
}

TEST(VerdictTest, OnlyWhatRefusesTheMessageIsFinal) {
  for (const ReceiverType type : {kSlack, kTeams}) {
    for (const int status : {400, 413, 422}) EXPECT_EQ(Judge(status, "", type).outcome, Outcome::kFinal);
    for (const int status : {301, 302, 307, 401, 402, 403, 404, 405, 410, 418, 451}) {
      const Verdict verdict = Judge(status, "", type);
      EXPECT_EQ(verdict.outcome, Outcome::kUntilMended) << status;
      EXPECT_EQ(verdict.reason, absl::StrCat("answered ", status));
      EXPECT_NE(verdict.advice, "");
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
      EXPECT_THAT(Judge(status, body).Words(), Not(HasSubstr("SECRET"))) << body;
    }
  }
}

TEST(VerdictTest, HonoursRetryAfter) {
  EXPECT_EQ(Judge(429, "", ReceiverType::kSlack, {{"retry-after", "30"}}).retry_after, absl::Seconds(30));
  EXPECT_EQ(Judge(503, "", ReceiverType::kSlack, {{"retry-after", "1"}}).retry_after, absl::Seconds(1));
  EXPECT_EQ(Judge(429, "").retry_after, std::nullopt);
}

TEST(VerdictTest, ADateToWaitForIsMeasuredByTheClockOfWhoNamesIt) {
  const Verdict verdict =
      Judge(503, "", kSlack,
            {{"retry-after", "Tue, 14 Nov 2034 22:13:50 GMT"}, {"date", "Tue, 14 Nov 2034 22:13:20 GMT"}});
  EXPECT_EQ(verdict.retry_after, absl::Seconds(30));
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
  EXPECT_EQ(JudgeFailure(absl::UnavailableError("the proxy answered 407; check HTTPS_PROXY")).Words(),
            "the proxy answered 407; check HTTPS_PROXY");
  // Another URL may be set before the alert is given up.
  EXPECT_EQ(JudgeFailure(absl::InvalidArgumentError("x")).outcome, Outcome::kUntilMended);
  EXPECT_EQ(JudgeFailure(absl::ResourceExhaustedError("x")).outcome, Outcome::kRetry);
}

}  // namespace
}  // namespace swarmbell
