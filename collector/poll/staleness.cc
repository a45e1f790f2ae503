#include "collector/poll/staleness.h"

#include <utility>

namespace swarmbell {

void TellStaleness(StatusBoard& board, ChangeSink& sink, absl::Time now, StatusBoard::Look look) {
  board.TellStale(now, look,
                  [&](v1::ChangeEvent event) { sink.Append(sink.Generation(), {std::move(event)}); });
}

}  // namespace swarmbell
