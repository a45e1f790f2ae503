#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "notifier/config/notifier_config.h"
#include "notifier/feed/feed_set.h"
#include "notifier/pipeline/pipeline.h"
#include "swarmbell/v1/silence.pb.h"

namespace swarmbell {

// True at the stages whose changes the timeline shows: each that a collector reports, once, and those that
// the notifier makes of them.
bool IsShownAt(const Step& step);

// The health and the silences that the timeline shows: {standby, collectors: [{name, swarm, state}],
// receivers: [{name, type, failing}], silences: [{id, match, by, because, until}]}.
nlohmann::json StateJson(const std::vector<FeedStatus>& feeds, const std::vector<ReceiverConfig>& receivers,
                         const std::vector<std::string>& failing, const std::vector<v1::Silence>& silences,
                         bool standby);

}  // namespace swarmbell
