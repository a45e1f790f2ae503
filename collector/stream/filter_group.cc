#include "collector/stream/filter_group.h"

#include <utility>

#include "collector/stream/cursor.h"
#include "common/time/proto_time.h"

namespace swarmbell {
namespace {

// More than any message joins, so that one read finds where the message ends.
constexpr std::size_t kReadAhead = 2;

// From here on empty groups are looked for whenever there is a new one.
constexpr std::size_t kManyGroups = 256;

bool IsNews(const v1::ChangeEvent& recollected, const v1::KnownSwarm& known) {
  return known.has_until() && known.cluster_id() == recollected.cluster().id() &&
         FromProto(recollected.occur_time()) > FromProto(known.until());
}

}  // namespace

FilterGroup::Next FilterGroup::After(const ChangeLog& log, const LogPosition& position,
                                     const v1::KnownSwarm& known) {
  const LogRead read = log.ReadWholeAfter(position, 1);
  if (read.gap != LogGap::kNone) return {.gap = read.gap, .after_gap = AfterGap(read), .piece = nullptr};
  if (read.batches.empty()) return {};
  const PieceCache::Key key{id_, position.sequence};
  const auto& batch = read.batches.front();
  Next next{.gap = {}, .after_gap = {}, .piece = cache_.Find(key, batch)};
  if (next.piece == nullptr || (next.piece->may_grow && log.Newest().sequence > next.piece->end)) {
    next = Make(log, position, nullptr);
    if (next.piece == nullptr) return next;
    cache_.Keep(key, batch, next.piece);
  }
  const bool for_others = next.piece->withheld && known.has_until();
  return for_others ? Make(log, position, &known) : next;
}

// Without `known`, what all of the group get.
FilterGroup::Next FilterGroup::Make(const ChangeLog& log, const LogPosition& position,
                                    const v1::KnownSwarm* known) {
  const LogPosition newest = log.Newest();
  const LogRead read = log.ReadWholeAfter(position, kReadAhead * limits_.joined_events);
  // The log has gone on since the caller has looked.
  if (read.gap != LogGap::kNone) return {.gap = read.gap, .after_gap = AfterGap(read), .piece = nullptr};
  if (read.batches.empty()) return {};
  const auto choose = [&](const v1::ChangeEvent& event) {
    if (!filters_.Match(event)) return Choice::kSkip;
    if (!event.recollected()) return Choice::kSend;
    if (known == nullptr) return Choice::kWithhold;
    return IsNews(event, *known) ? Choice::kSend : Choice::kSkip;
  };
  const LogPosition start{read.next.log_id, position.sequence};
  return {.gap = {},
          .after_gap = {},
          .piece = std::make_shared<const FeedPiece>(
              MakePiece(start, read.batches, newest.sequence, limits_, choose))};
}

std::shared_ptr<FilterGroup> FilterGroups::Of(ChangeFilters filters, bool join) {
  const std::string key = filters.Key() + (join ? "+" : "");
  const std::lock_guard lock(mutex_);
  if (const auto found = groups_.find(key); found != groups_.end()) return found->second;
  if (groups_.size() >= kManyGroups) DropEmpty();
  MessageLimits limits = limits_;
  limits.join = join;
  auto group = std::make_shared<FilterGroup>(++last_id_, std::move(filters), limits, cache_);
  groups_[key] = group;
  return group;
}

void FilterGroups::DropUnused() {
  cache_.DropUnused();
  const std::lock_guard lock(mutex_);
  DropEmpty();
}

void FilterGroups::DropEmpty() {
  std::erase_if(groups_, [](const auto& entry) { return entry.second.use_count() == 1; });
}

}  // namespace swarmbell
