#include "common/settings/help.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_split.h"
#include "tests/common/settings/table.h"

namespace swarmbell {
namespace {

using testing::HasSubstr;

TEST(HelpTest, ShowsEachSettingAlignedAndGrouped) {
  const std::string help = SettingsHelp(TestTable());
  EXPECT_THAT(
      help, HasSubstr("\n\n  docker.host        SWARMBELL_DOCKER_HOST        [unix:///a]\n      Engine.\n"));
  EXPECT_THAT(help, HasSubstr("\n\n  poll.interval      SWARMBELL_POLL_INTERVAL      [10s]\n"));
  EXPECT_THAT(help, HasSubstr("\n  poll.events        SWARMBELL_POLL_EVENTS        [true]\n"));
  EXPECT_THAT(help, HasSubstr("\n  auth.token         SWARMBELL_AUTH_TOKEN\n"));
}

TEST(HelpTest, NoLineIsWiderThanAHundredColumns) {
  std::vector<Setting> table = TestTable();
  for (int i = 0; i < 60; ++i) table[0].help += " word";
  for (const auto line : absl::StrSplit(SettingsHelp(table), '\n')) EXPECT_LE(line.size(), 100U) << line;
}

TEST(HelpTest, MarkdownHasARowForEachSetting) {
  const std::string markdown = SettingsMarkdown({{.path = "a.b", .default_value = "1", .help = "x | y"}});
  EXPECT_EQ(markdown,
            "| YAML | environment | default | meaning |\n"
            "| --- | --- | --- | --- |\n"
            "| `a.b` | `SWARMBELL_A_B` | `1` | x \\| y |\n");
}

}  // namespace
}  // namespace swarmbell
