#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "tests/fakes/fake_engine_server.h"

namespace swarmbell {

// An engine of a swarm with one node, `node1`, to which services are added. Not thread-safe.
class GrowingSwarm {
 public:
  GrowingSwarm() {
    engine_.Answer("/version",
                   {.body = R"({"Version":"20.10.24","ApiVersion":"1.41","MinAPIVersion":"1.12"})"});
    engine_.Answer("/events", {.ending = FakeEnding::kStream});
    engine_.Answer("/info", {.body = R"({"Name":"d1","Swarm":{"NodeID":"node1","ControlAvailable":true,
        "Cluster":{"ID":"cluster1","Spec":{"Name":"default"}}}})"});
    for (const char* path : {"/networks", "/tasks", "/containers/json"}) engine_.Answer(path, {.body = "[]"});
    engine_.Answer("/nodes", {.body = R"([{"ID":"node1","Version":{"Index":1},"Spec":{"Role":"manager",
        "Availability":"active"},"Description":{"Hostname":"d1"},"Status":{"State":"ready"}}])"});
    Show();
  }

  // `web-1` with the identifier `service1`, and so on; each has a variable that is masked.
  void AddService() {
    const std::string number = std::to_string(services_.size() + 1);
    services_.push_back(
        {{"ID", "service" + number},
         {"Version", {{"Index", 100 + services_.size()}}},
         {"Spec",
          {{"Name", "web-" + number},
           {"TaskTemplate", {{"ContainerSpec", {{"Image", "a:1"}, {"Env", {"DB_PASSWORD=hunter2"}}}}}},
           {"Mode", {{"Replicated", {{"Replicas", 1}}}}}}}});
    Show();
  }

  // Changes nothing but a value that is masked.
  void ChangePassword(std::size_t service) {
    services_[service]["Version"]["Index"] = 1000;
    services_[service]["Spec"]["TaskTemplate"]["ContainerSpec"]["Env"][0] = "DB_PASSWORD=hunter3";
    Show();
  }

  std::string NewestService() const { return services_.back()["Spec"]["Name"]; }
  const nlohmann::json& services() const { return services_; }
  std::string DockerHost() const { return engine_.DockerHost(); }

 private:
  void Show() { engine_.Answer("/services", {.body = services_.dump()}); }

  nlohmann::json services_ = nlohmann::json::array();
  FakeEngineServer engine_;
};

}  // namespace swarmbell
