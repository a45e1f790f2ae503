#include "tests/collector/poll/poll_harness.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/change/change_field.h"

namespace swarmbell {
namespace {

std::string List(const std::vector<std::string>& objects) {
  return absl::StrCat("[", absl::StrJoin(objects, ","), "]\n");
}

}  // namespace

PollHarness::PollHarness() {
  server_.SetHeader("Server", "Docker/20.10.24 (linux)");
  server_.Answer("/version",
                 {.body = R"({"Version":"20.10.24","ApiVersion":"1.41","MinAPIVersion":"1.12"})"});
  server_.Answer("/info", {.body = Info("cluster1")});
  server_.Answer("/services", {.body = "[]"});
  server_.Answer("/nodes", {.body = NodeList({"node1"})});
  server_.Answer("/tasks", {.body = "[]"});
  for (const char* list : {"/networks", "/secrets", "/configs"}) server_.Answer(list, {.body = "[]"});
  server_.Answer("/swarm", {.body = R"({"Version":{"Index":1},"Spec":{"Name":"default"}})"});
  server_.Answer("/containers/json", {.body = "[]"});
  engine_options_.host = server_.DockerHost();
  options_.events = false;
}

std::string PollHarness::Info(const std::string& cluster_id, const std::string& node_id) {
  const std::string cluster = cluster_id.empty() ? ""
                                                 : absl::StrCat(R"(,"Cluster":{"ID":")", cluster_id,
                                                                R"(","Spec":{"Name":"default"}})");
  return absl::StrCat(R"({"Name":"host1","Swarm":{"NodeID":")", node_id, R"(","ControlAvailable":)",
                      cluster_id.empty() ? "false" : "true", cluster, "}}");
}

std::string PollHarness::NodeList(const std::vector<std::string>& ids) {
  std::vector<std::string> nodes;
  for (const std::string& id : ids) {
    nodes.push_back(absl::StrCat(
        R"({"ID":")", id, R"(","Version":{"Index":10},"CreatedAt":"2020-01-01T00:00:00Z",)",
        R"("UpdatedAt":"2020-01-01T00:00:00Z","Spec":{"Labels":{},"Role":"manager","Availability":"active"},)",
        R"("Description":{"Hostname":")", id, R"(-host","Engine":{"EngineVersion":"20.10.24"}},)",
        R"("Status":{"State":"ready","Addr":"10.0.0.1"},"ManagerStatus":{"Leader":true,"Reachability":"reachable",)",
        R"("Addr":"10.0.0.1:2377"}})"));
  }
  return List(nodes);
}

std::string PollHarness::ServiceList(const std::vector<std::string>& ids, int version) {
  std::vector<std::string> services;
  for (const std::string& id : ids) {
    services.push_back(absl::StrCat(
        R"({"ID":")", id, R"(","Version":{"Index":)", version,
        R"(},"CreatedAt":"2020-01-01T00:00:00Z","UpdatedAt":"2020-01-01T00:00:00Z","Spec":{"Name":")", id,
        R"(-name","Labels":{},"TaskTemplate":{"ContainerSpec":{"Image":"i:1"},"Networks":[{"Target":"net1"}]},)",
        R"("Mode":{"Replicated":{"Replicas":0}}},"Endpoint":{"Spec":{}}})"));
  }
  return List(services);
}

void PollHarness::Start() {
  engine_ = *EngineClient::Create(engine_options_);
  poller_ = std::make_unique<Poller>(*engine_, log_, store_, metrics_, clock_, options_);
  poller_->Start();
  WaitUntilIdle();
  if (!options_.containers || !poller_->Status().identity) return;
  // The swarm that has become known wakes the containers' loop.
  ASSERT_TRUE(clock_.WaitForSleeper(options_.debounce));
  Pass(options_.debounce);
}

void PollHarness::Pass(absl::Duration duration) {
  clock_.Advance(duration);
  WaitUntilIdle();
}

void PollHarness::WaitUntilIdle() { ASSERT_TRUE(clock_.WaitForSleepers(options_.containers ? 2 : 1)); }

std::vector<v1::ChangeEvent> PollHarness::Events() const {
  std::vector<v1::ChangeEvent> events;
  for (const auto& batch : log_.ReadAfter(log_.Oldest(), 1000).batches) {
    events.insert(events.end(), batch->events.begin(), batch->events.end());
  }
  return events;
}

std::vector<std::string> PollHarness::Changes() const {
  std::vector<std::string> names;
  for (const v1::ChangeEvent& event : Events()) names.push_back(ChangeName(event));
  return names;
}

EndpointStatus PollHarness::StatusOf(const std::string& path) const {
  for (const EndpointStatus& status : poller_->Status().endpoints) {
    if (status.path == path) return status;
  }
  return {.path = "none"};
}

}  // namespace swarmbell
