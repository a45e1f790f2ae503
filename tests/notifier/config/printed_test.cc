#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "notifier/config/load.h"
#include "notifier/config/readers.h"
#include "tests/notifier/config/loading.h"

namespace swarmbell {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(PrintedTest, TheRulesInForceArePrinted) {
  const std::string printed = Loaded("").printed;
  EXPECT_THAT(printed, HasSubstr("collectors: [localhost:50051]  # default\n"));
  EXPECT_THAT(printed, HasSubstr("rules:  # default\n"
                                 "  - name: node-appeared\n"
                                 "    match:\n"
                                 "      change: node_appeared\n"
                                 "    color: black\n"
                                 "  - name: node-drained\n"
                                 "    match:\n"
                                 "      change: node_availability_changed\n"
                                 "      to: drain\n"
                                 "    color: black\n"));
  for (const RuleConfig& rule : BuiltInRules())
    EXPECT_THAT(printed, HasSubstr("- name: " + rule.name + "\n"));
}

// Everything that a configuration can say, with no secret in it.
constexpr char kEverything[] = R"(
collectors: [a:1, b:2]
colors: [red, black]
alerts: {disabled: [mode-changed]}
receivers:
- {name: ops, type: console}
- {name: odd-colours, type: console, mention: '<!here>', mention_colors: [red, blue]}
rules:
- name: mine
  match:
    change: [service_labels_changed, service_task_template_changed]
    kind: [node, service]
    name: ['*', 'a: b']
    stack: shop
    cluster: 'prod-*'
    field: ['labels.*', image]
    label: {team: 'a*', 'odd: "label"': '#1'}
    stopping: true
    tasks_missing: false
    automatic: true
  color: red
  receivers: ops
  title: '{name}: "new"'
- name: node-drained
  color: red
- name: off
  match: {}
  color: blue
  enabled: false
mute:
- {name: night, match: {stack: shop}, daily: '22:00-06:00', days: [sat, sun]}
- {name: move, match: {}, start: '2026-08-01T10:00:00Z', end: '2026-08-02T10:00:00Z'}
links:
- {title: Logs, kind: service, url: 'https://logs.example/{name}?a=b#c'}
)";

TEST(PrintedTest, WhatIsPrintedLoadsAgainAndMeansTheSame) {
  const LoadedNotifierConfig first = Loaded(kEverything);
  const LoadedNotifierConfig second = Loaded(first.printed);
  const LoadedNotifierConfig third = Loaded(second.printed);
  EXPECT_EQ(third.printed, second.printed);
  ASSERT_EQ(second.config.rules.size(), first.config.rules.size());
  for (std::size_t i = 0; i < first.config.rules.size(); ++i) {
    const RuleConfig& a = first.config.rules[i];
    const RuleConfig& b = second.config.rules[i];
    EXPECT_EQ(a.name, b.name);
    EXPECT_EQ(a.match, b.match) << a.name;
    EXPECT_EQ(a.match.changes, b.match.changes);
    EXPECT_EQ(a.match.from, b.match.from);
    EXPECT_EQ(a.match.to, b.match.to);
    EXPECT_EQ(a.match.names, b.match.names);
    EXPECT_EQ(a.match.labels, b.match.labels);
    EXPECT_EQ(a.match, b.match);
    EXPECT_EQ(a.color, b.color);
    EXPECT_EQ(a.enabled, b.enabled) << a.name;
    EXPECT_EQ(a.receivers, b.receivers);
    EXPECT_EQ(a.title, b.title);
  }
  EXPECT_EQ(second.config.colors, first.config.colors);
  EXPECT_EQ(second.config.receivers.size(), 2U);
  EXPECT_EQ(second.config.mutes.size(), 2U);
  EXPECT_EQ(second.config.links[0].url, first.config.links[0].url);
}

TEST(PrintedTest, NoSecretIsPrinted) {
  const LoadedNotifierConfig loaded =
      Loaded("receivers: [{name: a, type: slack, url: 'https://h.example/s3cr3t-a'}]",
             {{"SWARMBELL_SLACK_WEBHOOK_URL", "https://h.example/s3cr3t-b"},
              {"SWARMBELL_TEAMS_WEBHOOK_URL", "https://h.example/s3cr3t-c"},
              {"SWARMBELL_AUTH_TOKEN", "s3cr3t-d"}});
  EXPECT_EQ(loaded.config.receivers.size(), 3U);
  EXPECT_THAT(loaded.printed, Not(HasSubstr("s3cr3t")));
  EXPECT_THAT(loaded.printed, HasSubstr("    url: \"••••\"\n"));
  EXPECT_THAT(loaded.printed,
              HasSubstr("slack:\n  webhook_url: \"••••\"  # environment SWARMBELL_SLACK_WEBHOOK_URL\n"));
}

TEST(PrintedTest, APlaceholderIsNotTakenForAUrl) {
  const std::string printed =
      Loaded("receivers: [{name: a, type: slack, url: 'https://h.example/x'}]").printed;
  EXPECT_THAT(Faults(printed),
              testing::ElementsAre(HasSubstr("receivers[0].url: is the placeholder of --print-config; "
                                             "give the secret, or name a file that holds it")));
}

}  // namespace
}  // namespace swarmbell
