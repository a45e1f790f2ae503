#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "collector/changelog/change_log.h"
#include "collector/stream/feed_message.h"

namespace swarmbell {

// How messages are cut.
struct MessageLimits {
  // The events of a batch are split into messages of about this many bytes; an event that is larger goes
  // alone.
  std::size_t max_bytes = std::size_t{1} << 20;
  // If set, consecutive batches may share a message, which then aims at a number of events. The limits of
  // messages depend on sequences alone, so that readers that start at different positions soon get the same
  // messages.
  bool join = false;
  std::uint64_t joined_events = 256;
};

// The next message after a position in the log, for one way to choose events.
struct FeedPiece {
  std::shared_ptr<const FeedMessage> message;  // none when nothing was chosen
  std::uint64_t end = 0;                       // the sequence that it covers all up to
  bool withheld = false;                       // something was left out that others may be sent
  bool may_grow = false;                       // more could join the message when it is appended
};

enum class Choice { kSend, kSkip, kWithhold };

// Makes the piece after `position`: its message has the first batch that anything is chosen of, or as much of
// it as fits, and is as SubscribeResponse says. `batches` are from one ReadWholeAfter(position), not empty;
// `newest` is the log's before that read. Pure.
FeedPiece MakePiece(const LogPosition& position, const std::vector<std::shared_ptr<const LogBatch>>& batches,
                    std::uint64_t newest, const MessageLimits& limits,
                    const std::function<Choice(const v1::ChangeEvent&)>& choose);

}  // namespace swarmbell
