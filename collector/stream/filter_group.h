#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "collector/changelog/change_log.h"
#include "collector/stream/change_filters.h"
#include "collector/stream/feed_piece.h"
#include "collector/stream/piece_cache.h"
#include "swarmbell/v1/change_feed.pb.h"

namespace swarmbell {

// All subscribers with the same filters: what they get is filtered and encoded once, and shared. Thread-safe.
class FilterGroup {
 public:
  // `cache` must outlive the group; `id` is no other group's there.
  FilterGroup(std::uint64_t id, ChangeFilters filters, MessageLimits limits, PieceCache& cache)
      : id_(id), filters_(std::move(filters)), limits_(limits), cache_(cache) {}

  struct Next {
    LogGap gap = LogGap::kNone;
    LogPosition after_gap;
    std::shared_ptr<const FeedPiece> piece;  // none at the end of the log, and when there is a gap
  };

  // The next message after `position`. Recollected changes pass as `known` says.
  Next After(const ChangeLog& log, const LogPosition& position, const v1::KnownSwarm& known);

 private:
  Next Make(const ChangeLog& log, const LogPosition& position, const v1::KnownSwarm* known);

  const std::uint64_t id_;
  const ChangeFilters filters_;
  const MessageLimits limits_;
  PieceCache& cache_;
};

// The groups of those who subscribe now, or did lately. Thread-safe; must outlive its groups.
class FilterGroups {
 public:
  explicit FilterGroups(MessageLimits limits = {}) : limits_(limits) {}

  // The group of these filters, shared by all who have them. `join`: as in MessageLimits.
  std::shared_ptr<FilterGroup> Of(ChangeFilters filters, bool join);

  // Drops the groups that nobody is in, and the messages that nobody has asked for since the last call.
  void DropUnused();

 private:
  void DropEmpty();  // mutex_ held

  const MessageLimits limits_;
  PieceCache cache_;
  std::mutex mutex_;
  std::uint64_t last_id_ = 0;                                   // guarded by mutex_
  std::map<std::string, std::shared_ptr<FilterGroup>> groups_;  // by filters; guarded by mutex_
};

}  // namespace swarmbell
