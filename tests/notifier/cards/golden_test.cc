#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "nlohmann/json.hpp"
#include "notifier/cards/build_card.h"
#include "notifier/chat/console/console.h"
#include "notifier/chat/slack/slack.h"
#include "notifier/chat/teams/teams.h"
#include "tests/notifier/cards/card_testing.h"

namespace swarmbell {
namespace {

// The exact posts of every sample: tests/testdata/cards/RULE.{slack,teams}.json and RULE.txt. Run with
// SWARMBELL_UPDATE_GOLDENS=1 to write them again, then read the difference.
void ExpectGolden(const std::string& name, const std::string& actual) {
  const std::filesystem::path path = std::filesystem::path(SWARMBELL_TESTDATA) / "cards" / name;
  if (std::getenv("SWARMBELL_UPDATE_GOLDENS") != nullptr) {
    std::ofstream(path, std::ios::binary) << actual;
    return;
  }
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file.good()) << path << " is missing";
  std::ostringstream golden;
  golden << file.rdbuf();
  EXPECT_EQ(actual, golden.str()) << path;
}

std::string Readable(const std::string& json) {
  return nlohmann::ordered_json::parse(json).dump(1, ' ', false) + "\n";
}

class Golden : public testing::TestWithParam<Sample> {};

TEST_P(Golden, IsWhatIsPosted) {
  const Card card = BuildCard(SampleGroup(GetParam()), {});
  ExpectGolden(GetParam().rule + ".slack.json", Readable(RenderSlack(card)));
  ExpectGolden(GetParam().rule + ".teams.json", Readable(RenderTeams(card)));
  ExpectGolden(GetParam().rule + ".txt", RenderTerminal(card, {false, 84}));
}

INSTANTIATE_TEST_SUITE_P(Samples, Golden, testing::ValuesIn(Samples()),
                         [](const auto& test) { return TestName(test.param.rule); });

}  // namespace
}  // namespace swarmbell
