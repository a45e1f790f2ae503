#include <gmock/gmock.h>

#include "tests/collector/poll/poll_harness.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;

class PollerEventsTest : public PollHarness {
 protected:
  PollerEventsTest() {
    options_.events = true;
    options_.debounce = absl::Milliseconds(250);
    options_.containers = false;
    server_.Answer("/events", {.ending = FakeEnding::kStream});
  }

  void StartWithEvents() {
    Start();
    ASSERT_TRUE(server_.WaitForStreams("/events", 1));
  }
};

TEST_F(PollerEventsTest, AnEventBringsTheNextReadForward) {
  StartWithEvents();
  server_.Answer("/services", {.body = ServiceList({"a"})});
  server_.StreamTo("/events", "{\"Type\":\"service\",\"Action\":\"create\"}\n");
  ASSERT_TRUE(clock_.WaitForSleeper(absl::Milliseconds(250)));
  EXPECT_EQ(server_.Count("/services"), 1u);
  clock_.Advance(absl::Milliseconds(250));
  ASSERT_TRUE(clock_.WaitForSleeper(absl::Milliseconds(9750)));
  EXPECT_EQ(server_.Count("/services"), 2u);
  EXPECT_THAT(Changes(), ElementsAre("service_appeared"));
}

TEST_F(PollerEventsTest, AnEngineThatIsBackIsReadAtOnceAlthoughItFailed) {
  StartWithEvents();
  server_.Answer("/services", {.status = 500});
  Pass(absl::Seconds(10));
  for (int i = 0; i < 8; ++i) Pass(absl::Minutes(1));  // the back-off is long by now
  server_.Answer("/services", {.body = "[]"});
  const std::size_t before = server_.Count("/services");
  server_.EndStreams();
  ASSERT_TRUE(clock_.WaitForSleepers(2));  // the loop, and the follower before it connects again
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(server_.WaitForStreams("/events", 2));
  ASSERT_TRUE(clock_.WaitForSleeper(absl::Milliseconds(250)));
  clock_.Advance(absl::Milliseconds(250));
  EXPECT_TRUE(server_.WaitForRequests("/services", before + 1));
}

// The list of containers alone does not distinguish a stop from a container that gives up.
TEST_F(PollerEventsTest, AnEventShowsThatSomebodyStoppedAContainer) {
  const auto container = [](const std::string& state, const std::string& status) {
    return FakeAnswer{.body = R"([{"Id":"c1","Names":["/job"],"State":")" + state + R"(","Status":")" +
                              status + R"("}])"};
  };
  const auto event = [this](const std::string& action) {
    server_.StreamTo("/events", R"({"Type":"container","Action":")" + action +
                                    R"(","Actor":{"ID":"c1","Attributes":{"name":"job"}}})" + "\n");
    ASSERT_TRUE(clock_.WaitForSleeper(absl::Milliseconds(250)));
    Pass(absl::Milliseconds(250));
  };
  options_.containers = true;
  server_.Answer("/containers/json", container("running", "Up 3 hours"));
  StartWithEvents();
  server_.Answer("/containers/json", container("restarting", "Restarting (5) 1 second ago"));
  Pass(absl::Seconds(10));
  server_.Answer("/containers/json", container("exited", "Exited (5) 1 second ago"));
  event("stop");
  EXPECT_THAT(Changes(), ElementsAre("container_restarting", "container_recovered"));

  server_.Answer("/containers/json", container("restarting", "Restarting (5) 1 second ago"));
  event("start");
  server_.Answer("/containers/json", container("exited", "Exited (5) 1 second ago"));
  event("die");
  EXPECT_THAT(Changes(), ElementsAre("container_restarting", "container_recovered", "container_restarting",
                                     "container_gave_up"));
}

}  // namespace
}  // namespace swarmbell
