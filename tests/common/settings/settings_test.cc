#include "common/settings/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "tests/common/settings/table.h"
#include "tests/fakes/scratch_file.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> ProblemsOf(const std::string& yaml,
                                    std::map<std::string, std::string> environment = {}) {
  Problems problems;
  LoadFrom(yaml, std::move(environment), problems);
  return problems.Lines();
}

TEST(SettingsTest, NothingGivenMeansDefaults) {
  Problems problems;
  const TestSettings settings = LoadFrom("", {}, problems);
  EXPECT_THAT(problems.Lines(), IsEmpty());
  EXPECT_TRUE(problems.ToStatus().ok());
  EXPECT_EQ(settings.host, "unix:///a");
  EXPECT_EQ(settings.interval, absl::Seconds(10));
  EXPECT_TRUE(settings.events);
  EXPECT_EQ(settings.size, 5);
  EXPECT_THAT(settings.colors, IsEmpty());
  EXPECT_TRUE(settings.token.empty());
  EXPECT_TRUE(settings.rules.IsNull());
  EXPECT_EQ(settings.Value("size").source, "default");
}

TEST(SettingsTest, YamlGivesEveryType) {
  Problems problems;
  const TestSettings settings = LoadFrom(
      "docker: {host: 'tcp://x:1'}\n"
      "poll:\n  interval: 1m30s\n  events: no\n"
      "size: 7\ncolors: [red, blue]\nauth:\n  token: hush\nrules:\n- name: a\n",
      {}, problems);
  EXPECT_THAT(problems.Lines(), IsEmpty());
  EXPECT_EQ(settings.host, "tcp://x:1");
  EXPECT_EQ(settings.interval, absl::Seconds(90));
  EXPECT_FALSE(settings.events);
  EXPECT_EQ(settings.size, 7);
  EXPECT_THAT(settings.colors, ElementsAre("red", "blue"));
  EXPECT_EQ(settings.token.Reveal(), "hush");
  ASSERT_EQ(settings.rules.items.size(), 1U);
  EXPECT_EQ(settings.rules.items[0].Find("name")->scalar, "a");
  EXPECT_EQ(settings.Value("poll.interval").source, "SWARMBELL_CONFIG_YAML:3");
}

TEST(SettingsTest, EnvironmentGivesEveryType) {
  Problems problems;
  const TestSettings settings = LoadFrom("",
                                         {{"SWARMBELL_DOCKER_HOST", "tcp://x:1"},
                                          {"SWARMBELL_POLL_INTERVAL", "250ms"},
                                          {"SWARMBELL_POLL_EVENTS", "FALSE"},
                                          {"SWARMBELL_SIZE", "9"},
                                          {"SWARMBELL_COLORS", " red, blue ,"},
                                          {"SWARMBELL_AUTH_TOKEN", "hush"},
                                          {"SWARMBELL_RULES", "[{name: b}]"}},
                                         problems);
  EXPECT_THAT(problems.Lines(), IsEmpty());
  EXPECT_EQ(settings.host, "tcp://x:1");
  EXPECT_EQ(settings.interval, absl::Milliseconds(250));
  EXPECT_FALSE(settings.events);
  EXPECT_EQ(settings.size, 9);
  EXPECT_THAT(settings.colors, ElementsAre("red", "blue"));
  EXPECT_EQ(settings.token.Reveal(), "hush");
  EXPECT_EQ(settings.rules.items.at(0).Find("name")->scalar, "b");
  EXPECT_EQ(settings.Value("size").source, "environment SWARMBELL_SIZE");
  EXPECT_EQ(settings.Value("size").label, "environment: SWARMBELL_SIZE");
}

