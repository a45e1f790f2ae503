#include "common/settings/owners.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "collector/options/collector_options.h"
#include "notifier/config/load.h"
#include "tests/notifier/config/loading.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

std::vector<std::string> PathsOf(const std::vector<Setting>& settings) {
  std::vector<std::string> paths;
  for (const Setting& setting : settings) paths.push_back(setting.path);
  return paths;
}

std::vector<std::string> Without(std::vector<std::string> paths, const std::vector<std::string>& others) {
  std::erase_if(paths, [&others](const std::string& path) {
    return std::find(others.begin(), others.end(), path) != others.end();
  });
  return paths;
}

TEST(OwnersTest, TheListsAreThoseOfTheProgramsTables) {
  const std::vector<std::string> collector = PathsOf(CollectorSettings());
  const std::vector<std::string> notifier = PathsOf(NotifierSettings());
  const std::vector<SettingsOwner>& owners = SettingsOwners();
  ASSERT_EQ(owners.size(), 2U);
  EXPECT_EQ(owners[0].program, "collector");
  EXPECT_THAT(owners[0].paths, ElementsAreArray(Without(collector, notifier)));
  EXPECT_EQ(owners[1].program, "notifier");
  EXPECT_THAT(owners[1].paths, ElementsAreArray(Without(notifier, collector)));
}

TEST(OwnersTest, ACollectorsSettingIsToldAsOne) {
  EXPECT_THAT(Faults("poll: {interval: 5s}\ndocker: x\n", {{"SWARMBELL_DOCKER_HOST", "unix:///x"},
                                                           {"SWARMBELL_LOGS_LINES_FILE", "/x"},
                                                           {"SWARMBELL_POLL_INTERVALL", "5s"}}),
              ElementsAre("environment: SWARMBELL_DOCKER_HOST is a setting of the collector; give it to that "
                          "program alone",
                          "environment: SWARMBELL_LOGS_LINES_FILE is a setting of the collector; give it to "
                          "that program alone",
                          "environment: unknown variable SWARMBELL_POLL_INTERVALL",
                          "SWARMBELL_CONFIG_YAML:1: \"poll.interval\" is a setting of the collector; give it "
                          "to that program alone",
                          "SWARMBELL_CONFIG_YAML:2: \"docker\" is a setting of the collector; give it to "
                          "that program alone"));
}

TEST(OwnersTest, ASettingOfBothAndAPartOfAWordBelongToNone) {
  for (const char* path : {"listen", "tls.cert", "poll.inter", "po", "", "receivers.x"})
    EXPECT_EQ(OwnerOf(path), "") << path;
}

}  // namespace
}  // namespace swarmbell
