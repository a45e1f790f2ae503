// Secrets, configs and networks that come and go, and the swarm's settings.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/collector/diff/swarm_fixture.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class SharedObjectsTest : public SwarmFixture {
 protected:
  static Json File(const std::string& id, const std::string& name) {
    return {{"ID", id},
            {"Version", {{"Index", 7}}},
            {"CreatedAt", "2026-11-22T11:00:00Z"},
            {"Spec",
             {{"Name", name}, {"Data", "c2VjcmV0"}, {"Labels", {{"com.docker.stack.namespace", "shop"}}}}}};
  }
  static Json Network(const std::string& id, const std::string& scope) {
    return {{"Id", id},
            {"Name", id + "-name"},
            {"Created", "2026-11-22T11:00:00Z"},
            {"Scope", scope},
            {"Driver", "overlay"},
            {"Attachable", true},
            {"Labels", Json::object()}};
  }

  Events ReadShared() {
    Snapshot fresh = Look(absl::Seconds(10));
    fresh.secrets = reader_.Secrets().Read(secrets_.dump()).value();
    fresh.configs = reader_.Configs().Read(configs_.dump()).value();
    fresh.networks = reader_.ReadNetworks(networks_.dump()).value();
    fresh.settings = reader_.ReadSettings(swarm_.dump(), server_).value();
    return Diff(known_, fresh, context_);
  }

  Json secrets_ = Json::array({File("sec1", "db_v1")});
  Json configs_ = Json::array();
  Json networks_ = Json::array({Network("net1", "swarm")});
  Json swarm_ = {{"ID", "cluster"},
                 {"Version", {{"Index", 12}}},
                 {"UpdatedAt", "2026-11-22T12:00:00Z"},
                 {"Spec",
                  {{"Orchestration", {{"TaskHistoryRetentionLimit", 5}}},
                   {"CAConfig", {{"NodeCertExpiry", 7776000000000000}}},
                   {"EncryptionConfig", {{"AutoLockManagers", false}}}}},
                 {"TLSInfo", {{"TrustRoot", "-----BEGIN CERTIFICATE-----\nAAAA\n"}}},
                 {"RootRotationInProgress", false},
                 {"JoinTokens", {{"Worker", "SWMTKN-1-root-worker"}, {"Manager", "SWMTKN-1-root-manager"}}}};
};

TEST_F(SharedObjectsTest, WhatExistsAtTheBaselineIsNoNews) {
  EXPECT_THAT(ReadShared(), IsEmpty());
  EXPECT_THAT(ReadShared(), IsEmpty());
  EXPECT_THAT(Read(), IsEmpty());  // a reading without them
  EXPECT_THAT(ReadShared(), IsEmpty());
}

TEST_F(SharedObjectsTest, TellWhatIsCreatedAndRemoved) {
  ReadShared();
  secrets_ = Json::array({File("sec2", "db_v2")});
  configs_ = Json::array({File("cfg1", "nginx")});
  networks_ = Json::array({Network("net2", "swarm")});
  const Events events = ReadShared();
  ASSERT_THAT(Names(events), ElementsAre("secret_removed", "secret_created", "config_created",
                                         "network_removed", "network_created"));
  EXPECT_EQ(events[0].resource().name(), "db_v1");
  EXPECT_EQ(events[0].action(), v1::ACTION_REMOVED);
  EXPECT_EQ(events[1].resource().kind(), v1::RESOURCE_KIND_SECRET);
  EXPECT_EQ(events[1].resource().stack(), "shop");
  EXPECT_TRUE(events[1].has_occur_time());
  EXPECT_EQ(events[4].network_created().driver(), "overlay");
  EXPECT_TRUE(events[4].network_created().attachable());
  EXPECT_FALSE(events[4].has_occur_time());
  for (const v1::ChangeEvent& event : events) EXPECT_THAT(event.DebugString(), Not(HasSubstr("c2Vj")));
}

