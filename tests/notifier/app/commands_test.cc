#include "notifier/app/commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "absl/time/clock.h"
#include "notifier/config/load.h"

namespace swarmbell {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

NotifierConfig Config(const std::map<std::string, std::string>& environment) {
  const auto loaded = LoadNotifierConfig({"", environment});
  EXPECT_TRUE(loaded.ok()) << loaded.status();
  return loaded->config;
}

struct Result {
  std::optional<int> code;
  std::string out;
};

Result RunWith(const std::vector<const char*>& flags,
               const std::map<std::string, std::string>& environment = {}) {
  std::vector<const char*> arguments = {"swarmbell-notifier"};
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  const auto line = CommandLine::Parse(static_cast<int>(arguments.size()), arguments.data(), CommandFlags());
  EXPECT_TRUE(line.ok()) << line.status();
  std::ostringstream out;
  const auto code = RunCommand(*line, Config(environment), out);
  return {code, out.str()};
}

TEST(CommandsTest, WithoutAFlagThereIsNothingToDo) { EXPECT_EQ(RunWith({}).code, std::nullopt); }

TEST(CommandsTest, PreviewShowsASampleOfEveryRule) {
  const Result terminal = RunWith({"--preview", "terminal"});
  EXPECT_EQ(terminal.code, 0);
  EXPECT_THAT(terminal.out, AllOf(HasSubstr("went into a crash loop"), HasSubstr("gave up restarting")));
  EXPECT_EQ(RunWith({"--preview", "irc"}).code, kExitFailure);
}

TEST(CommandsTest, ATestAlertToTheConsoleArrives) {
  const Result result = RunWith({"--test-alert"});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.out, AllOf(HasSubstr("Swarmbell test message"), HasSubstr("console: accepted")));
}

TEST(CommandsTest, WithoutANotifierASilenceIsAnError) {
  // Port 1 answers nobody.
  const std::map<std::string, std::string> nowhere = {{"SWARMBELL_LISTEN", "127.0.0.1:1"}};
  for (const std::vector<const char*>& flags : std::vector<std::vector<const char*>>{
           {"--silence", "stack=shop", "--for", "1h"}, {"--silences"}, {"--unsilence", "3f9c21ab"}}) {
    const Result result = RunWith(flags, nowhere);
    EXPECT_EQ(result.code, kExitFailure);
    EXPECT_EQ(result.out, "");
  }
}

TEST(CommandsTest, ASilenceNeedsALength) {
  EXPECT_EQ(RunWith({"--silence", "stack=shop"}).code, kExitFailure);
  EXPECT_EQ(RunWith({"--silence", "stack=shop", "--for", "soon"}).code, kExitFailure);
  EXPECT_EQ(RunWith({"--for", "1h"}).code, kExitUsage);
  EXPECT_EQ(RunWith({"--because", "why"}).code, kExitUsage);
}

TEST(CommandsTest, ATestAlertThatCannotBePostedSaysWhyAtOnce) {
  const absl::Time begin = absl::Now();
  // Port 1 answers nobody.
  const Result result = RunWith(
      {"--test-alert"}, {{"SWARMBELL_SLACK_WEBHOOK_URL", "http://127.0.0.1:1/services/T0/B0/SECRET"}});
  EXPECT_EQ(result.code, kExitFailure);
  EXPECT_THAT(result.out, AllOf(HasSubstr("slack: failed"), HasSubstr("connect"), Not(HasSubstr("SECRET"))));
  EXPECT_LT(absl::Now() - begin, absl::Seconds(5));
}

}  // namespace
}  // namespace swarmbell
