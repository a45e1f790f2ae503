// Changes of nodes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/collector/diff/swarm_fixture.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class NodesTest : public SwarmFixture {
 protected:
  NodesTest() {
    nodes_.push_back(NodeJson("n1", "host1"));
    nodes_.push_back(NodeJson("n2", "host2"));
  }
  void SetManager(int node, const std::string& reachability, bool leader = false) {
    Json& node_json = nodes_[static_cast<std::size_t>(node)];
    node_json["Spec"]["Role"] = "manager";
    node_json["ManagerStatus"] = {{"Reachability", reachability}, {"Leader", leader}};
  }
};

TEST_F(NodesTest, TellAvailabilityAndRoleWithWhatRunsThere) {
  services_.push_back(ServiceJson("s1", "web", 1));
  tasks_.push_back(TaskJson("t1", "s1", 1, "running"));
  EXPECT_THAT(Read(), IsEmpty());
  nodes_[0]["Spec"] = {{"Role", "manager"}, {"Availability", "drain"}};
  const Events events = Read();
  ASSERT_THAT(Names(events), ElementsAre("node_availability_changed", "node_role_changed"));
  const auto& node = events[0].node_availability_changed().node();
  EXPECT_EQ(node.running_tasks(), 1u);
  EXPECT_THAT(node.services(), ElementsAre("web"));
}

TEST_F(NodesTest, WaitForTheHostnameOfANewNode) {
  Read();
  nodes_.push_back(NodeJson("n3", ""));
  nodes_[2]["Status"]["State"] = "unknown";
  EXPECT_THAT(Read(), IsEmpty());
  EXPECT_THAT(Read(), IsEmpty());
  nodes_[2] = NodeJson("n3", "host3");
  const Events events = Read();
  ASSERT_THAT(Names(events), ElementsAre("node_appeared"));
  EXPECT_EQ(events[0].resource().name(), "host3");
  EXPECT_THAT(Read(), IsEmpty());
}

TEST_F(NodesTest, DoNotWaitForTheHostnameForEver) {
  Read();
  nodes_.push_back(NodeJson("n3", ""));
  Read();
  Read();
  EXPECT_THAT(Names(Read()), ElementsAre("node_appeared"));
}

TEST_F(NodesTest, DisappearUnlessNeverTold) {
  Read();
  nodes_.push_back(NodeJson("n3", ""));
  Read();
  nodes_.erase(2);
  nodes_.erase(1);
  EXPECT_THAT(Names(Read()), ElementsAre("node_disappeared"));
}

TEST_F(NodesTest, DoNotTakeUnknownForAState) {
  Read();
  nodes_[1]["Status"]["State"] = "unknown";
  EXPECT_THAT(Read(), IsEmpty());
  nodes_[1]["Status"]["State"] = "ready";
  EXPECT_THAT(Read(), IsEmpty());
  nodes_[1]["Status"]["State"] = "unknown";
  EXPECT_THAT(Read(), IsEmpty());
  nodes_[1]["Status"] = {{"State", "down"}, {"Message", "heartbeat failure"}};
  const Events events = Read();
  ASSERT_THAT(Names(events), ElementsAre("node_state_changed"));
  EXPECT_EQ(events[0].node_state_changed().previous_state(), v1::NODE_STATE_READY);
  EXPECT_EQ(events[0].node_state_changed().message(), "heartbeat failure");
}

TEST_F(NodesTest, AreToldAsDownOnlyOnceThatHasLasted) {
  context_.node_down_after = absl::Seconds(15);
  Read();
  nodes_[1]["Status"]["State"] = "down";
  EXPECT_THAT(Read(), IsEmpty());
  nodes_[1]["Status"]["State"] = "ready";
  EXPECT_THAT(Read(), IsEmpty());
  nodes_[1]["Status"]["State"] = "down";
  EXPECT_THAT(Read(), IsEmpty());
  const absl::Time since = now_;
  EXPECT_THAT(Read(absl::Seconds(14)), IsEmpty());
  EXPECT_THAT(Names(Read(absl::Seconds(1))), ElementsAre("node_state_changed"));
  EXPECT_THAT(Read(), IsEmpty());
  nodes_[1]["Status"]["State"] = "ready";
  const Events back = Read();
  ASSERT_THAT(Names(back), ElementsAre("node_state_changed"));
  EXPECT_EQ(back[0].node_state_changed().previous_state(), v1::NODE_STATE_DOWN);
  EXPECT_EQ(back[0].node_state_changed().start_time().seconds(), absl::ToUnixSeconds(since));
}

