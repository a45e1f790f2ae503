// Changes of services.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/collector/diff/swarm_fixture.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ServicesTest : public SwarmFixture {
 protected:
  ServicesTest() { services_.push_back(ServiceJson("s1", "web", 2)); }
};

TEST_F(ServicesTest, TellNothingAtTheBaselineNorWithoutAChange) {
  EXPECT_THAT(Read(), IsEmpty());
  EXPECT_THAT(Read(), IsEmpty());
}

TEST_F(ServicesTest, AppearAndDisappear) {
  Read();
  services_.push_back(ServiceJson("s2", "db", 1));
  const Events appeared = Read();
  ASSERT_THAT(Names(appeared), ElementsAre("service_appeared"));
  EXPECT_EQ(appeared[0].action(), v1::ACTION_CREATED);
  EXPECT_EQ(appeared[0].resource().name(), "db");
  EXPECT_EQ(appeared[0].resource().stack(), "shop");
  EXPECT_EQ(appeared[0].event_id().size(), 32u);
  services_.erase(1);
  const Events disappeared = Read();
  ASSERT_THAT(Names(disappeared), ElementsAre("service_disappeared"));
  EXPECT_EQ(disappeared[0].action(), v1::ACTION_REMOVED);
}

TEST_F(ServicesTest, DisappearOnlyFromACompleteListing) {
  Read();
  Snapshot without_services;
  without_services.read_time = now_;
  without_services.nodes.emplace();
  EXPECT_THAT(Diff(known_, without_services, context_), IsEmpty());
  EXPECT_THAT(Read(), IsEmpty());
}

TEST_F(ServicesTest, TellBothOfAServiceMadeAgainUnderItsName) {
  Read();
  services_[0]["ID"] = "s9";
  EXPECT_THAT(Names(Read()), ElementsAre("service_disappeared", "service_appeared"));
}

TEST_F(ServicesTest, TellEachPartOfTheSpecOnItsOwn) {
  Read();
  Container()["Env"] = {"A=1"};
  Spec()["EndpointSpec"] = {{"Mode", "dnsrr"}};
  Spec()["Mode"]["Replicated"]["Replicas"] = 3;
  Spec()["UpdateConfig"] = {{"Parallelism", 2}};
  Spec()["RollbackConfig"] = {{"Order", "start-first"}};
  Spec()["Labels"]["x"] = "y";
  const Events events = Read();
  ASSERT_THAT(Names(events), ElementsAre("service_task_template_changed", "service_endpoint_spec_changed",
                                         "service_mode_changed", "service_update_config_changed",
                                         "service_rollback_config_changed", "service_labels_changed"));
  EXPECT_EQ(events[2].service_mode_changed().previous_mode().replicas(), 2u);
  EXPECT_EQ(events[2].service_mode_changed().current_mode().replicas(), 3u);
}

