#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
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
- {name: team-b, type: teams, url_file: ')",
                                                    url.Path(), "'}\n- {name: log, type: console}\n"))
                                    .config;
  ASSERT_THAT(config.receivers, SizeIs(3));
  EXPECT_EQ(config.receivers[0].name, "ops");
  EXPECT_EQ(config.receivers[0].type, ReceiverType::kSlack);
  EXPECT_EQ(config.receivers[0].url, "https://slack.example/a");
  EXPECT_EQ(config.receivers[0].mention, "<!here>");
  EXPECT_THAT(config.receivers[0].mention_colors, ElementsAre(Color::kRed, Color::kYellow));
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
  EXPECT_THAT(Faults("receivers: [{}]"),
              ElementsAre("SWARMBELL_CONFIG_YAML:1: receivers[0]: has no name",
                          "SWARMBELL_CONFIG_YAML:1: receivers[0]: has no type (slack, teams, console)"));
  EXPECT_THAT(
      Faults("receivers: [{name: a, type: slak}]"),
      ElementsAre("SWARMBELL_CONFIG_YAML:1: receivers[0].type: \"slak\" is none of slack, teams, console; "
                  "did you mean \"slack\"?"));
  EXPECT_THAT(Faults("receivers: [{name: a, type: slack}]"),
              ElementsAre("SWARMBELL_CONFIG_YAML:1: receivers[0]: has no url, nor url_file"));
  EXPECT_THAT(Faults("receivers: [{name: a, type: slack, url: ''}]"),
              ElementsAre("SWARMBELL_CONFIG_YAML:1: receivers[0].url: is empty"));
  EXPECT_THAT(Faults("receivers: [{name: a, type: console, url: 'https://x'}]"),
              ElementsAre("SWARMBELL_CONFIG_YAML:1: receivers[0].url: the console takes no url"));
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

}  // namespace
}  // namespace swarmbell
