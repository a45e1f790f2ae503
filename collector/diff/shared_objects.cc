// Secrets, configs and networks that are created and removed, and changed settings of the swarm.

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/match.h"
#include "collector/diff/comparison.h"
#include "collector/diff/fields.h"
#include "collector/diff/summaries.h"
#include "collector/snapshot/spec.h"

namespace swarmbell {
namespace {

using Json = nlohmann::json;
using List = std::optional<Objects<SharedObject>>;

struct Kind {
  v1::ResourceKind kind;
  List PreviousListings::*before;
  List Snapshot::*fresh;
  v1::SharedObject* (v1::ChangeEvent::*created)();
  v1::SharedObject* (v1::ChangeEvent::*removed)();
};
constexpr Kind kKinds[] = {
    {v1::RESOURCE_KIND_SECRET, &PreviousListings::secrets, &Snapshot::secrets,
     &v1::ChangeEvent::mutable_secret_created, &v1::ChangeEvent::mutable_secret_removed},
    {v1::RESOURCE_KIND_CONFIG, &PreviousListings::configs, &Snapshot::configs,
     &v1::ChangeEvent::mutable_config_created, &v1::ChangeEvent::mutable_config_removed},
    {v1::RESOURCE_KIND_NETWORK, &PreviousListings::networks, &Snapshot::networks,
     &v1::ChangeEvent::mutable_network_created, &v1::ChangeEvent::mutable_network_removed}};

// The object has one life: its identifier alone identifies its creation and its removal.
void Emit(Comparison& comparison, const Kind& kind, const SharedObject& object, bool created) {
  EventHead head;
  head.action = created ? v1::ACTION_CREATED : v1::ACTION_REMOVED;
  head.resource = SharedResource(object, kind.kind);
  (created ? head.current_version : head.previous_version) = object.version;
  if (created) head.occur_time = object.created_at;
  v1::ChangeEvent event;
  v1::SharedObject& details = *(event.*(created ? kind.created : kind.removed))();
  if (object.created_at) *details.mutable_create_time() = ToProto(*object.created_at);
  details.set_driver(object.driver);
  details.set_attachable(object.attachable);
  details.set_internal(object.internal);
  EmitEvent(comparison, head, std::move(event));
}

constexpr char kJoinTokens[] = "Swarm.JoinTokens.";
constexpr char kMasked[] = "••••";

// A join token is kept as a hash, which tells that it changed; nobody needs to see that.
void HideTokens(std::vector<v1::FieldChange>& fields) {
  for (v1::FieldChange& field : fields) {
    if (!absl::StartsWith(field.path(), kJoinTokens)) continue;
    field.set_masked(true);
    if (field.has_previous_value()) field.set_previous_value(kMasked);
    if (field.has_current_value()) field.set_current_value(kMasked);
  }
}

}  // namespace

void CompareSharedObjects(Comparison& comparison) {
  for (const Kind& kind : kKinds) {
    const List& before = comparison.before.*kind.before;
    const List& now = comparison.fresh.*kind.fresh;
    if (!before || !now) continue;
    ForEachDifference(*before, *now, [&](const SharedObject* old, const SharedObject* fresh) {
      if (old == nullptr) Emit(comparison, kind, *fresh, true);
      if (fresh == nullptr) Emit(comparison, kind, *old, false);
    });
  }
}

void CompareSwarmSettings(Comparison& comparison) {
  const auto& before = comparison.before.settings;
  const SwarmSettings& now = *comparison.fresh.settings;
  if (!before || before->text == now.text) return;
  Json old_settings = ParseSpec(before->text);
  Json new_settings = ParseSpec(now.text);
  // Another version of the engine knows other settings.
  if (old_settings.value("Server", "") != new_settings.value("Server", "")) {
    KeepSharedKeys(old_settings, new_settings);
  }
  old_settings.erase("Server");
  new_settings.erase("Server");
  auto fields = DiffFields(old_settings, new_settings, "Swarm", {});
  if (fields.empty()) return;
  HideTokens(fields);
  EventHead head;
  head.resource = SwarmResource(comparison.context.cluster);
  head.previous_version = before->version;
  head.current_version = head.identity_version = now.version;
  head.occur_time = now.updated_at;
  v1::ChangeEvent event;
  event.mutable_swarm_settings_changed()->mutable_fields()->Assign(fields.begin(), fields.end());
  EmitEvent(comparison, head, std::move(event));
}

}  // namespace swarmbell