TEST(SettingsTest, LaterSourcesWin) {
  const ScratchFile file("config.yml", "poll: {interval: 1s}\nsize: 2\ncolors: red\ndocker: {host: file}\n");
  SettingsInput input;
  input.config_file = file.Path();
  input.environment = {{"SWARMBELL_CONFIG_YAML", "size: 3\ncolors: blue"},
                       {"SWARMBELL_COLORS", "green"},
                       {"DOCKER_HOST", "foreign"}};
  Problems problems;
  const TestSettings settings = LoadInput(input, problems);
  EXPECT_THAT(problems.Lines(), IsEmpty());
  EXPECT_EQ(settings.interval, absl::Seconds(1));      // the file alone
  EXPECT_EQ(settings.size, 3);                         // inline over the file
  EXPECT_THAT(settings.colors, ElementsAre("green"));  // the environment over both
  EXPECT_EQ(settings.host, "file");                    // any over another program's variable
  EXPECT_EQ(settings.Value("poll.interval").source, absl::StrCat(file.Path(), ":1"));
}

TEST(SettingsTest, VariablesOfOtherProgramsComeBeforeDefaults) {
  Problems problems;
  const TestSettings settings =
      LoadFrom("", {{"DOCKER_HOST", "tcp://y:2"}, {"DOCKER_TLS_VERIFY", "0"}}, problems);
  EXPECT_EQ(settings.host, "tcp://y:2");
  EXPECT_TRUE(settings.tls_verify);  // docker asks only whether there is any text
  EXPECT_EQ(settings.Value("docker.host").source, "environment DOCKER_HOST");
}

TEST(SettingsTest, AnEmptyVariableIsUnset) {
  Problems problems;
  const TestSettings settings = LoadFrom(
      "size: 3", {{"SWARMBELL_SIZE", ""}, {"SWARMBELL_POLL_INTERVAL", ""}, {"DOCKER_TLS_VERIFY", ""}},
      problems);
  EXPECT_THAT(problems.Lines(), IsEmpty());
  EXPECT_EQ(settings.size, 3);
  EXPECT_EQ(settings.interval, absl::Seconds(10));
  EXPECT_FALSE(settings.tls_verify);
}

TEST(SettingsTest, FileVariablesHoldTheValueWithoutItsLineEnd) {
  const ScratchFile token("token", "hush hush\n");
  const ScratchFile size("size", "8\r\n");
  Problems problems;
  const TestSettings settings = LoadFrom(
      "", {{"SWARMBELL_AUTH_TOKEN_FILE", token.Path()}, {"SWARMBELL_SIZE_FILE", size.Path()}}, problems);
  EXPECT_THAT(problems.Lines(), IsEmpty());
  EXPECT_EQ(settings.token.Reveal(), "hush hush");
  EXPECT_EQ(settings.size, 8);
  EXPECT_EQ(settings.Value("size").source, "environment SWARMBELL_SIZE_FILE");
}

TEST(SettingsTest, TheInlineYamlMayBeInAFileToo) {
  const ScratchFile yaml("inline", "size: x\npoll: {interval: 3s}\n");
  Problems problems;
  const TestSettings settings = LoadFrom("", {{"SWARMBELL_CONFIG_YAML_FILE", yaml.Path()}}, problems);
  EXPECT_EQ(settings.interval, absl::Seconds(3));
  EXPECT_THAT(problems.Lines(),
              ElementsAre("SWARMBELL_CONFIG_YAML_FILE:1: size: \"x\" is not a whole number"));
}

TEST(SettingsTest, SecretsMayBeInFilesThatYamlNames) {
  const ScratchFile token("token", "hush\n");
  Problems problems;
  const TestSettings settings =
      LoadFrom(absl::StrCat("auth: {token_file: '", token.Path(), "'}"), {}, problems);
  EXPECT_THAT(problems.Lines(), IsEmpty());
  EXPECT_EQ(settings.token.Reveal(), "hush");
  EXPECT_THAT(ProblemsOf("size_file: /x"),
              ElementsAre("SWARMBELL_CONFIG_YAML:1: unknown key \"size_file\": YAML names files of secrets "
                          "alone; give size itself, or the variable SWARMBELL_SIZE_FILE"));
}

