// Alarms that a subscriber reports, which may be anybody.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "common/time/proto_time.h"
#include "tests/collector/diff/swarm_fixture.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class AdoptTest : public SwarmFixture {
 protected:
  AdoptTest() {
    services_.push_back(ServiceJson("s1", "web", 1));
    nodes_ = Json::array({NodeJson("n1", "host1")});
    tasks_ = Json::array({TaskJson("t1", "s1", 1, "running")});
  }

  v1::ChangeEvent Alarm(v1::ResourceKind kind, const std::string& id) const {
    v1::ChangeEvent alarm;
    alarm.set_event_id("e1");
    *alarm.mutable_cluster() = context_.cluster;
    *alarm.mutable_observe_time() = ToProto(now_);
    alarm.mutable_resource()->set_kind(kind);
    alarm.mutable_resource()->set_id(id);
    alarm.mutable_resource()->set_name("name");
    alarm.mutable_resource()->set_stack("forged");
    (*alarm.mutable_resource()->mutable_labels())["swarmbell.mention"] = "@channel";
    return alarm;
  }
  v1::ChangeEvent Degraded(const std::string& id) const {
    v1::ChangeEvent alarm = Alarm(v1::RESOURCE_KIND_SERVICE, id);
    alarm.mutable_service_degraded();
    return alarm;
  }
  v1::ChangeEvent Restarting(const std::string& id) const {
    v1::ChangeEvent alarm = Alarm(v1::RESOURCE_KIND_CONTAINER, id);
    v1::ContainerSummary& container = *alarm.mutable_container_restarting()->mutable_container();
    container.set_node_id(context_.observer.node_id());
    container.set_node_hostname("forged");
    container.set_image("forged");
    container.set_status("forged");
    return alarm;
  }

  Events Adopt(Events& alarms) { return AdoptAlarms(known_, alarms, Look(absl::Seconds(10)), context_); }
  Events Adopt(const v1::ChangeEvent& alarm) {
    Events alarms = {alarm};
    return Adopt(alarms);
  }
};

TEST_F(AdoptTest, OfAnObjectThatIsGoneOnlyIdentifierKindAndNameAreBelieved) {
  Read();
  v1::ChangeEvent service = Degraded("gone");
  service.mutable_resource()->set_name("a\nb\x1b" + std::string(197, 'x') + "\xc3\xa9\xc3\xa9");
  const Events gone = Adopt(service);
  ASSERT_THAT(Names(gone), ElementsAre("service_disappeared"));
  EXPECT_EQ(gone[0].resource().id(), "gone");
  EXPECT_EQ(gone[0].resource().name(), "ab" + std::string(197, 'x'));
  EXPECT_EQ(gone[0].resource().stack(), "");
  EXPECT_THAT(gone[0].resource().labels(), IsEmpty());

  v1::ChangeEvent node = Alarm(v1::RESOURCE_KIND_NODE, "gone");
  node.mutable_node_state_changed()->mutable_node()->set_address("forged");
  const Events lost = Adopt(node);
  ASSERT_THAT(Names(lost), ElementsAre("node_disappeared"));
  EXPECT_EQ(lost[0].node_disappeared().node().hostname(), "name");
  EXPECT_EQ(lost[0].node_disappeared().node().address(), "");

  const Events recovered = Adopt(Restarting("gone"));
  ASSERT_THAT(Names(recovered), ElementsAre("container_recovered"));
  EXPECT_EQ(recovered[0].DebugString().find("forged"), std::string::npos) << recovered[0].DebugString();
  EXPECT_EQ(recovered[0].container_recovered().container().node_hostname(), context_.observer.hostname());
}

TEST_F(AdoptTest, AnIdentifierThatNoEngineGivesIsIgnored) {
  Read();
  for (const std::string& id :
       {std::string(), std::string("a b"), std::string("\x1b[31m"), std::string(65, 'a')}) {
    EXPECT_THAT(Adopt(Degraded(id)), IsEmpty());
    v1::ChangeEvent task = Alarm(v1::RESOURCE_KIND_TASK, "t9");
    task.mutable_task_unschedulable()->mutable_task()->set_service_id(id);
    EXPECT_THAT(Adopt(task), IsEmpty());
  }
}

TEST_F(AdoptTest, ATimeIsWithinTheLast30Days) {
  Read();
  for (const std::int64_t seconds :
       {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
    known_.shortages.clear();
    v1::ChangeEvent alarm = Degraded("s1");
    alarm.mutable_service_degraded()->mutable_start_time()->set_seconds(seconds);
    EXPECT_THAT(Adopt(alarm), IsEmpty());
    const absl::Time now = Look(absl::ZeroDuration()).read_time;
    EXPECT_EQ(known_.shortages.at("s1").since, seconds < 0 ? now - absl::Hours(30 * 24) : now);
  }
}

TEST_F(AdoptTest, AnObjectThatOnlyTheFreshReadingHasIsNotGone) {
  Read();
  services_.push_back(ServiceJson("s2", "new", 1));
  nodes_.push_back(NodeJson("n2", "host2"));
  containers_ = Json::array({ContainerJson("c2", "running", "Up")});
  v1::ChangeEvent node = Alarm(v1::RESOURCE_KIND_NODE, "n2");
  node.mutable_node_state_changed();
  Events alarms = {Degraded("s2"), node, Restarting("c2"), Degraded("gone")};
  EXPECT_THAT(Names(Adopt(alarms)), ElementsAre("service_disappeared"));
  EXPECT_THAT(alarms, SizeIs(3));
  Read();
  EXPECT_THAT(Adopt(alarms), IsEmpty());
  EXPECT_THAT(alarms, IsEmpty());
  EXPECT_TRUE(known_.shortages.contains("s2"));
}

TEST_F(AdoptTest, NothingIsGoneWithoutAFreshList) {
  Read();
  Events alarms = {Degraded("gone")};
  EXPECT_THAT(AdoptAlarms(known_, alarms, Snapshot(), context_), IsEmpty());
  EXPECT_THAT(alarms, SizeIs(1));
}

TEST_F(AdoptTest, AStateThatIsNoAlarmIsIgnored) {
  Read();
  v1::ChangeEvent state = Alarm(v1::RESOURCE_KIND_NODE, "n1");
  state.mutable_node_state_changed()->set_current_state(static_cast<v1::NodeState>(77));
  v1::ChangeEvent availability = Alarm(v1::RESOURCE_KIND_NODE, "n1");
  availability.mutable_node_availability_changed()->set_current_availability(
      static_cast<v1::NodeAvailability>(77));
  EXPECT_THAT(Adopt(state), IsEmpty());
  EXPECT_THAT(Adopt(availability), IsEmpty());
  EXPECT_THAT(Read(), IsEmpty());
}

}  // namespace
}  // namespace swarmbell
