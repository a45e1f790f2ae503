// The collector as it is shipped, with an engine that answers what no engine should: it says so, keeps what
// it knows, claims nothing, and goes on when the engine is sane again.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "common/http/http_client.h"
#include "tests/fakes/fake_engine_server.h"
#include "tests/integration/program.h"

namespace swarmbell {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Info(const std::string& cluster, const std::string& node) {
  return absl::StrCat(R"({"Name":"d1","Swarm":{"NodeID":")", node,
                      R"(","ControlAvailable":true,"Cluster":{"ID":")", cluster,
                      R"(","Spec":{"Name":"default"}}}})");
}

std::string Services(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) {
    absl::StrAppend(
        &list, list.empty() ? "" : ",", R"({"ID":"id-)", name, R"(","Version":{"Index":10},"Spec":{"Name":")",
        name, R"(","TaskTemplate":{"ContainerSpec":{"Image":"a:1"}},"Mode":{"Replicated":{"Replicas":1}}}})");
  }
  return absl::StrCat("[", list, "]");
}

struct Hostility {
  std::string name;
  std::string path;
  FakeAnswer answer;
  std::string said;  // in the warning
  absl::Duration patience = absl::Seconds(20);
  // The other answers; an engine lists another swarm's nodes with another swarm's name.
  std::map<std::string, FakeAnswer> others = {};
};

std::vector<Hostility> Hostilities() {
  const std::string good = Services({"web", "db"});
  const std::string deep(100'000, '[');
  const std::size_t gigabyte = std::size_t{1} << 30;
  const std::string megabyte(std::size_t{1} << 20, ' ');
  const std::map<std::string, FakeAnswer> other_nodes = {{"/nodes", {.body = R"([{"ID":"node9"}])"}}};
  const FakeAnswer drip{.body = good, .ending = FakeEnding::kDrip};
  return {
      {"truncated", "/services", {.body = good, .ending = FakeEnding::kTruncated}, "broke off"},
      {"cut between chunks", "/services", {.body = good, .ending = FakeEnding::kChunkedCut}, "broke off"},
      {"cut in the text", "/services", {.body = good.substr(0, 100)}, "cut off"},
      {"empty", "/services", {.body = ""}, "array"},
      {"null", "/services", {.body = "null"}, "array"},
      {"a web page", "/services", {.body = "<html>Hello</html>"}, "array"},
      {"1 GB announced",
       "/services",
       {.ending = FakeEnding::kHeadersOnly, .announced = gigabyte},
       "is larger than"},
      {"1 GB announced and sent",
       "/services",
       {.body = megabyte, .ending = FakeEnding::kEndless, .announced = gigabyte},
       "is larger than"},
      {"endless", "/services", {.body = megabyte, .ending = FakeEnding::kEndless}, "is larger than"},
      {"wrong types", "/services", {.body = R"([{"ID":"id-web","Spec":[]},{"ID":"id-db"}])"}, "Spec"},
      {"a number for an ID", "/services", {.body = R"([{"ID":7}])"}, "without an identifier"},
      {"nested deep", "/services", {.body = deep}, "not an object"},
      {"nested deep in a field",
       "/services",
       {.body = R"([{"ID":"id-web","Spec":)" + deep + std::string(deep.size(), ']') + "}]"},
       "deep"},
      {"an ID twice",
       "/services",
       {.body = R"([{"ID":"id-web","ID":"id-x"},{"ID":"id-db"}])"},
       "field twice"},
      {"an object twice", "/services", {.body = Services({"web", "db", "web"})}, "is listed twice"},
      {"no node at all said by a page", "/nodes", {.status = 200, .body = "{}"}, "array"},
      {"wrong types of tasks", "/tasks", {.body = R"([{"ID":"t1","Status":"running"}])"}, ".Status"},
      {"wrong types of containers",
       "/containers/json",
       {.body = R"([{"Id":["c"]}])"},
       "without an identifier"},
      {"no swarm at all", "/info", {.body = "[]"}, "/info", absl::Seconds(20), other_nodes},
      {"another swarm",
       "/info",
       {.body = Info("cluster2", "node9")},
       "is in another swarm now",
       absl::Seconds(20),
       other_nodes},
      {"a byte a second", "/services", drip, "did not answer within", absl::Seconds(45)},
  };
}

class Victim {
 public:
  explicit Victim(const std::string& services = Services({"web", "db"})) {
    engine_.Answer("/version",
                   {.body = R"({"Version":"20.10.24","ApiVersion":"1.41","MinAPIVersion":"1.12"})"});
    engine_.Answer("/events", {.ending = FakeEnding::kStream});
    engine_.Answer("/networks", {.body = "[]"});
    BeSane();
    engine_.Answer("/services", {.body = services});
    collector_ = std::make_unique<RunningProgram>(
        SWARMBELL_COLLECTOR,
        std::map<std::string, std::string>{{"SWARMBELL_DOCKER_HOST", engine_.DockerHost()},
                                           {"SWARMBELL_LISTEN", "127.0.0.1:0"},
                                           {"SWARMBELL_METRICS_LISTEN", "127.0.0.1:0"},
                                           {"SWARMBELL_POLL_INTERVAL", "100ms"},
                                           {"SWARMBELL_POLL_EVENTS", "false"}});
  }

  void BeSane(const std::vector<std::string>& services = {"web", "db"}) {
    engine_.Answer("/info", {.body = Info("cluster1", "node1")});
    engine_.Answer("/tasks", {.body = "[]"});
    engine_.Answer("/containers/json", {.body = R"([{"Id":"c1","Names":["/box"],"State":"running"}])"});
    engine_.Answer("/nodes", {.body = R"([{"ID":"node1","Version":{"Index":1},"Spec":{"Role":"manager",
        "Availability":"active"},"Description":{"Hostname":"d1"},"Status":{"State":"ready"}}])"});
    engine_.Answer("/services", {.body = Services(services)});
  }

  // The first reading, from which all is told, is over: a second one has begun.
  bool HasRead() { return engine_.WaitForRequests("/services", 2); }

  void Be(const Hostility& hostility) {
    engine_.Answer(hostility.path, hostility.answer);
    for (const auto& [path, answer] : hostility.others) engine_.Answer(path, answer);
  }

  bool Says(const std::string& text, absl::Duration patience = absl::Seconds(20)) const {
    const absl::Time deadline = absl::Now() + patience;
    while (collector_->Output().find(text) == std::string::npos) {
      if (absl::Now() > deadline) return false;
      absl::SleepFor(absl::Milliseconds(20));  // another process: nothing here can wake us
    }
    return true;
  }

  // The status that /healthz answers with; 0 if it does not answer within a second.
  int Health() {
    HttpClient http;
    HttpRequest request;
    request.url = absl::StrCat("http://127.0.0.1:", collector_->WaitForField("metrics_port"), "/healthz");
    request.display_name = "the collector";
    request.timeout = absl::Seconds(1);
    const absl::StatusOr<HttpResponse> answer = http.Send(request, {});
    return answer.ok() ? answer->status : 0;
  }

  FakeEngineServer& engine() { return engine_; }
  RunningProgram& collector() { return *collector_; }

 private:
  FakeEngineServer engine_;
  std::unique_ptr<RunningProgram> collector_;
};

