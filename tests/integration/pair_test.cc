// Both programs, as they are shipped, between an engine that gives recorded answers and webhooks.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "absl/time/clock.h"
#include "tests/common/grpc/test_certificates.h"
#include "tests/fakes/fake_engine_server.h"
#include "tests/fakes/free_port.h"
#include "tests/fakes/redis_server.h"
#include "tests/integration/program.h"

namespace swarmbell {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Recorded(const std::string& name) {
  std::ostringstream text;
  text << std::ifstream(std::string(SWARMBELL_BINARY_DIR) + "/engine-answers/" + name).rdbuf();
  EXPECT_FALSE(text.str().empty()) << name;
  return text.str();
}

// The identifier of the node `d1`, which was asked.
std::string AskedNode(const std::string& nodes) {
  for (const auto& node : nlohmann::json::parse(nodes)) {
    if (node["Description"]["Hostname"] == "d1") return node["ID"];
  }
  return "";
}

class PairTest : public testing::Test {
 protected:
  using Environment = std::map<std::string, std::string>;

  PairTest() {
    engine_.Answer("/version",
                   {.body = R"({"Version":"20.10.24","ApiVersion":"1.41","MinAPIVersion":"1.12"})"});
    engine_.Answer("/events", {.ending = FakeEnding::kStream});
    engine_.Answer("/networks", {.body = "[]"});
    Show("service-scale/00-before");
    const nlohmann::json info = {{"Name", "d1"},
                                 {"Swarm",
                                  {{"NodeID", AskedNode(Recorded("service-scale/00-before.nodes.json"))},
                                   {"ControlAvailable", true},
                                   {"Cluster", {{"ID", "cluster1"}, {"Spec", {{"Name", "default"}}}}}}}};
    engine_.Answer("/info", {.body = info.dump()});
    slack_.Answer("/slack", {.body = "ok"});
    teams_.Answer("/teams", {.status = 202});
  }

  void Show(const std::string& reading) {
    engine_.Answer("/services", {.body = Recorded(reading + ".services.json")});
    engine_.Answer("/nodes", {.body = Recorded(reading + ".nodes.json")});
    engine_.Answer("/tasks", {.body = Recorded(reading + ".tasks.json")});
    engine_.Answer("/containers/json", {.body = Recorded(reading + ".containers.json")});
  }

  // Makes the collector read again now.
  void Ring() {
    engine_.StreamTo("/events", R"({"Type":"service","Action":"update"})"
                                "\n");
  }

  void StartCollector(const std::string& stale_after = "0", Environment environment = {}) {
    const std::size_t before = engine_.Count("/services");
    environment.merge(Environment{{"SWARMBELL_DOCKER_HOST", engine_.DockerHost()},
                                  {"SWARMBELL_LISTEN", target_},
                                  {"SWARMBELL_METRICS_LISTEN", "off"},
                                  {"SWARMBELL_POLL_INTERVAL", "200ms"},
                                  {"SWARMBELL_POLL_STALE_AFTER", stale_after},
                                  {"SWARMBELL_CLUSTER_NAME", "test"}});
    collector_ = std::make_unique<RunningProgram>(SWARMBELL_COLLECTOR, environment);
    // The first reading, from which all is told, is over when another one begins. A busy machine takes so
    // long to answer that the list would not be read again for a while by itself.
    ASSERT_TRUE(engine_.WaitForStreams("/events", ++starts_));
    ASSERT_TRUE(engine_.WaitForRequests("/services", before + 1));
    Ring();
    ASSERT_TRUE(engine_.WaitForRequests("/services", before + 2));
  }

  void StartNotifier(Environment environment = {}) {
    environment.merge(Environment{{"SWARMBELL_COLLECTORS", target_},
                                  {"SWARMBELL_LISTEN", "127.0.0.1:0"},
                                  {"SWARMBELL_METRICS_LISTEN", "off"},
                                  {"SWARMBELL_GROUPING_WINDOW", "0"},
                                  {"SWARMBELL_SLACK_WEBHOOK_URL", slack_.Url("/slack")},
                                  {"SWARMBELL_TEAMS_WEBHOOK_URL", teams_.Url("/teams")}});
    notifier_ = std::make_unique<RunningProgram>(SWARMBELL_NOTIFIER, environment);
    ASSERT_TRUE(notifier_->WaitForOutput("A feed is following"));
  }