TEST_F(NodesTest, ComeBackWithTheServicesThatTheyRanWhenTheyWentAway) {
  services_.push_back(ServiceJson("s1", "shop_web", 1));
  tasks_.push_back(TaskJson("t1", "s1", 1, "running"));
  tasks_[0]["NodeID"] = nodes_[1]["ID"];
  context_.node_down_after = absl::Seconds(15);
  Read();
  nodes_[1]["Status"]["State"] = "down";
  EXPECT_THAT(Read(), IsEmpty());
  tasks_[0]["NodeID"] = nodes_[0]["ID"];
  const Events down = Read(absl::Seconds(15));
  ASSERT_THAT(Names(down), ElementsAre("node_state_changed"));
  EXPECT_THAT(down[0].node_state_changed().carried_services(), IsEmpty());
  nodes_[1]["Status"]["State"] = "ready";
  const Events back = Read();
  ASSERT_THAT(Names(back), ElementsAre("node_state_changed"));
  EXPECT_THAT(back[0].node_state_changed().carried_services(), ElementsAre("shop_web"));
}

// After a change of the leader all nodes are unknown; those that are well say so soon.
TEST_F(NodesTest, GoDownThatWereUnknownAtTheBaseline) {
  context_.node_down_after = absl::Seconds(15);
  nodes_[0]["Status"]["State"] = nodes_[1]["Status"]["State"] = "unknown";
  Read();
  nodes_[0]["Status"]["State"] = "ready";
  EXPECT_THAT(Read(), IsEmpty());
  nodes_[1]["Status"]["State"] = "down";
  EXPECT_THAT(Read(), IsEmpty());
  const Events down = Read(absl::Seconds(15));
  ASSERT_THAT(Names(down), ElementsAre("node_state_changed"));
  EXPECT_EQ(down[0].resource().name(), "host2");
  EXPECT_EQ(down[0].node_state_changed().current_state(), v1::NODE_STATE_DOWN);
  nodes_[1]["Status"]["State"] = "ready";
  EXPECT_THAT(Names(Read()), ElementsAre("node_state_changed"));
}

TEST_F(NodesTest, GoDownAlikeForACollectorThatKnewThemReady) {
  Known other;
  Read();
  nodes_[1]["Status"]["State"] = "unknown";
  ReadBy(other);
  nodes_[1]["Status"]["State"] = "down";
  const Events known_ready = Read();
  const Events unknown = ReadBy(other);
  ASSERT_THAT(Names(unknown), ElementsAre("node_state_changed"));
  EXPECT_EQ(unknown[0].event_id(), known_ready[0].event_id());
}

TEST_F(NodesTest, ThatWereDownAtTheBaselineAreNoNews) {
  nodes_[1]["Status"]["State"] = "down";
  EXPECT_THAT(Read(), IsEmpty());
  EXPECT_THAT(Read(absl::Minutes(1)), IsEmpty());
}

TEST_F(NodesTest, OfOneHostnameAreToldApart) {
  nodes_[0] = NodeJson("k3j2h1aa", "web1");
  nodes_[1] = NodeJson("p9q8r7bb", "web1");
  services_.push_back(ServiceJson("s1", "shop_web", 1));
  tasks_.push_back(TaskJson("t1", "s1", 1, "running"));
  tasks_[0]["NodeID"] = "p9q8r7bb";
  Read();
  nodes_[0]["Spec"]["Availability"] = "drain";
  tasks_[0]["Status"]["State"] = "failed";
  const Events events = Read();
  ASSERT_THAT(Names(events), ElementsAre("node_availability_changed", "task_failed"));
  EXPECT_EQ(events[0].resource().name(), "web1 (k3j2h1)");
  EXPECT_EQ(events[0].node_availability_changed().node().hostname(), "web1 (k3j2h1)");
  EXPECT_EQ(events[1].task_failed().task().node_hostname(), "web1 (p9q8r7)");
}

// A host that left and joined again is another node; the old one stays in the list until it is removed.
TEST_F(NodesTest, OfOneHostnameAndAlikeIdentifiersAreToldApart) {
  nodes_[0] = NodeJson("nodeabcd1xyz", "db");
  nodes_[0]["Status"]["State"] = "down";
  nodes_[1] = NodeJson("nodeabcd2xyz", "db");
  Read();
  nodes_.erase(0);
  const Events events = Read();
  ASSERT_THAT(Names(events), ElementsAre("node_disappeared"));
  EXPECT_EQ(events[0].resource().name(), "db (nodeabcd1)");
  nodes_[0]["Spec"]["Availability"] = "pause";
  EXPECT_EQ(Read()[0].resource().name(), "db");
}

