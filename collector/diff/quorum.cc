// The number of managers that the swarm can still lose.

#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/diff/comparison.h"

namespace swarmbell {

v1::ManagerCount CountManagers(const Known& known) {
  v1::ManagerCount count;
  for (const auto& [id, note] : known.node_notes) {
    if (note.reachability == v1::NODE_REACHABILITY_UNSPECIFIED) continue;
    count.set_managers(count.managers() + 1);
    if (note.reachability != v1::NODE_REACHABILITY_UNREACHABLE) count.set_reachable(count.reachable() + 1);
  }
  return count;
}

bool IsQuorumInDanger(const v1::ManagerCount& count) {
  const std::uint32_t quorum = count.managers() / 2 + 1;
  return count.reachable() < count.managers() && count.reachable() <= quorum;
}

void EmitQuorumSafe(Comparison& comparison, std::string discriminator) {
  v1::ChangeEvent event;
  *event.mutable_quorum_safe()->mutable_managers() = CountManagers(comparison.known);
  EventHead head;
  head.resource = SwarmResource(comparison.context.cluster);
  head.discriminator = std::move(discriminator);
  EmitEvent(comparison, head, std::move(event));
}

void CompareQuorum(Comparison& comparison, bool was_in_danger) {
  const v1::ManagerCount now = CountManagers(comparison.known);
  const bool in_danger = IsQuorumInDanger(now);
  if (in_danger == was_in_danger) return;
  std::string discriminator =
      absl::StrCat(now.reachable(), " ", now.managers(), " ", UnversionedKey(comparison));
  if (!in_danger) return EmitQuorumSafe(comparison, std::move(discriminator));
  v1::ChangeEvent event;
  *event.mutable_quorum_in_danger()->mutable_managers() = now;
  EventHead head;
  head.resource = SwarmResource(comparison.context.cluster);
  head.discriminator = std::move(discriminator);
  EmitEvent(comparison, head, std::move(event));
}

}  // namespace swarmbell
