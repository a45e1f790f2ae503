#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "notifier/config/receiver_types.h"
#include "tests/fakes/scratch_file.h"
#include "tests/notifier/config/loading.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

TEST(ReceiversTest, AreReadWithAllTheirParts) {
  const ScratchFile url("url", "https://teams.example/b\n");
  const NotifierConfig config = Loaded(absl::StrCat(R"(
receivers:
- name: ops
  type: slack
  url: https://slack.example/a
  mention: <!here>
  mention_colors: [red, yellow]
  cluster: [prod-*, staging]
- {name: team-b, type: teams, url_file: ')",
                                                    url.Path(), "'}\n- {name: log, type: console}\n"))
                                    .config;
  ASSERT_THAT(config.receivers, SizeIs(3));
  EXPECT_EQ(config.receivers[0].name, "ops");
  EXPECT_EQ(config.receivers[0].type, ReceiverType::kSlack);
  EXPECT_EQ(config.receivers[0].url, "https://slack.example/a");
  EXPECT_EQ(config.receivers[0].mention, "<!here>");
  EXPECT_THAT(config.receivers[0].mention_colors, ElementsAre(Color::kRed, Color::kYellow));
  EXPECT_THAT(config.receivers[0].clusters, ElementsAre("prod-*", "staging"));
  EXPECT_EQ(config.receivers[1].type, ReceiverType::kTeams);
  EXPECT_EQ(config.receivers[1].url, "https://teams.example/b");
  EXPECT_EQ(config.receivers[2].type, ReceiverType::kConsole);
}

TEST(ReceiversTest, ComeBesidesTheWebhooksOfTheirOwnSettings) {
  const NotifierConfig config = Loaded("receivers: [{name: log, type: console}]",
                                       {{"SWARMBELL_SLACK_WEBHOOK_URL", "https://slack.example/a"}})
                                    .config;
  ASSERT_THAT(config.receivers, SizeIs(2));
  EXPECT_EQ(config.receivers[0].name, "log");
  EXPECT_EQ(config.receivers[1].name, "slack");
}

TEST(ReceiversTest, FaultsSayWhatIsMissingOrWrong) {
  EXPECT_THAT(Faults("receivers: {}"), ElementsAre("SWARMBELL_CONFIG_YAML:1: receivers: must be a list"));
  EXPECT_THAT(
      Faults("receivers: [{}]"),
      ElementsAre("SWARMBELL_CONFIG_YAML:1: receivers[0]: has no name",
                  "SWARMBELL_CONFIG_YAML:1: receivers[0]: has no type (slack, slack_bot, teams, console, "
                  "webhook, alertmanager, grafana)"));
  EXPECT_THAT(
      Faults("receivers: [{name: a, type: slak}]"),
      ElementsAre("SWARMBELL_CONFIG_YAML:1: receivers[0].type: \"slak\" is none of slack, slack_bot, teams, "
                  "console, webhook, alertmanager, grafana; "
                  "did you mean \"slack\"?"));
  EXPECT_THAT(Faults("receivers: [{name: a, type: slack}]"),
              ElementsAre("SWARMBELL_CONFIG_YAML:1: receivers[0]: has no url, nor url_file"));
  EXPECT_THAT(Faults("receivers: [{name: a, type: slack, url: ''}]"),
              ElementsAre("SWARMBELL_CONFIG_YAML:1: receivers[0].url: is empty; give an Incoming Webhook"));
  EXPECT_THAT(
      Faults("receivers: [{name: a, type: console, url: 'https://x'}]"),
      ElementsAre("SWARMBELL_CONFIG_YAML:1: receivers[0].url: belongs to receivers of type slack, teams, "
                  "webhook, alertmanager or grafana; console takes none of them"));
  EXPECT_THAT(Faults("receivers: [{name: a, type: slack, url: 'https://x', url_file: /x}]"),
              testing::Contains(
                  "SWARMBELL_CONFIG_YAML:1: receivers[0].url_file: conflicts with url; remove one of them"));
  EXPECT_THAT(
      Faults("receivers: [{name: a, type: slack, url_file: /nowhere/x}]"),
      ElementsAre("SWARMBELL_CONFIG_YAML:1: receivers[0].url_file: cannot read the file it names: No such "
                  "file or directory"));
  EXPECT_THAT(Faults("receivers:\n- {name: 'a,b', type: console}"),
              ElementsAre("SWARMBELL_CONFIG_YAML:2: receivers[0].name: must not hold blanks or commas"));
  EXPECT_THAT(
      Faults("receivers: [{name: a, type: console, mentoin: x}]"),
      ElementsAre(
          "SWARMBELL_CONFIG_YAML:1: unknown key \"receivers[0].mentoin\"; did you mean \"mention\"?"));
  EXPECT_THAT(
      Faults("receivers: [{name: a, type: console, mention_colors: pink}]"),
      ElementsAre(
          "SWARMBELL_CONFIG_YAML:1: receivers[0].mention_colors: \"pink\" is no colour (black, green, "
          "yellow, blue, red)"));
}

TEST(ReceiversTest, NamesAreTakenOnce) {
  EXPECT_THAT(Faults("receivers:\n- {name: a, type: console}\n- {name: a, type: console}"),
              ElementsAre("SWARMBELL_CONFIG_YAML:3: receivers[1].name: there is another receiver \"a\""));
  EXPECT_THAT(
      Faults("receivers: [{name: slack, type: console}]\nslack: {webhook_url: 'https://x/y'}"),
      ElementsAre("SWARMBELL_CONFIG_YAML:2: slack.webhook_url: makes the receiver \"slack\", but receivers "
                  "has one of that name"));
}

constexpr char kBot[] = "receivers: [{name: a, type: slack_bot, bot_token: xoxb-1-s3cr3t, channel: '#ops'";

TEST(ReceiversTest, ASlackBotHasATokenAndAChannel) {
  const ScratchFile token("token", "xoxb-2-s3cr3t\n");
  const NotifierConfig config =
      Loaded(absl::StrCat(kBot, "}, {name: b, type: slack_bot, bot_token_file: '", token.Path(),
                          "', channel: C0123456789, api_url: 'http://127.0.0.1:1/api/'}]"))
          .config;
  ASSERT_THAT(config.receivers, SizeIs(2));
  EXPECT_EQ(config.receivers[0].type, ReceiverType::kSlackBot);
  EXPECT_EQ(config.receivers[0].token, "xoxb-1-s3cr3t");
  EXPECT_EQ(config.receivers[0].channel, "#ops");
  EXPECT_EQ(config.receivers[0].url, "https://slack.com/api/");
  EXPECT_EQ(config.receivers[1].token, "xoxb-2-s3cr3t");
  EXPECT_EQ(config.receivers[1].url, "http://127.0.0.1:1/api/");
}

TEST(ReceiversTest, ASlackBotsTokenIsNeverShown) {
  EXPECT_THAT(Loaded(absl::StrCat(kBot, "}]")).printed, testing::Not(testing::HasSubstr("s3cr3t")));
  EXPECT_THAT(Loaded("", {{"SWARMBELL_SLACK_BOT_TOKEN", "xoxb-1-s3cr3t"}, {"SWARMBELL_SLACK_CHANNEL", "ops"}})
                  .printed,
              testing::Not(testing::HasSubstr("s3cr3t")));
}

TEST(ReceiversTest, FaultsOfASlackBotSayWhatToGive) {
  const auto fault = [](const std::string& rest) {
    const auto faults = Faults(absl::StrCat("receivers: [{name: a, type: slack_bot, ", rest, "}]"));
    return faults.empty() ? std::string() : faults[0];
  };
  EXPECT_THAT(fault("channel: ops"), testing::HasSubstr("has no bot_token, nor bot_token_file"));
  EXPECT_THAT(fault("bot_token: xoxb-1"), testing::HasSubstr("has no channel"));
  const std::pair<const char*, const char*> tokens[] = {
      {"https://hooks.slack.com/services/T0/B0/s3cr3t", "belongs to slack.webhook_url"},
      {"xoxp-1-s3cr3t", "of a user"},
      {"xapp-1-s3cr3t", "app-level"},
      {"xoxe.xoxb-1-s3cr3t", "token rotation"},
      {"'xoxb-1 s3cr3t'", "is no bot's token"},
      {"xoxb-", "is no bot's token"},
      {"s3cr3t", "is no bot's token"},
      {"''", "is empty; give the token of an app's bot"},
      {"••••", "placeholder"},
  };
  for (const auto& [token, problem] : tokens) {
    const std::string said = fault(absl::StrCat("channel: ops, bot_token: ", token));
    EXPECT_THAT(said, testing::HasSubstr(problem)) << token;
    EXPECT_THAT(said, testing::Not(testing::HasSubstr("s3cr3t")));
  }
  const std::pair<const char*, const char*> channels[] = {
      {"Ops", "small letters"},
      {"'#'", "small letters"},
      {"'a b'", "small letters"},
      {"''", "is empty"},
      {"'https://x.slack.com/archives/C0123456789'", "is a URL"},
  };
  for (const auto& [channel, problem] : channels) {
    EXPECT_THAT(fault(absl::StrCat("bot_token: xoxb-1, channel: ", channel)), testing::HasSubstr(problem))
        << channel;
  }
  for (const char* channel : {"ops", "'#ops-2_x'", "C0123456789", "G0123456789", "'#größe'"})
    EXPECT_EQ(fault(absl::StrCat("bot_token: xoxb-1, channel: ", channel)), "") << channel;
  EXPECT_THAT(fault("bot_token: xoxb-1, channel: a, url: 'https://x'"),
              testing::HasSubstr("grafana; slack_bot takes bot_token or bot_token_file, channel"));
  EXPECT_THAT(fault("bot_token: xoxb-1, channel: a, api_url: 'https://x'"),
              testing::HasSubstr("must end with /"));
  EXPECT_THAT(
      Faults("receivers: [{name: a, type: slack, url: 'https://x', channel: a}]"),
      ElementsAre(testing::HasSubstr("belongs to receivers of type slack_bot; slack takes url or url_file")));
}

constexpr char kSigningSecret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

TEST(ReceiversTest, ProgramsHaveAnAddressAndASecret) {
  const ScratchFile token("token", "glsa_s3cr3t\n");
  const LoadedNotifierConfig loaded = Loaded(absl::StrCat(
      "receivers:\n- {name: a, type: webhook, url: 'https://x/hook', secret: ", kSigningSecret,
      "}\n- {name: b, type: alertmanager, url: 'http://alertmanager:9093'}\n- {name: c, type: grafana, url: "
      "'https://grafana.example', token_file: '",
      token.Path(), "'}"));
  const std::vector<ReceiverConfig>& receivers = loaded.config.receivers;
  ASSERT_THAT(receivers, SizeIs(3));
  EXPECT_EQ(receivers[0].type, ReceiverType::kWebhook);
  EXPECT_EQ(receivers[0].token, kSigningSecret);
  EXPECT_EQ(receivers[1].type, ReceiverType::kAlertmanager);
  EXPECT_EQ(receivers[2].type, ReceiverType::kGrafana);
  EXPECT_EQ(receivers[2].token, "glsa_s3cr3t");
  EXPECT_THAT(loaded.printed, testing::Not(testing::HasSubstr("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")));
  EXPECT_THAT(loaded.warnings, testing::IsEmpty());
}

TEST(ReceiversTest, FaultsOfProgramsSayWhatToGive) {
  const auto fault = [](const std::string& rest) {
    const auto faults = Faults(absl::StrCat("receivers: [{name: a, ", rest, "}]"));
    return faults.empty() ? std::string() : faults[0];
  };
  const std::pair<const char*, const char*> faults[] = {
      {"type: webhook, url: 'https://x', secret: s3cr3t", "is no secret of Standard Webhooks"},
      {"type: webhook, url: 'https://x', secret: 'a b c'", "has more than two secrets"},
      {"type: webhook, url: 'https://x', secret: ''", ".secret: is empty"},
      {"type: alertmanager, url: 'http://x:9093', token: ''", ".token: is empty"},
      {"type: grafana, url: 'https://x', token: glsa_...", "is an example"},
      {"type: webhook, url: 'https://x', secret: ••••", "placeholder"},
      {"type: webhook, url: 'https://x', token: abc", "belongs to receivers of type alertmanager or grafana"},
      {"type: slack, url: 'https://x', secret: abc", "belongs to receivers of type webhook"},
      {"type: webhook, url: 'https://hooks.slack.com/services/a'",
       "is a URL of Slack, which takes no events"},
      {"type: slack, url: xoxb-1-s3cr3t", "is a token, not a URL"},
      {"type: slack, url: /run/secrets/slack", "is the name of a file"},
      {"type: slack, url: '\"https://x\"'", "is in quotation marks"},
      {"type: grafana, url: 'https://x'", "has no token, nor token_file"},
      {"type: grafana, url: 'https://x', token: 'a b'", "holds blanks"},
      {"type: alertmanager, url: 'http://x:9093/api/v2/alerts'", "holds the path of the API"},
      {"type: alertmanager, url: 'http://x:9093?a=b'", "holds ? or #"},
  };
  for (const auto& [rest, problem] : faults) {
    EXPECT_THAT(fault(rest), testing::HasSubstr(problem)) << rest;
    EXPECT_THAT(fault(rest), testing::Not(testing::HasSubstr("s3cr3t"))) << rest;
  }
}

TEST(ReceiversTest, AnEmptyFileOfASecretIsRefused) {
  const ScratchFile empty("empty", " \n");
  for (const char* keys :
       {"type: webhook, url: 'https://x', secret_file", "type: alertmanager, url: 'http://x', token_file",
        "type: grafana, url: 'https://x', token_file", "type: slack, url_file",
        "type: slack_bot, channel: ops, bot_token_file"}) {
    EXPECT_THAT(Faults(absl::StrCat("receivers: [{name: a, ", keys, ": '", empty.Path(), "'}]")),
                ElementsAre(testing::HasSubstr(
                    "_file: names an empty file; write the secret into it, or leave the setting out")))
        << keys;
  }
  EXPECT_THAT(
      Faults("", {{"SWARMBELL_WEBHOOK_URL", "https://x"}, {"SWARMBELL_WEBHOOK_SECRET_FILE", empty.Path()}}),
      ElementsAre("environment: SWARMBELL_WEBHOOK_SECRET_FILE: names an empty file; write the secret "
                  "into it, or leave the setting out"));
  EXPECT_THAT(Faults(absl::StrCat("alertmanager: {url: 'http://x', token_file: '", empty.Path(), "'}")),
              ElementsAre(testing::HasSubstr("alertmanager.token_file: names an empty file")));
}

TEST(ReceiversTest, AWebhookWithoutASecretIsWarnedOf) {
  const auto warning = testing::HasSubstr("The receiver \"pager\" has no secret: its posts are not signed");
  EXPECT_THAT(Loaded("receivers: [{name: pager, type: webhook, url: 'https://x'}]").warnings,
              ElementsAre(warning));
  EXPECT_THAT(Loaded("webhook: {url: 'https://x', secret: ''}").warnings,
              ElementsAre(testing::HasSubstr("The receiver \"webhook\" has no secret")));
  EXPECT_THAT(Loaded(absl::StrCat("receivers: [{name: pager, type: webhook, url: 'https://x', secret: ",
                                  kSigningSecret, "}]"))
                  .warnings,
              testing::IsEmpty());
}

TEST(ReceiversTest, ProgramsHaveSettingsOfTheirOwn) {
  const NotifierConfig config = Loaded("", {{"SWARMBELL_WEBHOOK_URL", "https://x/hook"},
                                            {"SWARMBELL_WEBHOOK_SECRET", kSigningSecret},
                                            {"SWARMBELL_ALERTMANAGER_URL", "http://alertmanager:9093"},
                                            {"SWARMBELL_GRAFANA_URL", "https://g"},
                                            {"SWARMBELL_GRAFANA_TOKEN", "glsa_1"}})
                                    .config;
  ASSERT_THAT(config.receivers, SizeIs(3));
  EXPECT_EQ(config.receivers[0].name, "webhook");
  EXPECT_EQ(config.receivers[1].name, "alertmanager");
  EXPECT_EQ(config.receivers[1].token, "");
  EXPECT_EQ(config.receivers[2].token, "glsa_1");
  EXPECT_THAT(Faults("", {{"SWARMBELL_GRAFANA_URL", "https://g"}}),
              ElementsAre(testing::HasSubstr("needs grafana.token")));
  EXPECT_THAT(Faults("", {{"SWARMBELL_WEBHOOK_SECRET", kSigningSecret}}),
              ElementsAre(testing::HasSubstr("needs webhook.url: the URL to post to")));
  EXPECT_THAT(Faults("", {{"SWARMBELL_ALERTMANAGER_TOKEN", "abc"}}),
              ElementsAre(testing::HasSubstr("needs alertmanager.url: the address of an Alertmanager")));
}

TEST(ReceiversTest, TheBotsOwnSettingsGoTogether) {
  const NotifierConfig config =
      Loaded("", {{"SWARMBELL_SLACK_BOT_TOKEN", "xoxb-1"}, {"SWARMBELL_SLACK_CHANNEL", "ops"}}).config;
  ASSERT_THAT(config.receivers, SizeIs(1));
  EXPECT_EQ(config.receivers[0].name, "slack_bot");
  EXPECT_THAT(Faults("", {{"SWARMBELL_SLACK_BOT_TOKEN", "xoxb-1"}}),
              ElementsAre(testing::HasSubstr("needs slack.channel")));
  EXPECT_THAT(Faults("", {{"SWARMBELL_SLACK_CHANNEL", "ops"}}),
              ElementsAre(testing::HasSubstr("needs slack.bot_token")));
  // As with a token that an empty file leaves unset.
  EXPECT_THAT(
      Loaded("", {{"SWARMBELL_SLACK_API_URL", "https://proxy.example/api/"}}).config.receivers[0].name,
      "console");
  EXPECT_THAT(
      Faults("", {{"SWARMBELL_SLACK_API_URL", "https://hooks.slack.com/services/a"}}),
      ElementsAre(testing::HasSubstr("is the URL of an Incoming Webhook: give it as slack.webhook_url")));
}

TEST(ReceiversTest, EveryTypeHasARow) {
  for (const ReceiverType type :
       {ReceiverType::kSlack, ReceiverType::kSlackBot, ReceiverType::kTeams, ReceiverType::kConsole,
        ReceiverType::kWebhook, ReceiverType::kAlertmanager, ReceiverType::kGrafana})
    EXPECT_EQ(InfoOf(type).type, type);
  EXPECT_THAT(ReceiverTypeNames(),
              ElementsAre("slack", "slack_bot", "teams", "console", "webhook", "alertmanager", "grafana"));
}

TEST(ReceiversTest, PostsThatCrossANetworkUnencryptedAreWarnedOf) {
  const auto warned = [](const std::string& receiver) {
    return !Loaded(absl::StrCat("receivers: [{name: a, ", receiver, "}]")).warnings.empty();
  };
  EXPECT_TRUE(warned("type: slack, url: 'http://x/y'"));
  EXPECT_FALSE(warned("type: alertmanager, url: 'http://x:9093'"));
  EXPECT_TRUE(warned("type: alertmanager, url: 'http://x:9093', token: abc"));
  EXPECT_TRUE(warned("type: grafana, url: 'http://x:3000', token: abc"));
  EXPECT_TRUE(warned("type: slack_bot, channel: ops, bot_token: xoxb-1, api_url: 'http://x/api/'"));
}

}  // namespace
}  // namespace swarmbell
