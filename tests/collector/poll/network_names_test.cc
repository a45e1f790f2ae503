#include "collector/poll/swarm_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace swarmbell
