#include "notifier/config/webhook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace swarmbell {
namespace {

using testing::Optional;

TEST(WebhookTest, TakesAnyHttpUrl) {
  for (const char* url :
       {"https://hooks.slack.com/services/a/b/c", "http://127.0.0.1:8080/hook", "HTTPS://Chat/x",
        "https://x.logic.azure.com:443/workflows/a?sig=b", "https://[::1]:1/", "https://host"}) {
    EXPECT_EQ(WebhookProblem(url, ReceiverType::kSlack), std::nullopt) << url;
  }
}

TEST(WebhookTest, RefusesWhatIsNone) {
  for (const char* url : {"", "hooks.slack.com/x", "ftp://x/y", "https://", "https:///x", "https://user@"}) {
    EXPECT_THAT(WebhookProblem(url, ReceiverType::kSlack), Optional(std::string("is no http or https URL")))
        << url;
  }
  EXPECT_THAT(WebhookProblem("https://x/a b", ReceiverType::kSlack),
              Optional(std::string("holds blanks or line ends, which no URL has")));
}

TEST(WebhookTest, ARetiredConnectorIsToldWithWhatToMakeInstead) {
  for (const char* url :
       {"https://corp.webhook.office.com/webhookb2/a", "https://CORP.WEBHOOK.OFFICE.COM:443/a",
        "https://outlook.office.com/webhook/a", "https://u:p@corp.webhook.office.com/a"}) {
    EXPECT_THAT(WebhookProblem(url, ReceiverType::kTeams),
                Optional(std::string(
                    "is the URL of an Office 365 connector, and those were retired; in Teams, make a "
                    "workflow from the template \"Post to a channel when a webhook request is received\" "
                    "and give its URL")))
        << url;
  }
  EXPECT_EQ(WebhookProblem("https://webhook.office.com.example/a", ReceiverType::kTeams), std::nullopt);
  EXPECT_EQ(WebhookProblem("https://x/https://a.webhook.office.com/", ReceiverType::kTeams), std::nullopt);
}

TEST(WebhookTest, AUrlOfSlackIsNotForTeams) {
  EXPECT_THAT(WebhookProblem("https://hooks.slack.com/services/a", ReceiverType::kTeams),
              Optional(std::string("is a URL of Slack, not of Teams")));
}

TEST(WebhookTest, OnlyHttpToOtherMachinesIsUnencrypted) {
  EXPECT_TRUE(IsUnencrypted("http://chat.example/x"));
  EXPECT_FALSE(IsUnencrypted("https://chat.example/x"));
  EXPECT_FALSE(IsUnencrypted("http://localhost:1/x"));
  EXPECT_FALSE(IsUnencrypted("http://[::1]:1/x"));
  EXPECT_FALSE(IsUnencrypted(""));
}

}  // namespace
}  // namespace swarmbell