TEST_F(NodesTest, CountTasksOfGlobalServicesApart) {
  services_.push_back(ServiceJson("s1", "shop_web", 2));
  services_.push_back(ServiceJson("s2", "metrics_agent", 0));
  Spec(1)["Mode"] = {{"Global", Json::object()}};
  tasks_.push_back(TaskJson("t1", "s1", 1, "running"));
  tasks_.push_back(TaskJson("t2", "s2", 0, "running"));
  tasks_.push_back(TaskJson("t3", "s1", 2, "running"));
  Read();
  nodes_[0]["Spec"]["Availability"] = "drain";
  const Events events = Read();
  ASSERT_THAT(Names(events), ElementsAre("node_availability_changed"));
  const v1::NodeSummary& node = events[0].node_availability_changed().node();
  EXPECT_EQ(node.running_tasks(), 2u);
  EXPECT_EQ(node.global_tasks(), 1u);
  EXPECT_THAT(node.services(), ElementsAre("metrics_agent", "shop_web"));
}

// The tests look at the second of three managers.
class ManagersTest : public NodesTest {
 protected:
  ManagersTest() {
    nodes_.push_back(NodeJson("n3", "host3"));
    SetManager(0, "reachable", true);
    SetManager(2, "reachable");
  }
};

TEST_F(ManagersTest, TellReachabilityOnlyOfSettledManagers) {
  context_.node_down_after = absl::ZeroDuration();
  Read();
  SetManager(1, "unreachable");
  EXPECT_THAT(Names(Read()), ElementsAre("node_role_changed"));
  SetManager(1, "reachable");
  EXPECT_THAT(Read(), IsEmpty());
  SetManager(1, "unreachable");
  EXPECT_THAT(Names(Read()), ElementsAre("node_reachability_changed", "quorum_in_danger"));
  SetManager(1, "reachable");
  EXPECT_THAT(Names(Read()), ElementsAre("node_reachability_changed", "quorum_safe"));
  nodes_[1]["Spec"]["Role"] = "worker";
  nodes_[1]["ManagerStatus"]["Reachability"] = "unreachable";
  EXPECT_THAT(Names(Read()), ElementsAre("node_role_changed"));
  nodes_[1].erase("ManagerStatus");
  EXPECT_THAT(Read(), IsEmpty());
}

TEST_F(ManagersTest, DoNotTellAManagerThatIsUnreachableForAMoment) {
  context_.node_down_after = absl::Hours(1);
  SetManager(1, "reachable");
  Read();
  SetManager(1, "unreachable");
  EXPECT_THAT(Read(), IsEmpty());
  SetManager(1, "reachable");
  EXPECT_THAT(Read(), IsEmpty());
}

TEST_F(ManagersTest, TellAManagerThatStaysUnreachableAlthoughNothingElseOfItMoves) {
  context_.node_down_after = absl::Nanoseconds(1);
  SetManager(1, "reachable");
  Read();
  SetManager(1, "unreachable");
  EXPECT_THAT(Read(), IsEmpty());
  EXPECT_THAT(Names(Read()), ElementsAre("node_reachability_changed", "quorum_in_danger"));
  EXPECT_THAT(Read(), IsEmpty());
}

TEST_F(ManagersTest, DoNotBelieveALeaderThatIsCutOffFromTheOthers) {
  context_.node_down_after = absl::ZeroDuration();
  SetManager(1, "reachable");
  Read();
  SetManager(1, "unreachable");
  SetManager(2, "unreachable");
  nodes_[1]["Status"]["State"] = "down";
  nodes_.erase(2);
  SetManager(0, "unreachable", true);
  EXPECT_THAT(Read(), IsEmpty());
  nodes_.push_back(NodeJson("n3", "host3"));
  nodes_[1]["Status"]["State"] = "ready";
  for (const int node : {0, 1, 2}) SetManager(node, "reachable", node == 0);
  EXPECT_THAT(Read(), IsEmpty());
}

class QuorumTest : public ManagersTest {
 protected:
  QuorumTest() {
    context_.node_down_after = absl::ZeroDuration();
    SetManager(1, "reachable");
  }
  void AddManagers(int until) {
    for (int i = static_cast<int>(nodes_.size()); i < until; ++i) {
      nodes_.push_back(NodeJson("n" + std::to_string(i + 1), "host" + std::to_string(i + 1)));
      SetManager(i, "reachable");
    }
  }
};