// As of a systemd credential, which is there only for the service.
TEST(SettingsTest, AFileOfASecretThatTheEnvironmentOverridesIsNotRead) {
  const ScratchFile token("token", "hush");
  const std::string yaml = "auth: {token_file: /nowhere}";
  Problems problems;
  EXPECT_EQ(LoadFrom(yaml, {{"SWARMBELL_AUTH_TOKEN", "a"}}, problems).token.Reveal(), "a");
  EXPECT_EQ(LoadFrom(yaml, {{"SWARMBELL_AUTH_TOKEN_FILE", token.Path()}}, problems).token.Reveal(), "hush");
  EXPECT_THAT(problems.Lines(), IsEmpty());
  EXPECT_THAT(ProblemsOf(yaml, {{"SWARMBELL_AUTH_TOKEN", ""}}), SizeIs(1));
  EXPECT_THAT(ProblemsOf("auth: {token: a, token_file: /nowhere}", {{"SWARMBELL_AUTH_TOKEN", "a"}}),
              ElementsAre(HasSubstr("is given twice")));
}

// The empty secret of a stack stands for none: it overrides nothing.
TEST(SettingsTest, AnEmptyFileOfTheEnvironmentOverridesNoFileThatYamlNames) {
  const ScratchFile none("none", "\n");
  const ScratchFile webhook("webhook", "https://x\n");
  SecretString value;
  SettingsTable table;
  table.Add(&value, "webhook", "Where to post.", {.secret = true, .empty_file_is_unset = true});
  SettingsInput input;
  input.environment = {{"SWARMBELL_CONFIG_YAML", absl::StrCat("webhook_file: '", webhook.Path(), "'")},
                       {"SWARMBELL_WEBHOOK_FILE", none.Path()}};
  Problems problems;
  Settings::Load(table, input, problems);
  EXPECT_EQ(value.Reveal(), "https://x");
  EXPECT_THAT(problems.Lines(), IsEmpty());
}

TEST(SettingsTest, AFileThatTheConfigurationNamesIsNotReadIfInlineYamlOverridesIt) {
  const ScratchFile file("config.yml", "auth: {token_file: /nowhere}\n");
  SettingsInput input;
  input.config_file = file.Path();
  input.environment = {{"SWARMBELL_CONFIG_YAML", "auth: {token: a}"}};
  SecretString token;
  SettingsTable table;
  table.Add(&token, "auth.token", "", {.secret = true});
  Problems problems;
  Settings::Load(table, input, problems);
  EXPECT_EQ(token.Reveal(), "a");
  EXPECT_THAT(problems.Lines(), IsEmpty());
}

TEST(SettingsTest, BlankLinesAroundAValueInAFileMeanNothing) {
  const ScratchFile token("token", " \r\n\nhush hush \n\n");
  const ScratchFile yaml("inline", "\n  size: 3\n  poll: {interval: 3s}\n\n");
  Problems problems;
  const TestSettings settings =
      LoadFrom("", {{"SWARMBELL_AUTH_TOKEN_FILE", token.Path()}, {"SWARMBELL_CONFIG_YAML_FILE", yaml.Path()}},
               problems);
  EXPECT_THAT(problems.Lines(), IsEmpty());
  EXPECT_EQ(settings.token.Reveal(), "hush hush");
  EXPECT_EQ(settings.size, 3);
}

TEST(SettingsTest, AFileOfASecretWithNothingInItIsNoSecret) {
  const ScratchFile token("token", " \n");
  EXPECT_THAT(
      ProblemsOf("", {{"SWARMBELL_AUTH_TOKEN_FILE", token.Path()}}),
      ElementsAre("environment: SWARMBELL_AUTH_TOKEN_FILE: names an empty file; write the secret into it, "
                  "or leave the setting out"));
  EXPECT_THAT(ProblemsOf(absl::StrCat("auth: {token_file: '", token.Path(), "'}")), SizeIs(1));
}

// `echo | docker secret create` makes a secret that stands for none.
TEST(SettingsTest, AFileWithNothingInItLeavesASecretUnsetThatMayBe) {
  const ScratchFile webhook("webhook", "\n");
  SecretString value;
  SettingsTable table;
  table.Add(&value, "webhook", "Where to post.", {.secret = true, .empty_file_is_unset = true});
  SettingsInput input;
  input.environment = {{"SWARMBELL_WEBHOOK_FILE", webhook.Path()}};
  SettingsInput by_yaml;
  by_yaml.environment = {{"SWARMBELL_CONFIG_YAML", absl::StrCat("webhook_file: '", webhook.Path(), "'")}};
  Problems problems;
  Settings::Load(table, input, problems);
  EXPECT_TRUE(value.empty());
  Settings::Load(table, by_yaml, problems);
  EXPECT_TRUE(value.empty());
  EXPECT_THAT(problems.Lines(), IsEmpty());
}