// The command line sends all settings of updates as soon as one of them is given.
TEST_F(ServicesTest, TellOfTheSettingsOfUpdatesOnlyThoseThatAreNotTheDefaults) {
  const Json defaults = {{"Parallelism", 1},
                         {"FailureAction", "pause"},
                         {"Monitor", 5'000'000'000},
                         {"MaxFailureRatio", 0},
                         {"Order", "stop-first"}};
  Read();
  Spec()["UpdateConfig"] = Spec()["RollbackConfig"] = defaults;
  EXPECT_THAT(Read(), IsEmpty());
  Spec()["UpdateConfig"]["Delay"] = 10'000'000'000;
  const Events events = Read();
  ASSERT_THAT(Names(events), ElementsAre("service_update_config_changed"));
  ASSERT_EQ(events[0].service_update_config_changed().fields_size(), 1);
  const v1::FieldChange& delay = events[0].service_update_config_changed().fields(0);
  EXPECT_EQ(delay.name(), "Delay");
  EXPECT_EQ(delay.previous_value(), "0s");
  EXPECT_EQ(delay.current_value(), "10s");
  Spec().erase("UpdateConfig");
  Spec().erase("RollbackConfig");
  EXPECT_THAT(Names(Read()), ElementsAre("service_update_config_changed"));
  Spec()["UpdateConfig"]["Parallelism"] = 0;  // all at once
  EXPECT_THAT(Names(Read()), ElementsAre("service_update_config_changed"));
}

TEST_F(ServicesTest, TellNothingOfFieldsThatMoveByThemselves) {
  Read();
  services_[0]["Version"]["Index"] = 99;
  services_[0]["UpdatedAt"] = "2026-11-22T12:00:00Z";
  services_[0]["Endpoint"] = {{"Ports", {1}}};
  services_[0]["PreviousSpec"] = {{"Name", "x"}};
  services_[0]["JobStatus"] = {{"LastExecution", "x"}};
  Spec()["TaskTemplate"]["Resources"] = {{"Limits", Json::object()}, {"MemorySwappiness", nullptr}};
  Container()["Env"] = Json::array();
  EXPECT_THAT(Read(), IsEmpty());
}

TEST_F(ServicesTest, FoldOldNetworksIntoTheTaskTemplate) {
  Spec()["Networks"] = Json::array({{{"Target", "net1"}}});
  Read();
  Spec().erase("Networks");
  Spec()["TaskTemplate"]["Networks"] = Json::array({{{"Target", "net1"}}});
  EXPECT_THAT(Read(), IsEmpty());
}

TEST_F(ServicesTest, TakeKeysOfAnotherEngineAsANewBaseline) {
  Container()["Env"] = {"A=1"};
  Read();
  server_ = "Docker/29.7.2 (linux)";
  Container()["Privileges"] = {{"NoNewPrivileges", false}};
  Spec()["TaskTemplate"]["Runtime"] = "container";
  Container()["Env"] = {"A=1", "B=2"};
  const Events events = Read();
  ASSERT_THAT(Names(events), ElementsAre("service_task_template_changed"));
  ASSERT_EQ(events[0].service_task_template_changed().fields_size(), 1);
  EXPECT_EQ(events[0].service_task_template_changed().fields(0).name(), "B");
  Container()["Privileges"] = {{"NoNewPrivileges", true}};
  EXPECT_THAT(Names(Read()), ElementsAre("service_task_template_changed"));
}

TEST_F(ServicesTest, HideSecretsInEveryText) {
  Spec()["Labels"]["api-token"] = "hunter2";
  Container()["Env"] = {"PASSWORD=hunter2"};
  Read();
  Container()["Env"] = {"PASSWORD=hunter3"};
  services_.push_back(services_[0]);
  services_[1]["ID"] = "s2";
  services_[0]["UpdateStatus"] = Status("paused", 10, "look at http://u:hunter2@h/");
  tasks_.push_back(TaskJson("t1", "s1", 1, "failed"));
  tasks_[0]["Status"]["Err"] = "exec --password=hunter2";
  std::string all;
  for (const v1::ChangeEvent& event : Read()) all += event.DebugString();
  EXPECT_THAT(all, testing::Not(testing::HasSubstr("hunter")));
  EXPECT_THAT(all, testing::HasSubstr("masked: true"));
  EXPECT_EQ(all.find('\x02'), std::string::npos);
  EXPECT_THAT(all, testing::Not(testing::HasSubstr("\\002")));
}

TEST_F(ServicesTest, HaveTheSameIdentifiersOnEveryCollector) {
  Known other;
  Read();
  ReadBy(other);
  Container()["Env"] = {"A=1"};
  services_[0]["Version"]["Index"] = 11;
  services_[0]["UpdateStatus"] = Status("updating", 10);
  Events first = Read(absl::Seconds(1));
  services_[0]["Version"]["Index"] = 12;
  services_[0]["UpdateStatus"] = Status("completed", 10);
  for (auto& event : Read(absl::Seconds(1))) first.push_back(event);
  context_.observer.set_node_id("n2");
  const Events second = ReadBy(other, absl::Seconds(3));
  ASSERT_THAT(Names(second), ElementsAre("service_task_template_changed", "service_update_state_changed",
                                         "service_update_state_changed"));
  ASSERT_EQ(first.size(), second.size());
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(first[i].event_id(), second[i].event_id()) << i;
}

TEST_F(ServicesTest, GiveChangesThereAndBackDifferentIdentifiers) {
  Read();
  std::set<std::string> ids;
  for (int i = 0; i < 4; ++i) {
    Spec()["Labels"]["x"] = i % 2 == 0 ? "a" : "b";
    services_[0]["Version"]["Index"] = 11 + i;
    const Events events = Read();
    ASSERT_EQ(events.size(), 1u);
    ids.insert(events[0].event_id());
  }
  EXPECT_EQ(ids.size(), 4u);
}

}  // namespace
}  // namespace swarmbell
