// Feeds any bytes as what Redis gives back: as a whole record, and as the payload of one whose checksum is
// right. Records that can be read are compared with a reading, and make the same records again.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "collector/diff/diff.h"
#include "collector/store/known_records.h"
#include "collector/store/record.h"

namespace {

using swarmbell::Known;

constexpr const char* kKinds[] = {"head",        "service:a",      "node:a",      "task:a",
                                  "container:a", "service-note:a", "node-note:a", "failed-task:a",
                                  "shortage:a",  "trouble:a",      "nonsense:a",  ""};

void Check(bool holds) {
  if (!holds) std::abort();
}

std::map<std::string, std::string> Seal(const Known& swarm, const Known& containers) {
  std::map<std::string, std::string> records;
  VisitKnown(swarm, containers,
             [&](const swarmbell::KnownRecord& record) { records[record.name] = record.seal(); });
  return records;
}

// A reading that finds nothing any more.
void Compare(Known known) {
  swarmbell::Snapshot snapshot;
  snapshot.services.emplace();
  snapshot.nodes.emplace();
  snapshot.tasks.emplace();
  snapshot.containers.emplace();
  snapshot.read_time = absl::FromUnixSeconds(1795350000);
  swarmbell::DiffContext context;
  context.cluster.set_id("c");
  for (const auto& event : Diff(known, snapshot, context)) Check(event.event_id().size() == 32);
}

void Read(std::string_view name, std::string_view record) {
  Known swarm;
  Known containers;
  if (!AddKnownRecord(name, record, swarm, containers).ok()) return;
  const auto sealed = Seal(swarm, containers);
  Known swarm_again;
  Known containers_again;
  for (const auto& [field, one] : sealed) {
    Check(AddKnownRecord(field, one, swarm_again, containers_again).ok());
  }
  Check(Seal(swarm_again, containers_again) == sealed);
  Compare(std::move(swarm));
  Compare(std::move(containers));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view kind = kKinds[data[0] % std::size(kKinds)];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  Read(kind, bytes);
  Read(kind, swarmbell::SealRecord(kind, bytes));
  (void)swarmbell::OpenHead(std::string(bytes));
  (void)swarmbell::OpenHead(swarmbell::SealRecord("head", bytes));
  if (const auto batch = swarmbell::OpenBatch(swarmbell::SealRecord("batch", bytes)); batch.ok()) {
    Check(swarmbell::CheckBatch(**batch).ok());
  }
  for (const std::string name : {"position:n", "state:n", "marks:0123456789abcdef:n", "n"}) {
    swarmbell::SubscriptionParts parts;
    if (!parts.Add(name, swarmbell::SealRecord(name, bytes)).ok()) continue;
    const auto joined = parts.Join();
    if (!joined.ok()) continue;
    for (const auto& [subscription, kept] : *joined) {
      swarmbell::VisitSubscription(subscription, kept, [](const swarmbell::KnownRecord& one) { one.seal(); });
    }
  }
  return 0;
}