TEST(SettingsTest, ASecretOfBlanksIsNoSecret) {
  EXPECT_THAT(ProblemsOf("", {{"SWARMBELL_AUTH_TOKEN", "  "}}), SizeIs(1));
  EXPECT_THAT(ProblemsOf("auth: {token: '  '}"), SizeIs(1));
}

TEST(SettingsTest, AVariableAndItsFileExcludeEachOther) {
  const ScratchFile token("token", "hush\n");
  EXPECT_THAT(
      ProblemsOf("", {{"SWARMBELL_AUTH_TOKEN", "a"}, {"SWARMBELL_AUTH_TOKEN_FILE", token.Path()}}),
      ElementsAre("environment: both SWARMBELL_AUTH_TOKEN and SWARMBELL_AUTH_TOKEN_FILE are set; unset one"));
  EXPECT_THAT(ProblemsOf(absl::StrCat("auth:\n  token: a\n  token_file: '", token.Path(), "'")),
              ElementsAre("SWARMBELL_CONFIG_YAML:3: auth.token_file: is given twice (first at "
                          "SWARMBELL_CONFIG_YAML:2: auth.token)"));
}

TEST(SettingsTest, AFileThatCannotBeReadIsTold) {
  EXPECT_THAT(
      ProblemsOf("", {{"SWARMBELL_SIZE_FILE", "/nowhere/size"}}),
      ElementsAre("environment: SWARMBELL_SIZE_FILE: cannot read /nowhere/size: No such file or directory"));
  // Not where a secret's file should be: it may be the secret itself.
  EXPECT_THAT(
      ProblemsOf("", {{"SWARMBELL_AUTH_TOKEN_FILE", "hunter2"}}),
      ElementsAre("environment: SWARMBELL_AUTH_TOKEN_FILE: cannot read the file it names: No such file or "
                  "directory"));
  SettingsInput input;
  input.config_file = "/nowhere/config.yml";
  Problems problems;
  LoadInput(input, problems);
  EXPECT_THAT(problems.Lines(),
              ElementsAre("/nowhere/config.yml: cannot read the configuration: No such file or directory"));
  input.config_file = "/";
  Problems folder;
  LoadInput(input, folder);
  EXPECT_THAT(folder.Lines(), ElementsAre("/: cannot read the configuration: Is a directory"));
}

TEST(SettingsTest, UnknownKeysNameTheNearestKnownOne) {
  EXPECT_THAT(
      ProblemsOf("size: 3\npol:\n  interval: 10s\n"),
      ElementsAre("SWARMBELL_CONFIG_YAML:3: unknown key \"pol.interval\"; did you mean \"poll.interval\"?"));
  EXPECT_THAT(ProblemsOf("poll:\n  intervall: 10s\n"),
              ElementsAre("SWARMBELL_CONFIG_YAML:2: unknown key \"poll.intervall\"; did you mean "
                          "\"poll.interval\"?"));
  EXPECT_THAT(ProblemsOf("auth: {token_fil: x}"),
              ElementsAre("SWARMBELL_CONFIG_YAML:1: unknown key \"auth.token_fil\"; did you mean "
                          "\"auth.token_file\"?"));
  EXPECT_THAT(ProblemsOf("completely_other: 1"),
              ElementsAre("SWARMBELL_CONFIG_YAML:1: unknown key \"completely_other\""));
}

TEST(SettingsTest, UnknownVariablesNameTheNearestKnownOne) {
  EXPECT_THAT(ProblemsOf("", {{"SWARMBELL_POL_INTERVAL", "1s"}}),
              ElementsAre("environment: unknown variable SWARMBELL_POL_INTERVAL; did you mean "
                          "\"SWARMBELL_POLL_INTERVAL\"?"));
  EXPECT_THAT(ProblemsOf("", {{"OTHER_POLL_INTERVAL", "1s"}, {"PATH", "x"}}), IsEmpty());
}