TEST_F(SharedObjectsTest, AnotherVersionIsNoChange) {
  ReadShared();
  secrets_[0]["Version"]["Index"] = 8;
  secrets_[0]["Spec"]["Labels"]["owner"] = "db";
  EXPECT_THAT(ReadShared(), IsEmpty());
}

TEST_F(SharedObjectsTest, TellTheSettingsOfTheSwarmThatDifferAndNoToken) {
  ReadShared();
  swarm_["Version"]["Index"] = 20;
  swarm_["Spec"]["Orchestration"]["TaskHistoryRetentionLimit"] = 2;
  swarm_["Spec"]["EncryptionConfig"]["AutoLockManagers"] = true;
  swarm_["Spec"]["CAConfig"]["SigningCAKey"] = "-----BEGIN EC PRIVATE KEY-----";
  swarm_["RootRotationInProgress"] = true;
  swarm_["JoinTokens"]["Worker"] = "SWMTKN-1-root-other";
  const Events events = ReadShared();
  ASSERT_THAT(Names(events), ElementsAre("swarm_settings_changed"));
  std::map<std::string, std::string> fields;
  for (const v1::FieldChange& field : events[0].swarm_settings_changed().fields()) {
    fields[field.group() + "/" + field.name()] = field.previous_value() + " -> " + field.current_value();
  }
  EXPECT_THAT(fields, testing::UnorderedElementsAre(
                          testing::Pair("Tasks/Task history limit", "5 -> 2"),
                          testing::Pair("Encryption/Autolock", "false -> true"),
                          testing::Pair("Certificates/Rotation in progress", "false -> true"),
                          testing::Pair("Join tokens/Worker token", "•••• -> ••••")));
  EXPECT_EQ(events[0].resource().kind(), v1::RESOURCE_KIND_SWARM);
  EXPECT_THAT(known_.settings->text, Not(HasSubstr("SWMTKN")));
  EXPECT_THAT(known_.settings->text, Not(HasSubstr("PRIVATE")));
  EXPECT_THAT(known_.settings->text, Not(HasSubstr("BEGIN CERT")));
}

TEST_F(SharedObjectsTest, AnotherRootCertificateHasAnotherFingerprint) {
  ReadShared();
  swarm_["TLSInfo"]["TrustRoot"] = "-----BEGIN CERTIFICATE-----\nBBBB\n";
  const Events events = ReadShared();
  ASSERT_THAT(Names(events), ElementsAre("swarm_settings_changed"));
  const v1::FieldChange& field = events[0].swarm_settings_changed().fields(0);
  EXPECT_EQ(field.name(), "Root certificate");
  EXPECT_EQ(field.current_value().size(), 16u);
  EXPECT_NE(field.current_value(), field.previous_value());
}

TEST_F(SharedObjectsTest, AnotherEngineThatKnowsMoreSettingsChangesNone) {
  ReadShared();
  server_ = "Docker/29.0";
  swarm_["Spec"]["Raft"] = {{"SnapshotInterval", 10000}};
  swarm_["DataPathPort"] = 4789;
  EXPECT_THAT(ReadShared(), IsEmpty());
  swarm_["Spec"]["Raft"]["SnapshotInterval"] = 5000;
  EXPECT_THAT(Names(ReadShared()), ElementsAre("swarm_settings_changed"));
}

TEST_F(SharedObjectsTest, AFirstReadingTellsSecretsAndConfigsThatAreNew) {
  secrets_[0]["CreatedAt"] = "2026-11-22T12:15:00Z";
  Snapshot first = Look(absl::ZeroDuration());
  first.read_time = absl::FromCivil(absl::CivilSecond(2026, 11, 22, 12, 20, 0), absl::UTCTimeZone());
  first.secrets = reader_.Secrets().Read(secrets_.dump()).value();
  const Events events = Recollect(first, context_);
  ASSERT_THAT(Names(events), ElementsAre("secret_created"));
  EXPECT_TRUE(events[0].recollected());
}

}  // namespace
}  // namespace swarmbell
