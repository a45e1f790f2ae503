#pragma once

#include <cstddef>

#include "collector/changelog/change_log.h"
#include "collector/stream/change_filters.h"
#include "swarmbell/v1/change_feed.pb.h"

namespace swarmbell {

// What a subscriber is to the log: a position and filters. It holds no events between two calls, however slow
// its reader is. One thread at a time.
class FeedReader {
 public:
  // A batch is split into messages of about this many bytes; an event that is larger goes alone.
  static constexpr std::size_t kMaxMessageBytes = std::size_t{1} << 20;

  // `log` must outlive the reader. Recollected changes pass as `SubscribeRequest.known` says.
  FeedReader(const ChangeLog& log, ChangeFilters filters, LogPosition start, v1::KnownSwarm known = {},
             std::size_t max_message_bytes = kMaxMessageBytes);

  // Fills `response` with the next `changes` or `gap` and its cursor, and moves on. False when nothing that
  // matches is left for now; the position has then moved past what does not match.
  bool Next(v1::SubscribeResponse& response);

  v1::Cursor Position() const;

 private:
  bool TakeBatch(const LogBatch& batch, v1::SubscribeResponse& response);
  bool Passes(const v1::ChangeEvent& event) const;

  const ChangeLog& log_;
  ChangeFilters filters_;
  LogPosition position_;
  v1::KnownSwarm known_;
  std::size_t max_message_bytes_;
};

}  // namespace swarmbell