TEST(SettingsTest, BadValuesSayWhereAndWhatWouldBeGood) {
  EXPECT_THAT(
      ProblemsOf("size: 1\n\npoll: {interval: 10 parsecs}"),
      ElementsAre("SWARMBELL_CONFIG_YAML:3: poll.interval: \"10 parsecs\" is not a duration (for example "
                  "10s, 250ms, 1m30s)"));
  EXPECT_THAT(ProblemsOf("", {{"SWARMBELL_POLL_INTERVAL", "50ms"}}),
              ElementsAre("environment: SWARMBELL_POLL_INTERVAL: \"50ms\" is too short; at least 100ms"));
  EXPECT_THAT(ProblemsOf("size: 10"),
              ElementsAre("SWARMBELL_CONFIG_YAML:1: size: \"10\" is too large; at most 9"));
  EXPECT_THAT(ProblemsOf("size: 0"),
              ElementsAre("SWARMBELL_CONFIG_YAML:1: size: \"0\" is too small; at least 1"));
  EXPECT_THAT(ProblemsOf("poll: {events: perhaps}"),
              ElementsAre("SWARMBELL_CONFIG_YAML:1: poll.events: \"perhaps\" is neither true nor false"));
  EXPECT_THAT(
      ProblemsOf("log: {level: inof}"),
      ElementsAre("SWARMBELL_CONFIG_YAML:1: log.level: \"inof\" is none of debug, info, warn; did you mean "
                  "\"info\"?"));
}

TEST(SettingsTest, WrongShapesAreTold) {
  EXPECT_THAT(ProblemsOf("size: [1]"),
              ElementsAre("SWARMBELL_CONFIG_YAML:1: size: must be one value, not a list"));
  EXPECT_THAT(ProblemsOf("size: {a: 1}"),
              ElementsAre("SWARMBELL_CONFIG_YAML:1: size: must be one value, not a map"));
  EXPECT_THAT(ProblemsOf("poll: 5"),
              ElementsAre("SWARMBELL_CONFIG_YAML:1: poll: must be a map with poll.interval, poll.events"));
  EXPECT_THAT(ProblemsOf("colors: [[red]]"),
              ElementsAre("SWARMBELL_CONFIG_YAML:1: colors: must be a list of single values without commas"));
  EXPECT_THAT(ProblemsOf("- size"), ElementsAre("SWARMBELL_CONFIG_YAML:1: the configuration must be a map of "
                                                "settings, e.g. \"log: {level: info}\""));
  EXPECT_THAT(ProblemsOf("auth: {token_file: [x]}"),
              ElementsAre("SWARMBELL_CONFIG_YAML:1: auth.token_file: must be the name of a file"));
}

TEST(SettingsTest, AKeyGivenTwiceIsAProblemHoweverItIsWritten) {
  EXPECT_THAT(ProblemsOf("size: 1\nsize: 2"),
              ElementsAre("SWARMBELL_CONFIG_YAML:2: key \"size\" is given twice (first in line 1)"));
  EXPECT_THAT(ProblemsOf("poll: {interval: 1s}\npoll.interval: 2s"),
              ElementsAre("SWARMBELL_CONFIG_YAML:2: poll.interval: is given twice (first at "
                          "SWARMBELL_CONFIG_YAML:1: poll.interval)"));
}

TEST(SettingsTest, AllProblemsAreToldTogether) {
  Problems problems;
  const TestSettings settings =
      LoadFrom("size: x\nlvl: 1\npoll: {interval: 2s}",
               {{"SWARMBELL_POLL_INTERVAL", "soon"}, {"SWARMBELL_WHAT", "1"}}, problems);
  EXPECT_EQ(problems.Lines().size(), 4U);
  EXPECT_EQ(settings.interval, absl::Seconds(2));  // the good one stands
  const absl::Status status = problems.ToStatus();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("\n"));
}

TEST(SettingsTest, OnlySoManyProblemsAreShown) {
  Problems problems;
  for (int i = 0; i < 60; ++i) problems.Add("here", absl::StrCat("number ", i));
  problems.Add("here", "number 3");  // a repeat
  const std::string text(problems.ToStatus().message());
  EXPECT_THAT(text, testing::EndsWith("here: number 49\nand 10 more"));
}

