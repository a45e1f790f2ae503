#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "collector/poll/swarm_reader.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::set<std::string> Of(const std::string& spec) {
  Service service;
  service.spec = spec;
  return NetworksOf(service);
}

TEST(NetworksOf, FindsThoseOfTheTaskAndThoseOfOldEngines) {
  EXPECT_THAT(
      Of(R"({"TaskTemplate":{"Networks":[{"Target":"a"},{"Target":"b"}]},"Networks":[{"Target":"c"}]})"),
      ElementsAre("a", "b", "c"));
}

TEST(NetworksOf, ASpecWithoutAnyHasNone) {
  for (const char* spec :
       {"", "{}", "[]", R"({"TaskTemplate":7,"Networks":{}})", R"({"Networks":[7,{"Target":1}]})"}) {
    EXPECT_THAT(Of(spec), IsEmpty()) << spec;
  }
}

TEST(ForgetGoneNetworks, KeepsABoundedNumber) {
  std::map<std::string, std::string> known;
  for (int i = 0; i < 1001; ++i) known["gone" + std::to_string(i)] = "name";
  ForgetGoneNetworks({}, known);
  EXPECT_EQ(known.size(), 1001u);
  known["there"] = "name";
  ForgetGoneNetworks({{"there", "name"}, {"here", "name"}}, known);
  EXPECT_EQ(known.size(), 1002u);
  ForgetGoneNetworks({{"there", "name"}}, known);
  EXPECT_THAT(known, ElementsAre(std::pair("there", "name")));
}

Objects<Service> One(const std::string& image, int replicas) {
  Service service;
  service.id = "s";
  service.spec = "{\"Mode\":{\"Replicated\":{\"Replicas\":" + std::to_string(replicas) +
                 "}},\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"" + image + "\"}}}";
  return Objects<Service>::Of({std::make_shared<const Service>(std::move(service))});
}

TEST(ServicesAwaitingUpdateTest, ATemplateThatChangedWaitsForItsUpdate) {
  EXPECT_THAT(ServicesAwaitingUpdate(One("web:1", 1), One("web:2", 1)), ElementsAre("s"));
  EXPECT_THAT(ServicesAwaitingUpdate(One("web:1", 1), One("web:1", 2)), IsEmpty());
}

// The engine has nothing to replace, and makes no update.
TEST(ServicesAwaitingUpdateTest, WithoutTasksThereIsNothingToWaitFor) {
  EXPECT_THAT(ServicesAwaitingUpdate(One("web:1", 0), One("web:2", 0)), IsEmpty());
  EXPECT_THAT(ServicesAwaitingUpdate(One("web:1", 1), One("web:2", 0)), ElementsAre("s"));
}

}  // namespace
}  // namespace swarmbell
