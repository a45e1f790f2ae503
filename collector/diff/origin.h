#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "absl/time/time.h"
#include "collector/snapshot/snapshot.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// Whose change of a service it is, as labels in its spec say, and whether the change can be undone. Specs are
// parsed, as ParseSpec() returns them; shown texts have masked parts hidden. All functions are pure.

// For the change from one spec of a service to the next. A label that is as it was is of an earlier change:
// such a pipeline is left out, and such an author unless the pipeline is new. Nothing if neither an author
// nor a pipeline is left, and the revision is as it was.
std::optional<v1::ChangeOrigin> OriginOfChange(const nlohmann::json& before, const nlohmann::json& now);

// For a service that appeared.
std::optional<v1::ChangeOrigin> OriginOfNew(const nlohmann::json& spec);

// The same in a rollback: its labels name the author of the spec that it goes back to, not who rolls back.
std::optional<v1::ChangeOrigin> WithoutAuthor(std::optional<v1::ChangeOrigin> origin);

// The revision and the source that the service runs.
std::optional<v1::ChangeOrigin> RunningRevision(const Service& service);

// True if the engine would accept a rollback of the service, and it would undo the service's last update.
// False after a rollback: another one would bring the failure back.
bool CanRollBack(const Service& service);

// The same if that update started at most half an hour before `now`: an older one is hardly to blame.
bool CanRollBackRecent(const Service& service, absl::Time now);

}  // namespace swarmbell
