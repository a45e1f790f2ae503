#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "collector/diff/diff.h"
#include "collector/snapshot/reader.h"

namespace swarmbell {

// A made-up swarm, whose answers go through the reader into Diff(). Change the JSON, then call Read().
class SwarmFixture : public testing::Test {
 protected:
  using Json = nlohmann::json;
  using Events = std::vector<v1::ChangeEvent>;

  SwarmFixture();

  // One reading of everything, `after` the one before.
  Events Read(absl::Duration after = absl::Seconds(10));
  // That reading, not compared yet.
  Snapshot Look(absl::Duration after);
  // The same, seen by another collector.
  Events ReadBy(Known& known, absl::Duration after = absl::ZeroDuration());

  static std::vector<std::string> Names(const Events& events);
  static Json ServiceJson(const std::string& id, const std::string& name, int replicas);
  static Json NodeJson(const std::string& id, const std::string& hostname);
  static Json TaskJson(const std::string& id, const std::string& service, int slot, const std::string& state);
  static Json ContainerJson(const std::string& id, const std::string& state, const std::string& status);

  // The engine's status of an update; `second` tells runs apart.
  static Json Status(const std::string& state, int second, const std::string& message = "");

  Json& Spec(int service = 0) { return services_[static_cast<std::size_t>(service)]["Spec"]; }
  Json& Template(int service = 0) { return Spec(service)["TaskTemplate"]; }
  Json& Container(int service = 0) { return Spec(service)["TaskTemplate"]["ContainerSpec"]; }

  Json services_ = Json::array();
  Json nodes_ = Json::array();
  Json tasks_ = Json::array();
  Json containers_ = Json::array();
  std::set<std::string> stopped_containers_;
  std::string server_ = "Docker/20.10.24 (linux)";
  DiffContext context_;
  Known known_;
  absl::Time now_ = absl::FromUnixSeconds(1795350000);
  SnapshotReader reader_{MaskOptions{}};
};

}  // namespace swarmbell