  FakeEngineServer engine_, slack_, teams_;
  std::size_t starts_ = 0;
  const std::string target_ = "127.0.0.1:" + std::to_string(FreePort());
  std::unique_ptr<RunningProgram> collector_, notifier_;
};

TEST_F(PairTest, AChangeBecomesOneCardForEachChat) {
  StartCollector();
  StartNotifier();
  Show("service-scale/99-after");
  Ring();
  ASSERT_TRUE(slack_.WaitForRequests("/slack", 1));
  ASSERT_TRUE(teams_.WaitForRequests("/teams", 1));
  const std::string slack = slack_.Requests()[0].body;
  EXPECT_THAT(slack, HasSubstr("Service web scaled 3"));
  EXPECT_EQ(nlohmann::json::parse(slack)["attachments"][0]["color"], "#2D7FF9");
  EXPECT_THAT(teams_.Requests()[0].body, HasSubstr("Service web scaled 3"));

  notifier_->Signal(SIGTERM);
  collector_->Signal(SIGTERM);
  EXPECT_EQ(notifier_->Wait(), 0);
  EXPECT_EQ(collector_->Wait(), 0);
  EXPECT_EQ(slack_.Count("/slack"), 1U);
  EXPECT_EQ(teams_.Count("/teams"), 1U);
  EXPECT_THAT(notifier_->Output(), Not(HasSubstr(slack_.Url("/slack"))));
}

// A service that is scaled, then updated; the update is paused. Only the log of the collector still knows the
// first change when the notifier is started again.
TEST_F(PairTest, ARedCardShowsWhatChangedJustBeforeAlsoAfterARestart) {
  Show("service-update-paused/00-before");
  nlohmann::json services = nlohmann::json::parse(Recorded("service-update-paused/00-before.services.json"));
  nlohmann::json& service = services[2];
  ASSERT_EQ(service["Spec"]["Name"], "one");
  const std::string now = absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::Now(), absl::UTCTimeZone());
  const auto change = [&](int version, const char* state) {
    service["Version"]["Index"] = version;
    service["UpdateStatus"] = {{"State", state}, {"StartedAt", now}};
    engine_.Answer("/services", {.body = services.dump()});
    Ring();
  };
  StartCollector();
  StartNotifier();
  service["Spec"]["Mode"]["Replicated"]["Replicas"] = 5;
  service["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"] = "bb:2";
  change(400, "updating");
  ASSERT_TRUE(slack_.WaitForRequests("/slack", 1));
  notifier_->Signal(SIGTERM);
  ASSERT_EQ(notifier_->Wait(), 0);
  StartNotifier({{"SWARMBELL_LOG_LEVEL", "debug"}});
  ASSERT_TRUE(notifier_->WaitForOutput("A collector listed earlier changes"));
  change(410, "paused");
  ASSERT_TRUE(slack_.WaitForRequests("/slack", 2));
  const std::string red = slack_.Requests().back().body;
  EXPECT_THAT(red, HasSubstr("update paused"));
  EXPECT_THAT(red, HasSubstr("Just before"));
  EXPECT_THAT(red, HasSubstr("image 1 → 2, scaled 2"));
  EXPECT_THAT(slack_.Requests()[0].body, Not(HasSubstr("Just before")));
}

