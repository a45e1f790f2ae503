#include "collector/stream/feed_reader.h"

#include <utility>

#include "collector/stream/cursor.h"

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

std::shared_ptr<const FeedMessage> GapMessage(LogGap gap, const LogPosition& position) {
  v1::SubscribeResponse response;
  response.mutable_gap()->set_reason(Reason(gap));
  *response.mutable_cursor() = ToCursor(position);
  FeedMessage message = *EncodeMessage(response);
  message.gap = gap;
  return std::make_shared<const FeedMessage>(std::move(message));
}

}  // namespace

FeedReader::FeedReader(const ChangeLog& log, std::shared_ptr<FilterGroup> group, LogPosition start,
                       v1::KnownSwarm known)
    : log_(log), group_(std::move(group)), position_(std::move(start)), known_(std::move(known)) {}

std::shared_ptr<const FeedMessage> FeedReader::Next() {
  for (;;) {
    FilterGroup::Next next = group_->After(log_, position_, known_);
    if (next.gap != LogGap::kNone) {
      position_ = std::move(next.after_gap);
      return GapMessage(next.gap, position_);
    }
    if (next.piece == nullptr) return nullptr;
    position_.sequence = next.piece->end;
    if (next.piece->message != nullptr) return next.piece->message;
  }
}

v1::Cursor FeedReader::Position() const { return ToCursor(position_); }

}  // namespace swarmbell