// The deadline of an answer that drips is half a minute: all at once.
TEST(HostileEngineTest, NothingIsClaimedAndAllGoesOn) {
  const std::vector<Hostility> hostilities = Hostilities();
  std::vector<Victim> victims(hostilities.size());
  for (Victim& victim : victims) ASSERT_TRUE(victim.HasRead());
  for (std::size_t i = 0; i < victims.size(); ++i) victims[i].Be(hostilities[i]);
  for (std::size_t i = 0; i < victims.size(); ++i) {
    SCOPED_TRACE(hostilities[i].name);
    EXPECT_TRUE(victims[i].Says(hostilities[i].said, hostilities[i].patience));
    victims[i].BeSane({"web", "db", "new"});
  }
  for (std::size_t i = 0; i < victims.size(); ++i) {
    SCOPED_TRACE(hostilities[i].name);
    RunningProgram& collector = victims[i].collector();
    const bool other_swarm = hostilities[i].name == "another swarm";  // all is a new beginning then
    EXPECT_TRUE(victims[i].Says(other_swarm ? "previous_cluster_id=cluster2" : "service_appeared name=new",
                                absl::Minutes(1)));  // retries have become rare
    EXPECT_THAT(collector.Output(), Not(HasSubstr("disappeared")));
    // With the sanitizers' own memory there is nothing to see.
    if (std::getenv("ASAN_OPTIONS") == nullptr && std::getenv("TSAN_OPTIONS") == nullptr) {
      EXPECT_LT(collector.MostMemory(), std::size_t{256} << 20);
    }
    collector.Signal(SIGTERM);
    EXPECT_EQ(collector.Wait(), 0);
  }
}

// Texts that anybody who may deploy a service can write. See also
// tests/collector/snapshot/linear_time_test.cc.
TEST(HostileEngineTest, NoTextInASpecKeepsTheCollectorBusy) {
  for (const std::string piece : {"://", "a:b@", "--token 'x ", "token=", "eyJ.", "-pA1b ", "{SHA}", "'"}) {
    SCOPED_TRACE(piece);
    std::string text;
    while (text.size() < std::size_t{1} << 20) text += piece;
    const std::string hostile = absl::StrReplaceAll(
        Services({"web"}), {{R"("Spec":{)", absl::StrCat(R"("Spec":{"Labels":{"note":")", text, R"("},)")}});
    Victim victim(hostile);
    victim.engine().WaitForRequests("/services", 1);
    EXPECT_EQ(victim.Health(), 200);  // while the answer is read
    EXPECT_TRUE(victim.HasRead());
    EXPECT_EQ(victim.Health(), 200);
    victim.collector().Signal(SIGTERM);
    EXPECT_EQ(victim.collector().Wait(absl::Seconds(5)), 0);
  }
}

// The engine's own words may quote what was asked of it.
TEST(HostileEngineTest, NoSecretOfAnErrorIsLogged) {
  Victim victim;
  ASSERT_TRUE(victim.HasRead());
  victim.engine().Answer("/nodes", {.status = 500,
                                    .body = R"({"message":"rpc error: app --token plum-tart said )"
                                            R"(https://ann:plum-tart@registry.example failed"})"});
  ASSERT_TRUE(victim.Says("rpc error"));
  EXPECT_THAT(victim.collector().Output(), HasSubstr("https://ann:••••@registry.example failed"));
  EXPECT_THAT(victim.collector().Output(), Not(HasSubstr("plum-tart")));
}

}  // namespace
}  // namespace swarmbell
