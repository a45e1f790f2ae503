#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "common/time/clock.h"
#include "notifier/delivery/message.h"

namespace swarmbell {

// A message that is to be posted, and those that it is folded with.
struct Waiting {
  Message message;
  std::uint64_t number = 0;  // in the log
  MonotonicTime enqueued;
  bool test = false;
  std::uint32_t attempts = 0;
  // Those that it is folded with, in order; they have no parts of their own.
  std::vector<Waiting> parts{};
  bool alone = false;  // not to be folded: a digest with it was refused

  std::size_t Alerts() const;  // with those of its parts
  std::size_t Lines() const;   // likewise; see LinesFor
};

// The same messages in order: each takes those that follow it in, as long as a card of `digest_lines` lines
// shows them. Pure.
std::deque<Waiting> Folded(std::deque<Waiting> queue, std::size_t digest_lines);

// The message and those that it is folded with, each by itself for good. Pure.
std::vector<Waiting> Unfolded(Waiting waiting);

}  // namespace swarmbell