TEST(SettingsTest, ThePlaceholderOfASecretIsNoValue) {
  const std::string yaml = "auth: {token: \"••••\"}";
  EXPECT_THAT(ProblemsOf(yaml),
              ElementsAre("SWARMBELL_CONFIG_YAML:1: auth.token: is the placeholder of --print-config; "
                          "give the value, or auth.token_file"));
  EXPECT_THAT(ProblemsOf(yaml, {{"SWARMBELL_AUTH_TOKEN", "real"}}), IsEmpty());
}

TEST(SettingsTest, NoProblemShowsASecret) {
  const std::string secret = "hunter2hunter2";
  const std::vector<std::string> yamls = {
      absl::StrCat("auth: {token: [", secret, "]}"), absl::StrCat("auth: ", secret),
      absl::StrCat("auth:\n  token: *", secret),     absl::StrCat("auth:\n  token: a: ", secret),
      absl::StrCat("auth:\n  token: \"\\q", secret), absl::StrCat("auth: {token_file: ", secret, "}"),
      absl::StrCat("auth: {token: !<", secret),      absl::StrCat("auth: {token: &", secret, " &b x}")};
  for (const std::string& yaml : yamls) {
    const std::vector<std::string> lines = ProblemsOf(yaml);
    EXPECT_THAT(lines, testing::Not(IsEmpty())) << yaml;
    for (const std::string& line : lines) EXPECT_THAT(line, testing::Not(testing::HasSubstr(secret))) << yaml;
  }
}

TEST(SettingsTest, AUrlInAProblemLosesWhatMayBeSecret) {
  EXPECT_THAT(ProblemsOf("size: https://user:pw@host/hook"),
              ElementsAre("SWARMBELL_CONFIG_YAML:1: size: \"https://…\" is not a whole number"));
}

TEST(SettingsTest, EnvironmentNamesComeFromPaths) {
  EXPECT_EQ(EnvironmentName("poll.interval"), "SWARMBELL_POLL_INTERVAL");
  EXPECT_EQ(EnvironmentName("redis.key_prefix"), "SWARMBELL_REDIS_KEY_PREFIX");
  EXPECT_EQ(EnvironmentName("listen"), "SWARMBELL_LISTEN");
}

TEST(SettingsTest, TheProcessEnvironmentIsRead) {
  ASSERT_EQ(setenv("SWARMBELL_TEST_VARIABLE", "a=b", 1), 0);
  const SettingsInput input = SettingsInput::FromProcess("c.yml");
  unsetenv("SWARMBELL_TEST_VARIABLE");
  EXPECT_EQ(input.config_file, "c.yml");
  EXPECT_EQ(input.environment.at("SWARMBELL_TEST_VARIABLE"), "a=b");
}

TEST(SettingsTest, AValueInUtf16IsRefusedWithWhatToDo) {
  const ScratchFile token("utf16", std::string("\xff\xfet\0o\0k\0", 8));
  EXPECT_THAT(
      ProblemsOf("", {{"SWARMBELL_AUTH_TOKEN_FILE", token.Path()}}),
      ElementsAre("environment: SWARMBELL_AUTH_TOKEN_FILE: holds a zero byte, as text in UTF-16 does; save "
                  "it as UTF-8"));
  EXPECT_THAT(ProblemsOf("docker: {host: \"a\\0b\"}"), SizeIs(1));
}

TEST(SettingsTest, TheMarkThatSomeEditorsBeginUtf8WithIsNoPartOfTheValue) {
  Problems problems;
  const ScratchFile token("marked", "\xef\xbb\xbfgood\n");
  EXPECT_EQ(LoadFrom("", {{"SWARMBELL_AUTH_TOKEN_FILE", token.Path()}}, problems).token.Reveal(), "good");
}

TEST(SettingsTest, APipeThatNobodyWritesToDoesNotBlockTheStart) {
  const ScratchFile place("place", "");
  const std::string pipe = place.Path() + ".pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(ProblemsOf("", {{"SWARMBELL_AUTH_TOKEN_FILE", pipe}}), SizeIs(1));
  unlink(pipe.c_str());
}

}  // namespace
}  // namespace swarmbell
