#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/program/program.h"

namespace swarmbell {
namespace {

absl::StatusOr<CommandLine> Parse(std::vector<const char*> words) {
  words.insert(words.begin(), "program");
  std::vector<Flag> flags = CommonFlags();
  flags.push_back({"--demo", "", "Show."});
  return CommandLine::Parse(static_cast<int>(words.size()), words.data(), flags);
}

std::string ErrorOf(std::vector<const char*> words) {
  const auto line = Parse(std::move(words));
  EXPECT_EQ(line.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(line.status().message());
}

TEST(CommandLineTest, ReadsFlagsAndValues) {
  EXPECT_FALSE(Parse({})->Has("--help"));
  const auto line = Parse({"--config", "a.yml", "--check-config", "--demo"});
  ASSERT_TRUE(line.ok());
  EXPECT_EQ(line->Value("--config"), "a.yml");
  EXPECT_TRUE(line->Has("--check-config"));
  EXPECT_TRUE(line->Has("--demo"));
  EXPECT_FALSE(line->Has("--print-config"));
  EXPECT_EQ(Parse({"--config=b=c.yml"})->Value("--config"), "b=c.yml");
  EXPECT_EQ(Parse({"--config=a", "--config=b"})->Value("--config"), "b");
  for (const char* flag : {"--print-config", "--version", "--help", "--healthcheck",
                           "--print-settings-markdown", "--print-settings-schema"}) {
    EXPECT_TRUE(Parse({flag})->Has(flag));
  }
}

TEST(CommandLineTest, ErrorsSayWhatToDo) {
  EXPECT_EQ(ErrorOf({"--chek-config"}), "unknown flag \"--chek-config\"; did you mean \"--check-config\"?");
  EXPECT_EQ(ErrorOf({"--zzzzzzzzzzzzzz"}), "unknown flag \"--zzzzzzzzzzzzzz\"; --help lists them");
  EXPECT_EQ(ErrorOf({"--config"}), "--config needs a value: --config FILE");
  EXPECT_EQ(ErrorOf({"--config="}), "--config needs a value: --config FILE");
  EXPECT_EQ(ErrorOf({"--config", "--help"}), "--config needs a value: --config FILE");
  EXPECT_EQ(ErrorOf({"--help=yes"}), "--help takes no value");
  EXPECT_EQ(ErrorOf({"run"}),
            "unexpected argument \"run\"; settings are read from a file with --config FILE, or from the "
            "environment");
  EXPECT_EQ(ErrorOf({"-h"}),
            "unexpected argument \"-h\"; settings are read from a file with --config FILE, or from the "
            "environment");
}

TEST(CommandLineTest, HelpShowsOnlyFlagsForUsers) {
  const std::string help = FlagsHelp(CommonFlags());
  EXPECT_THAT(help, testing::HasSubstr("  --config FILE   Read settings"));
  EXPECT_THAT(help, testing::HasSubstr("  --help          Print this"));
  EXPECT_THAT(help, testing::Not(testing::HasSubstr("markdown")));
}

}  // namespace
}  // namespace swarmbell
