#include "tests/collector/diff/swarm_fixture.h"

#include "absl/strings/str_cat.h"
#include "common/change/change_field.h"

namespace swarmbell {

SwarmFixture::SwarmFixture() {
  context_.cluster.set_id("cluster");
  context_.node_down_after = absl::ZeroDuration();
  context_.observer.set_node_id("n1");
  context_.observer.set_hostname("host1");
}

SwarmFixture::Events SwarmFixture::Read(absl::Duration after) { return ReadBy(known_, after); }

SwarmFixture::Events SwarmFixture::ReadBy(Known& known, absl::Duration after) {
  return Diff(known, Look(after), context_);
}

Snapshot SwarmFixture::Look(absl::Duration after) {
  now_ += after;
  Snapshot snapshot;
  snapshot.read_time = now_;
  snapshot.services = reader_.ReadServices(services_.dump()).value();
  snapshot.nodes = reader_.ReadNodes(nodes_.dump()).value();
  snapshot.tasks = reader_.ReadTasks(tasks_.dump()).value();
  snapshot.containers = reader_.ReadContainers(containers_.dump()).value();
  snapshot.stopped_containers = stopped_containers_;
  snapshot.network_names = {{"net1", "backend"}};
  snapshot.server = server_;
  return snapshot;
}

std::vector<std::string> SwarmFixture::Names(const Events& events) {
  std::vector<std::string> names;
  for (const v1::ChangeEvent& event : events) names.push_back(ChangeName(event));
  return names;
}

SwarmFixture::Json SwarmFixture::ServiceJson(const std::string& id, const std::string& name, int replicas) {
  return {{"ID", id},
          {"Version", {{"Index", 10}}},
          {"Spec",
           {{"Name", name},
            {"Labels", {{"com.docker.stack.namespace", "shop"}}},
            {"TaskTemplate", {{"ContainerSpec", {{"Image", "web:1"}}}}},
            {"Mode", {{"Replicated", {{"Replicas", replicas}}}}}}}};
}

SwarmFixture::Json SwarmFixture::NodeJson(const std::string& id, const std::string& hostname) {
  return {{"ID", id},
          {"Version", {{"Index", 20}}},
          {"Spec", {{"Role", "worker"}, {"Availability", "active"}}},
          {"Description", {{"Hostname", hostname}}},
          {"Status", {{"State", "ready"}}}};
}

SwarmFixture::Json SwarmFixture::TaskJson(const std::string& id, const std::string& service, int slot,
                                          const std::string& state) {
  return {{"ID", id},
          {"Version", {{"Index", 30}}},
          {"CreatedAt", "2026-11-22T12:00:00Z"},
          {"ServiceID", service},
          {"NodeID", "n1"},
          {"Slot", slot},
          {"DesiredState", "running"},
          {"Spec", {{"ForceUpdate", 0}}},
          {"Status", {{"State", state}, {"Timestamp", "2026-11-22T12:00:01Z"}}}};
}

SwarmFixture::Json SwarmFixture::ContainerJson(const std::string& id, const std::string& state,
                                               const std::string& status) {
  return {{"Id", id}, {"Names", {"/" + id}}, {"Image", "x:1"}, {"State", state}, {"Status", status}};
}

SwarmFixture::Json SwarmFixture::Status(const std::string& state, int second, const std::string& message) {
  return {
      {"State", state}, {"StartedAt", absl::StrCat("2026-11-22T12:00:", second, "Z")}, {"Message", message}};
}

}  // namespace swarmbell