TEST_F(PairTest, AnEngineThatFailsRemovesNothing) {
  StartCollector();
  StartNotifier();
  engine_.Answer("/services", {.status = 500, .body = R"({"message":"rpc error"})"});
  Ring();
  ASSERT_TRUE(collector_->WaitForOutput("rpc error"));
  engine_.Answer("/services", {.body = Recorded("service-scale/00-before.services.json"),
                               .ending = FakeEnding::kTruncated});
  engine_.Answer("/nodes", {.body = "[{\"ID\":"});
  Ring();
  Show("service-scale/99-after");
  // The only thing to tell once the engine is well again is what really changed.
  ASSERT_TRUE(slack_.WaitForRequests("/slack", 1));
  EXPECT_THAT(slack_.Requests()[0].body, HasSubstr("Service web scaled 3"));
  EXPECT_THAT(slack_.Requests()[0].body, Not(HasSubstr("removed")));
}

TEST_F(PairTest, TheNotifierFollowsACollectorThatWasKilledAndStartedAgain) {
  StartCollector();
  StartNotifier();
  collector_->Signal(SIGKILL);
  ASSERT_EQ(collector_->Wait(), 128 + SIGKILL);
  StartCollector();
  ASSERT_TRUE(collector_->WaitForOutput("Subscriber connected"));
  Show("service-scale/99-after");
  Ring();
  ASSERT_TRUE(slack_.WaitForRequests("/slack", 1));
  EXPECT_TRUE(notifier_->WaitForOutput("Service web scaled"));
}

// Both ends prove who they are, and a change that nobody watched arrives after the restart.
TEST_F(PairTest, WithCertificatesATokenAndRedisARestartLosesNothing) {
  TestCertificates certificates;
  certificates.MakeAuthority("ca");
  certificates.MakeCertificate("server", "ca");
  certificates.MakeCertificate("client", "ca", "DNS:notifier");
  RedisServer redis({"--requirepass", "s3cr3t"});
  const Environment secured = {{"SWARMBELL_AUTH_TOKEN", "a-token-for-both-of-them"},
                               {"SWARMBELL_REDIS_URL", redis.Url(":s3cr3t@")}};
  Environment of_collector = {{"SWARMBELL_TLS_CERT", certificates.Cert("server")},
                              {"SWARMBELL_TLS_KEY", certificates.Key("server")},
                              {"SWARMBELL_TLS_CLIENT_CA", certificates.Cert("ca")},
                              {"SWARMBELL_TLS_CLIENT_NAMES", "notifier"}};
  of_collector.insert(secured.begin(), secured.end());
  Environment of_notifier = {{"SWARMBELL_TLS_CA", certificates.Cert("ca")},
                             {"SWARMBELL_TLS_CERT", certificates.Cert("client")},
                             {"SWARMBELL_TLS_KEY", certificates.Key("client")}};
  of_notifier.insert(secured.begin(), secured.end());
  StartCollector("0", of_collector);
  StartNotifier(of_notifier);
  collector_->Signal(SIGTERM);
  ASSERT_EQ(collector_->Wait(), 0);
  Show("service-scale/99-after");
  StartCollector("0", of_collector);
  ASSERT_TRUE(slack_.WaitForRequests("/slack", 1));
  EXPECT_THAT(slack_.Requests()[0].body, HasSubstr("Service web scaled 3"));
  notifier_->Signal(SIGTERM);
  EXPECT_EQ(notifier_->Wait(), 0);
}

// As somebody does who is woken by the first card.
TEST_F(PairTest, ACollectorThatIsStartedAnewWhileItIsStaleIsToldToReadAgain) {
  StartCollector("1s");
  StartNotifier();
  engine_.Answer("/services", {.status = 500, .body = R"({"message":"rpc error"})"});
  Ring();
  ASSERT_TRUE(notifier_->WaitForOutput("Collector d1 cannot read the swarm"));
  collector_->Signal(SIGKILL);
  ASSERT_EQ(collector_->Wait(), 128 + SIGKILL);
  StartCollector("1m");
  ASSERT_TRUE(collector_->WaitForOutput("Subscriber connected"));
  Show("service-scale/00-before");
  EXPECT_TRUE(notifier_->WaitForOutput("Collector d1 reads the swarm again"));
}

}  // namespace
}  // namespace swarmbell
