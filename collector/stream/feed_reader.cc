#include "collector/stream/feed_reader.h"

#include <utility>

#include "collector/stream/cursor.h"
#include "common/time/proto_time.h"

namespace swarmbell {
namespace {

v1::GapReason Reason(LogGap gap) {
  switch (gap) {
    case LogGap::kCompacted:
      return v1::GAP_REASON_COMPACTED;
    case LogGap::kOtherLog:
      return v1::GAP_REASON_LOG_RESET;
    case LogGap::kNone:
      break;
  }
  return v1::GAP_REASON_UNSPECIFIED;
}

}  // namespace

FeedReader::FeedReader(const ChangeLog& log, ChangeFilters filters, LogPosition start, v1::KnownSwarm known,
                       std::size_t max_message_bytes)
    : log_(log),
      filters_(std::move(filters)),
      position_(std::move(start)),
      known_(std::move(known)),
      max_message_bytes_(max_message_bytes) {}

bool FeedReader::Next(v1::SubscribeResponse& response) {
  response.Clear();
  for (;;) {
    const LogRead read = log_.ReadAfter(position_, 1);
    if (read.gap != LogGap::kNone) {
      position_ = AfterGap(read);
      response.mutable_gap()->set_reason(Reason(read.gap));
      *response.mutable_cursor() = Position();
      return true;
    }
    if (read.batches.empty()) return false;
    if (TakeBatch(*read.batches.front(), response)) {
      *response.mutable_cursor() = Position();
      return true;
    }
  }
}

bool FeedReader::TakeBatch(const LogBatch& batch, v1::SubscribeResponse& response) {
  std::size_t taken = 0;
  for (const v1::ChangeEvent& event : batch.events) {
    if (Passes(event)) {
      const std::size_t bytes = event.ByteSizeLong();
      if (taken != 0 && taken + bytes > max_message_bytes_) {
        response.mutable_changes()->set_continued(true);
        return true;
      }
      taken += bytes;
      *response.mutable_changes()->add_events() = event;
    }
    position_.sequence = event.sequence();
  }
  return response.has_changes();
}

bool FeedReader::Passes(const v1::ChangeEvent& event) const {
  if (event.recollected()) {
    const bool news = known_.has_until() && known_.cluster_id() == event.cluster().id() &&
                      FromProto(event.occur_time()) > FromProto(known_.until());
    if (!news) return false;
  }
  return filters_.Match(event);
}

v1::Cursor FeedReader::Position() const { return ToCursor(position_); }

}  // namespace swarmbell
