#pragma once

#include <memory>

#include "collector/changelog/change_log.h"
#include "collector/stream/feed_message.h"
#include "collector/stream/filter_group.h"
#include "swarmbell/v1/change_feed.pb.h"

namespace swarmbell {

// The log's view of a subscriber: a position and filters. Holds no events between two calls, so a slow reader
// costs nothing. One thread at a time.
class FeedReader {
 public:
  // `log` must outlive the reader. Recollected changes pass as `SubscribeRequest.known` says.
  FeedReader(const ChangeLog& log, std::shared_ptr<FilterGroup> group, LogPosition start,
             v1::KnownSwarm known = {});

  // The next `changes` or `gap` with its cursor, and moves on. None when nothing that matches is left for
  // now; the position has then moved past what does not match.
  std::shared_ptr<const FeedMessage> Next();

  v1::Cursor Position() const;

 private:
  const ChangeLog& log_;
  const std::shared_ptr<FilterGroup> group_;
  LogPosition position_;
  const v1::KnownSwarm known_;
};

}  // namespace swarmbell
