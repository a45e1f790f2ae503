// Feeds any bytes to every reader, and what can be read to Diff(), against what a good answer gave.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "collector/diff/diff.h"
#include "collector/snapshot/reader.h"

namespace {

using swarmbell::Snapshot;

constexpr std::string_view kServices = R"([{"ID":"s","Version":{"Index":1},"Spec":{"Name":"web",
    "TaskTemplate":{"ContainerSpec":{"Image":"a:1","Env":["A=1","PASSWORD=x"]}},"Mode":{"Replicated":{"Replicas":1}}},
    "UpdateStatus":{"State":"updating","StartedAt":"2026-11-22T12:00:00Z"}}])";
constexpr std::string_view kTasks =
    R"([{"ID":"t","ServiceID":"s","NodeID":"n","Slot":1,"DesiredState":"running","Status":{"State":"running"}}])";
constexpr std::string_view kNodes =
    R"([{"ID":"n","Description":{"Hostname":"h"},"Spec":{"Role":"manager"},"Status":{"State":"ready"}}])";
constexpr std::string_view kContainers = R"([{"Id":"c","Names":["/c"],"State":"restarting"}])";

template <typename T>
void Keep(const absl::StatusOr<T>& read, std::optional<T>& target) {
  if (read.ok()) target = *read;
}

Snapshot ReadAll(swarmbell::SnapshotReader& reader, std::string_view services, std::string_view nodes,
                 std::string_view tasks, std::string_view containers) {
  Snapshot snapshot;
  Keep(reader.ReadServices(services), snapshot.services);
  Keep(reader.ReadNodes(nodes), snapshot.nodes);
  Keep(reader.ReadTasks(tasks), snapshot.tasks);
  Keep(reader.ReadContainers(containers), snapshot.containers);
  return snapshot;
}

void Check(bool holds) {
  if (!holds) std::abort();
}

void CheckEvents(const std::vector<swarmbell::v1::ChangeEvent>& events) {
  for (const auto& event : events) {
    Check(event.event_id().size() == 32);
    Check(event.details_case() != swarmbell::v1::ChangeEvent::DETAILS_NOT_SET);
    std::string bytes;
    Check(event.SerializeToString(&bytes));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  swarmbell::SnapshotReader reader{swarmbell::MaskOptions{{"my*"}}};
  (void)swarmbell::ReadSwarmInfo(body);
  (void)reader.ReadNetworks(body);
  (void)reader.Secrets().Read(body);
  (void)reader.ReadSettings(body, "Docker/20.10.24 (linux)");

  swarmbell::DiffContext context;
  context.cluster.set_id("c");
  swarmbell::Known known;
  Snapshot first = ReadAll(reader, kServices, kNodes, kTasks, kContainers);
  Snapshot second = ReadAll(reader, body, body, body, body);
  first.read_time = absl::FromUnixSeconds(1795350000);
  second.read_time = first.read_time + absl::Minutes(5);
  CheckEvents(Diff(known, first, context));
  CheckEvents(Diff(known, second, context));
  Check(Diff(known, second, context).empty());  // the same reading again tells nothing
  first.read_time = second.read_time + absl::Minutes(5);
  first.server = "Docker/29.7.2 (linux)";
  CheckEvents(Diff(known, first, context));
  return 0;
}
