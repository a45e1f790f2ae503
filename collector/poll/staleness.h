#pragma once

#include "absl/time/time.h"
#include "collector/poll/change_sink.h"
#include "collector/poll/status_board.h"

namespace swarmbell {

// Logs that the collector has become stale, or has recovered, if it has since the last call.
void TellStaleness(StatusBoard& board, ChangeSink& sink, absl::Time now,
                   StatusBoard::Look look = StatusBoard::Look::kForFailures);

}  // namespace swarmbell
