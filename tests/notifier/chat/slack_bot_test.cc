#include "notifier/chat/slack_bot/slack_bot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

using testing::HasSubstr;
using testing::Not;

const absl::Time kPosted = absl::FromUnixSeconds(1'700'000'000);
constexpr char kToken[] = "xoxb-123-secretsecret";

Verdict Judge(const std::string& body, int status = 200, std::map<std::string, std::string> headers = {}) {
  HttpResponse answer;
  answer.status = status;
  answer.body = body;
  answer.headers = std::move(headers);
  return JudgeSlackBotAnswer(answer, kToken, kPosted);
}

Verdict Refused(const std::string& error) {
  return Judge(absl::StrCat(R"({"ok":false,"error":")", error, R"("})"));
}

TEST(SlackBotTest, AnAcceptedMessageHasItsIdentifiers) {
  const Verdict verdict = Judge(R"({"ok":true,"channel":"C01","ts":"1700.000100","message":{"text":"x"}})");
  EXPECT_EQ(verdict.outcome, Outcome::kAccepted);
  EXPECT_EQ(verdict.Words(), "");
  EXPECT_EQ(verdict.posted, (MessageId{"C01", "1700.000100"}));
}

TEST(SlackBotTest, EachErrorSaysWhatToDo) {
  const std::pair<const char*, const char*> errors[] = {
      {"invalid_auth", "set its bot token"},    {"channel_not_found", "/invite @Swarmbell"},
      {"not_in_channel", "/invite @Swarmbell"}, {"is_archived", "unarchive it"},
      {"missing_scope", "chat:write"},          {"restricted_action", "ask its administrator"},
  };
  for (const auto& [error, advice] : errors) {
    EXPECT_EQ(Refused(error).outcome, Outcome::kUntilMended) << error;
    EXPECT_THAT(Refused(error).Words(), HasSubstr(advice)) << error;
    EXPECT_THAT(Refused(error).Words(), HasSubstr(error)) << error;
  }
}

TEST(SlackBotTest, AMessageInAChannelThatIsGoneIsGone) {
  for (const char* error : {"channel_not_found", "is_archived", "not_in_channel"})
    EXPECT_TRUE(Refused(error).gone) << error;
  EXPECT_FALSE(Refused("invalid_auth").gone);
}

TEST(SlackBotTest, AMessageThatCannotBeEditedIsGone) {
  for (const char* error : {"message_not_found", "edit_window_closed", "cant_update_message"}) {
    EXPECT_TRUE(Refused(error).gone) << error;
    EXPECT_FALSE(Refused(error).MayGoAgain()) << error;
  }
}

TEST(SlackBotTest, ARateLimitIsHonouredHoweverItIsSaid) {
  EXPECT_EQ(Refused("ratelimited").outcome, Outcome::kRetry);
  const Verdict by_body = Judge(R"({"ok":false,"error":"ratelimited"})", 200, {{"retry-after", "7"}});
  EXPECT_EQ(by_body.retry_after, absl::Seconds(7));
  const Verdict by_status = Judge(R"({"ok":false,"error":"ratelimited"})", 429, {{"retry-after", "30"}});
  EXPECT_EQ(by_status.outcome, Outcome::kRetry);
  EXPECT_EQ(by_status.retry_after, absl::Seconds(30));
}

TEST(SlackBotTest, ContentThatIsRefusedIsFinal) {
  for (const char* error : {"invalid_blocks", "msg_too_long", "msg_blocks_too_long", "no_text"})
    EXPECT_EQ(Refused(error).outcome, Outcome::kFinal) << error;
}

TEST(SlackBotTest, AnUnknownErrorIsNeverALoss) {
  EXPECT_EQ(Refused("brand_new_error").outcome, Outcome::kUntilMended);
  EXPECT_EQ(Refused("internal_error").outcome, Outcome::kRetry);
  EXPECT_EQ(Judge("", 503).outcome, Outcome::kRetry);
}

TEST(SlackBotTest, OtherAnswersAreNotSlacks) {
  for (const char* body :
       {"ok", "<html>log in</html>", "", "{}", "[]", R"({"ok":"true"})", R"({"ok":1})", R"({"error":5})"}) {
    EXPECT_EQ(Judge(body).outcome, Outcome::kUntilMended) << body;
    EXPECT_THAT(Judge(body).Words(), HasSubstr("slack.api_url")) << body;
  }
}

TEST(SlackBotTest, NeverShowsTheToken) {
  EXPECT_THAT(Refused("secretsecret").Words(), Not(HasSubstr("secretsecret")));
  EXPECT_THAT(Refused(kToken).Words(), Not(HasSubstr("xoxb")));
}

}  // namespace
}  // namespace swarmbell