TEST_F(QuorumTest, IsInDangerWhenOneMoreLossIsTooMuch) {
  AddManagers(5);
  Read();
  SetManager(3, "unreachable");
  EXPECT_THAT(Names(Read()), ElementsAre("node_reachability_changed"));
  SetManager(4, "unreachable");
  const Events danger = Read();
  ASSERT_THAT(Names(danger), ElementsAre("node_reachability_changed", "quorum_in_danger"));
  EXPECT_EQ(danger[1].quorum_in_danger().managers().managers(), 5u);
  EXPECT_EQ(danger[1].quorum_in_danger().managers().reachable(), 3u);
  EXPECT_EQ(danger[1].resource().kind(), v1::RESOURCE_KIND_SWARM);
  EXPECT_EQ(danger[1].resource().id(), context_.cluster.id());
  EXPECT_THAT(Read(), IsEmpty());
  SetManager(3, "reachable");
  const Events safe = Read();
  ASSERT_THAT(Names(safe), ElementsAre("node_reachability_changed", "quorum_safe"));
  EXPECT_EQ(safe[1].quorum_safe().managers().reachable(), 4u);
}

TEST_F(QuorumTest, IsSafeAgainWhenTheLostManagerIsRemoved) {
  Read();
  SetManager(1, "unreachable");
  EXPECT_THAT(Names(Read()), ElementsAre("node_reachability_changed", "quorum_in_danger"));
  nodes_.erase(1);
  EXPECT_THAT(Names(Read()), ElementsAre("node_disappeared", "quorum_safe"));
}

TEST_F(QuorumTest, IsNotInDangerWithoutALostManager) {
  Read();
  nodes_.erase(1);
  EXPECT_THAT(Names(Read()), ElementsAre("node_disappeared"));
  AddManagers(4);
  EXPECT_THAT(Names(Read()), testing::Not(testing::Contains("quorum_in_danger")));
}

// The first reading tells nothing, and the end of a danger that it shows is reported.
TEST_F(QuorumTest, IsNotReportedAtTheBaseline) {
  SetManager(1, "unreachable");
  EXPECT_THAT(Read(), IsEmpty());
  EXPECT_THAT(Read(), IsEmpty());
  SetManager(1, "reachable");
  EXPECT_THAT(Names(Read()), ElementsAre("node_reachability_changed", "quorum_safe"));
}

TEST_F(QuorumTest, HasOneIdentifierOnAllCollectors) {
  Known other;
  Read();
  ReadBy(other);
  SetManager(1, "unreachable");
  const Events one = Read();
  const Events two = ReadBy(other);
  ASSERT_EQ(one.size(), 2u);
  ASSERT_EQ(two.size(), 2u);
  EXPECT_EQ(one[1].event_id(), two[1].event_id());
}

TEST_F(NodesTest, TellChangedLabelsWithoutSecrets) {
  nodes_[1]["Spec"]["Labels"] = {{"zone", "a"}, {"rack", "7"}, {"join-token", "hunter2"}};
  EXPECT_THAT(Read(), IsEmpty());
  nodes_[1]["Spec"]["Labels"] = {{"zone", "b"}, {"disk", "ssd"}, {"join-token", "hunter3"}};
  const Events events = Read();
  ASSERT_THAT(Names(events), ElementsAre("node_labels_changed"));
  EXPECT_EQ(events[0].resource().id(), "n2");
  std::vector<std::string> names;
  for (const v1::FieldChange& field : events[0].node_labels_changed().fields()) {
    EXPECT_EQ(field.group(), "Labels");
    EXPECT_EQ(field.masked(), field.name() == "join-token");
    names.push_back(field.name());
  }
  EXPECT_THAT(names, testing::UnorderedElementsAre("zone", "rack", "disk", "join-token"));
  EXPECT_THAT(events[0].DebugString(), testing::Not(testing::HasSubstr("hunter")));
  EXPECT_THAT(Read(), IsEmpty());
}

TEST_F(NodesTest, TellANewLeaderOnce) {
  SetManager(0, "reachable", true);
  SetManager(1, "reachable");
  Read();
  SetManager(0, "reachable", false);
  EXPECT_THAT(Read(), IsEmpty());
  SetManager(1, "reachable", true);
  const Events events = Read();
  ASSERT_THAT(Names(events), ElementsAre("leader_changed"));
  EXPECT_EQ(events[0].resource().id(), "n2");
  EXPECT_EQ(events[0].leader_changed().previous_leader().hostname(), "host1");
  EXPECT_THAT(Read(), IsEmpty());
}

}  // namespace
}  // namespace swarmbell
