// When secrets, configs, networks and the swarm's settings are read.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/collector/poll/poll_harness.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class SharedReaderTest : public PollHarness {
 protected:
  SharedReaderTest() {
    options_.events = true;
    options_.containers = false;
    server_.Answer("/events", {.ending = FakeEnding::kStream});
    for (const char* path : {"/secrets", "/configs"}) server_.Answer(path, {.body = "[]"});
    server_.Answer("/swarm", {.body = Swarm(5)});
  }

  static std::string Swarm(int history) {
    return absl::StrCat(R"({"ID":"cluster1","Version":{"Index":9},"Spec":{"Orchestration":)",
                        R"({"TaskHistoryRetentionLimit":)", history, "}}}");
  }
  static std::string Networks(const std::vector<std::string>& ids) {
    return absl::StrCat("[",
                        absl::StrJoin(ids, ",",
                                      [](std::string* out, const std::string& id) {
                                        absl::StrAppend(out, R"({"Id":")", id, R"(","Name":")", id,
                                                        R"(","Scope":"swarm"})");
                                      }),
                        "]");
  }
  static std::string Secret(const std::string& id) {
    return absl::StrCat(R"([{"ID":")", id, R"(","Version":{"Index":3},"Spec":{"Name":")", id, R"("}}])");
  }

  void StartWithEvents() {
    Start();
    ASSERT_TRUE(server_.WaitForStreams("/events", 1));
    // With this event it is known that the stream is open: everything is read again.
    Event(R"({"Type":"secret","Action":"update","scope":"swarm"})");
  }
  void Event(const std::string& line) {
    server_.StreamTo("/events", line + "\n");
    ASSERT_TRUE(clock_.WaitForSleeper(options_.debounce));
    Pass(options_.debounce);
  }
  std::vector<std::size_t> Counts() const {
    std::vector<std::size_t> counts;
    for (const char* path : {"/secrets", "/configs", "/networks", "/swarm"})
      counts.push_back(server_.Count(path));
    return counts;
  }
};

TEST_F(SharedReaderTest, AnIdleSwarmCostsOneReadOfEachInThirtyIntervals) {
  StartWithEvents();
  const std::vector<std::size_t> at_start = Counts();
  for (const std::size_t count : at_start) EXPECT_LE(count, 2u);
  for (int i = 0; i < 29; ++i) Pass(options_.interval);
  EXPECT_EQ(Counts(), at_start);
  for (int i = 0; i < 30; ++i) Pass(options_.interval);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(Counts()[i], at_start[i] + 1) << i;
  EXPECT_THAT(Changes(), IsEmpty());
}

TEST_F(SharedReaderTest, AnEventReadsItsListAlone) {
  StartWithEvents();
  const std::vector<std::size_t> before = Counts();
  server_.Answer("/secrets", {.body = Secret("s1")});
  Event(R"({"Type":"secret","Action":"create","scope":"swarm"})");
  EXPECT_THAT(Changes(), ElementsAre("secret_created"));
  EXPECT_THAT(Counts(), ElementsAre(before[0] + 1, before[1], before[2], before[3]));
}

TEST_F(SharedReaderTest, AProxyThatForbidsThemIsAskedRarely) {
  for (const char* path : {"/secrets", "/swarm"}) server_.Answer(path, {.status = 403, .body = "Forbidden"});
  server_.Answer("/configs", {.status = 404, .body = "page not found"});
  StartWithEvents();
  for (int i = 0; i < 60; ++i) Pass(absl::Seconds(10));
  EXPECT_LE(server_.Count("/secrets"), 4u);
  EXPECT_LE(server_.Count("/configs"), 4u);
  EXPECT_FALSE(poller_->Status().stale);
  EXPECT_THAT(Changes(), IsEmpty());
}

// A manager that has just lost its leader lists the networks of its node alone, without an error.
TEST_F(SharedReaderTest, ANetworkIsRemovedOnlyIfTwoListsLackIt) {
  server_.Answer("/networks", {.body = Networks({"a", "b"})});
  StartWithEvents();
  const std::size_t before = server_.Count("/networks");
  server_.Answer("/networks", {.body = Networks({"a"})});
  Event(R"({"Type":"network","Action":"remove","scope":"swarm"})");
  Pass(options_.interval);
  EXPECT_EQ(server_.Count("/networks"), before + 2);
  EXPECT_THAT(Changes(), ElementsAre("network_removed"));
}

TEST_F(SharedReaderTest, ANetworkThatIsListedAgainWasNotRemoved) {
  server_.Answer("/networks", {.body = Networks({"a", "b"})});
  StartWithEvents();
  server_.Answer("/nodes", {.status = 500});  // the list is not read while the nodes cannot be
  server_.Answer("/networks", {.body = Networks({})});
  Event(R"({"Type":"network","Action":"remove","scope":"swarm"})");
  server_.Answer("/nodes", {.body = NodeList({"node1"})});
  server_.Answer("/networks", {.body = Networks({"a", "b"})});
  for (int i = 0; i < 8; ++i) Pass(options_.interval);
  EXPECT_THAT(Changes(), IsEmpty());
}

TEST_F(SharedReaderTest, TheSettingsAreReadWhenANodeHasChanged) {
  StartWithEvents();
  server_.Answer("/swarm", {.body = Swarm(2)});
  server_.Answer("/nodes", {.body = NodeList({"node1", "node2"})});
  Event(R"({"Type":"node","Action":"create","scope":"swarm"})");
  EXPECT_THAT(Changes(), ElementsAre("node_appeared", "swarm_settings_changed"));
}

}  // namespace
}  // namespace swarmbell
