#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "notifier/config/receiver_values.h"

namespace swarmbell {
namespace {

using testing::HasSubstr;
using testing::Optional;

TEST(WebhookTest, TakesAnyHttpUrl) {
  for (const char* url : {"http://127.0.0.1:8080/hook", "http://127.0.0.1:8080/services/T000/B000/XXX",
                          "https://proxy.example/hooks.slack.com/services/...", "HTTPS://Chat/x",
                          "https://chat.example/hooks/a?sig=b", "https://[::1]:1/", "https://host",
                          "https://discord.com/api/webhooks/1/a/slack"}) {
    EXPECT_EQ(SlackUrlProblem(url), std::nullopt) << url;
  }
}

// In two parts, lest somebody's scanner takes it for a real one.
constexpr char kKey[] = "abcdefghijklMNOPQRST1234";

TEST(WebhookTest, AWholeIncomingWebhookIsTaken) {
  for (const char* start : {"https://hooks.slack.com/services/T024BE7L/B024BE7L/",
                            "https://hooks.slack.com:443/services/T0123ABCDEF/B0123ABCDEF/",
                            "https://hooks.slack-gov.com/services/T0123ABCD/B0123ABCD/"}) {
    EXPECT_EQ(SlackUrlProblem(absl::StrCat(start, kKey)), std::nullopt) << start;
  }
}

TEST(WebhookTest, AnIncomingWebhookThatIsCutOrAnExampleIsRefusedWithTheFormOfARealOne) {
  const std::string start = "https://hooks.slack.com/services/T0123ABCD/B0123ABCD";
  for (const std::string& url :
       {std::string("https://hooks.slack.com/services/..."), std::string("https://hooks.slack.com/"),
        std::string("https://hooks.slack.com/services/T…/B…/…"), start, absl::StrCat(start, "/"),
        absl::StrCat(start, "/", "abcdef"), absl::StrCat(start, "/", kKey, "/"),
        absl::StrCat(start, "/", kKey, "?x"), absl::StrCat(start, "/XXXXXXXXXXXX", "XXXXXXXXXXXX"),
        absl::StrCat("https://hooks.slack.com/services/T000/B000/", "XXX"),
        absl::StrCat("https://hooks.slack.com/services/T000/B000/", kKey),
        absl::StrCat("https://hooks.slack.com/services/B0123ABCD/T0123ABCD/", kKey)}) {
    EXPECT_THAT(SlackUrlProblem(url),
                Optional(std::string("is cut, or an example: a real one is https://hooks.slack.com/services/"
                                     "T0123ABCD/B0123ABCD/ and 24 letters and digits; at api.slack.com/apps, "
                                     "make an Incoming Webhook and give its URL "
                                     "(hooks.slack.com/services/...)")))
        << url;
  }
  EXPECT_THAT(SlackUrlProblem("https://hooks.slack-gov.com/services/..."),
              Optional(HasSubstr("https://hooks.slack-gov.com/services/T0123ABCD")));
}

TEST(WebhookTest, RefusesWhatIsNone) {
  for (const char* url : {"hooks.slack.com/x", "ftp://x/y", "https://", "https:///x", "https://user@"}) {
    EXPECT_THAT(SlackUrlProblem(url), Optional(std::string("is no http or https URL"))) << url;
  }
  EXPECT_THAT(SlackUrlProblem("https://x/a b"),
              Optional(std::string("holds blanks or line ends, which no URL has")));
}

TEST(WebhookTest, ARetiredConnectorIsToldWithWhatToMakeInstead) {
  for (const char* url :
       {"https://corp.webhook.office.com/webhookb2/a", "https://CORP.WEBHOOK.OFFICE.COM:443/a",
        "https://outlook.office.com/webhook/a", "https://u:p@corp.webhook.office.com/a"}) {
    EXPECT_THAT(TeamsUrlProblem(url),
                Optional(std::string(
                    "is the URL of an Office 365 connector, and those were retired; in Teams, make a "
                    "workflow from the template \"Send webhook alerts to a channel\" and give its URL")))
        << url;
  }
  EXPECT_EQ(TeamsUrlProblem("https://webhook.office.com.example/a"), std::nullopt);
  EXPECT_EQ(TeamsUrlProblem("https://x/https://a.webhook.office.com/"), std::nullopt);
}

TEST(WebhookTest, AWholeUrlOfAFlowIsTaken) {
  for (const char* url :
       {"https://a1b2.environment.api.powerplatform.com:443/powerautomate/automations/direct/workflows/c3/"
        "triggers/"
        "manual/paths/invoke?api-version=1&sp=%2Ftriggers&sv=1.0&sig=abcdefghijklMNOPQRST-_12",
        "https://a.environment.api.powerplatform.com/powerautomate/automations/direct/cu/04/workflows/"
        "c/triggers/manual/paths/invoke?sig=abcdefghijklMNOPQRST-_12&x=y",
        "https://prod-1.westeurope.logic.azure.com:443/workflows/a/triggers/manual/paths/invoke?"
        "sig=abcdefghijklMNOPQRST-_12",
        "https://relay.example/teams", "https://relay.example/workflows/...&sig=..."}) {
    EXPECT_EQ(TeamsUrlProblem(url), std::nullopt) << url;
  }
}

TEST(WebhookTest, AFlowThatIsCutOrAnExampleIsRefusedWithTheFormOfARealOne) {
  for (const char* url :
       {"https://...environment.api.powerplatform.com:443/powerautomate/automations/direct/workflows/"
        "...&sig=...",
        "https://….environment.api.powerplatform.com/workflows/c/triggers/m?sig=abcdefghijklMNOPQRST-_12",
        "https://a.environment.api.powerplatform.com/workflows/.../triggers/m?sig=abcdefghijklMNOPQRST-_12",
        "https://a.environment.api.powerplatform.com/workflows/c/triggers/manual/paths/invoke?sig=",
        "https://a.environment.api.powerplatform.com/workflows/c/triggers/manual/paths/invoke?sig=abc",
        "https://a.environment.api.powerplatform.com/x?sig=abcdefghijklMNOPQRST-_12",
        "https://prod-1.westeurope.logic.azure.com/workflows/a?sig=abcdefghijklMNOPQRST-_12"}) {
    EXPECT_THAT(TeamsUrlProblem(url),
                Optional(HasSubstr("is cut, or an example: a real one has /workflows/, an identifier, "
                                   "/triggers/, and ends in sig= and 43 characters; in Teams, make")))
        << url;
  }
}

using Check = std::optional<std::string> (*)(const std::string& url);

struct WrongUrl {
  Check check;
  const char* url;
  const char* problem;
};

TEST(WebhookTest, WhatNoCardReachesIsRefusedWithWhatToDo) {
  const WrongUrl kWrong[] = {
      {TeamsUrlProblem, "https://hooks.slack.com/services/a", "is a URL of Slack, not of Teams"},
      {TeamsUrlProblem, "https://a.environment.api.powerplatform.com:443/x?api-version=1", "has no sig="},
      {TeamsUrlProblem, "https://prod-9.northeurope.logic.azure.com/workflows/a?api-version=1",
       "has no sig="},
      {TeamsUrlProblem, "https://a.environment.api.powerplatform.com/x?api-version=1&amp;sig=k",
       "holds &amp;"},
      {TeamsUrlProblem, "https://make.powerautomate.com/environments/a/flows/b/details",
       "is the address of a web page"},
      {TeamsUrlProblem, "https://make.gov.powerautomate.com/environments/a/flows/b",
       "is the address of a web page"},
      {TeamsUrlProblem, "https://teams.microsoft.com/l/channel/a", "is the address of a web page"},
      {TeamsUrlProblem, "https://discord.com/api/webhooks/1/a", "is a URL of Discord, not of Teams"},
      {TeamsUrlProblem, "https://chat.googleapis.com/v1/spaces/a", "is a URL of Google Chat, not of Teams"},
      {SlackUrlProblem, "https://a.environment.api.powerplatform.com/x?sig=k",
       "is a URL of Teams, not of Slack"},
      {SlackUrlProblem, "https://prod-9.westus.logic.azure.com/workflows/a?sig=k",
       "is a URL of Teams, not of Slack"},
      {SlackUrlProblem, "https://discordapp.com/api/webhooks/1/a", "is a URL of Discord, not of Slack"},
      {SlackUrlProblem, "https://hooks.slack.com/triggers/E1/2/3", "Slack's Workflow Builder"},
      {SlackUrlProblem, "https://hooks.slack.com/workflows/T1/A2/3/4", "Slack's Workflow Builder"},
      {SlackUrlProblem, "https://slack.com/api/chat.postMessage", "but not of an Incoming Webhook"},
      {SlackUrlProblem, "https://team.slack.com/archives/C1", "but not of an Incoming Webhook"},
  };
  for (const WrongUrl& wrong : kWrong) {
    EXPECT_THAT(wrong.check(wrong.url), Optional(HasSubstr(wrong.problem))) << wrong.url;
  }
}

TEST(WebhookTest, ABadPortOrBracketIsRefusedWhateverTheType) {
  for (const Check check : {SlackUrlProblem, TeamsUrlProblem, ServerUrlProblem, UrlProblem}) {
    for (const char* url :
         {"https://x:99999/", "https://x:0/", "https://x:/", "https://x:80a/", "https://[::1]:x/"}) {
      EXPECT_THAT(check(url), Optional(HasSubstr("port"))) << url;
    }
    EXPECT_THAT(check("https://[::1/"), Optional(HasSubstr("[")));
    EXPECT_EQ(check("https://x:65535/"), std::nullopt);
  }
}

std::optional<std::string> WarningFor(const std::string& url) {
  ReceiverConfig receiver;
  receiver.url = url;
  return TeamsUrlWarning(receiver);
}

TEST(WebhookTest, AnOldAddressOfPowerAutomateIsWarnedOf) {
  EXPECT_THAT(WarningFor("https://p.westeurope.logic.azure.com:443/workflows/a?sig=k"),
              Optional(HasSubstr("switched off in November 2025")));
  for (const char* url :
       {"https://a.environment.api.powerplatform.com/x?sig=k", "https://logic.azure.com.example/"}) {
    EXPECT_EQ(WarningFor(url), std::nullopt) << url;
  }
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
