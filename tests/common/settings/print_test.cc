#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/settings/help.h"
#include "tests/common/settings/table.h"
#include "tests/fakes/scratch_file.h"

namespace swarmbell {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(PrintTest, ShowsEveryValueAndWhereItCameFrom) {
  Problems problems;
  const TestSettings settings =
      LoadFrom("size: 7\nrules:\n- name: a\n  to: [x, y]\n",
               {{"SWARMBELL_COLORS", "red,b: c"}, {"SWARMBELL_AUTH_TOKEN", "hush"}}, problems);
  ASSERT_THAT(problems.Lines(), IsEmpty());
  EXPECT_EQ(PrintSettings(settings),
            "docker:\n"
            "  host: unix:///a  # default\n"
            "  tls_verify: false  # default\n"
            "poll:\n"
            "  interval: 10s  # default\n"
            "  events: true  # default\n"
            "size: 7  # SWARMBELL_CONFIG_YAML:1\n"
            "colors: [red, \"b: c\"]  # environment SWARMBELL_COLORS\n"
            "auth:\n"
            "  token: \"••••\"  # environment SWARMBELL_AUTH_TOKEN\n"
            "rules:  # SWARMBELL_CONFIG_YAML:3\n"
            "  - name: a\n"
            "    to:\n"
            "      - x\n"
            "      - y\n"
            "log:\n"
            "  level: info  # default\n");
}

TEST(PrintTest, WhatIsPrintedLoadsAgainAndPrintsTheSame) {
  Problems problems;
  const std::map<std::string, std::string> token = {{"SWARMBELL_AUTH_TOKEN", "hush"}};
  const TestSettings first = LoadFrom(
      "docker: {host: \"a: \\\"b\\\" #c\"}\npoll: {interval: 90s, events: off}\n"
      "colors: []\nrules: [{name: [], m: {}, t: '{x}'}]\nlog: {level: warn}",
      token, problems);
  const TestSettings second = LoadFrom(PrintSettings(first), token, problems);
  ASSERT_THAT(problems.Lines(), IsEmpty());
  EXPECT_EQ(second.host, "a: \"b\" #c");
  EXPECT_EQ(second.interval, absl::Seconds(90));
  EXPECT_FALSE(second.events);
  const TestSettings third = LoadFrom(PrintSettings(second), token, problems);
  EXPECT_EQ(PrintSettings(third), PrintSettings(second));
}

TEST(PrintTest, NoSecretIsShownAndAnUnsetOneIsEmpty) {
  Problems problems;
  EXPECT_THAT(PrintSettings(LoadFrom("auth: {token: hush}", {}, problems)), Not(HasSubstr("hush")));
  EXPECT_THAT(PrintSettings(LoadFrom("", {}, problems)), HasSubstr("  token: \"\"  # default\n"));
}

TEST(PrintTest, StructuredPartsMayBeReplaced) {
  Problems problems;
  const TestSettings settings = LoadFrom("", {}, problems);
  EXPECT_THAT(PrintSettings(settings), HasSubstr("rules: []  # default\n"));
  EXPECT_THAT(PrintSettings(settings, {{"rules", YamlNode::List({"a"})}}),
              HasSubstr("rules:  # default\n  - a\n"));
}

TEST(PrintTest, AFileNameCannotLeaveItsComment) {
  const ScratchFile file("odd\nauth: {token: x}\n#", "size: 3");
  SettingsInput input;
  input.config_file = file.Path();
  Problems problems;
  const std::string printed = PrintSettings(LoadInput(input, problems));
  EXPECT_THAT(printed, Not(HasSubstr("\nauth: {token: x}")));
  EXPECT_EQ(LoadFrom(printed, {}, problems).size, 3);
  EXPECT_THAT(problems.Lines(), IsEmpty());
}

}  // namespace
}  // namespace swarmbell
