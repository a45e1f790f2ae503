#include "collector/stream/feed_reader.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/time/proto_time.h"
#include "grpcpp/support/slice.h"

namespace swarmbell {
namespace {

constexpr std::uint64_t kJoinedEvents = 256;

// More than any message joins, so that one read finds where the message ends.
constexpr std::size_t kReadAhead = 2 * kJoinedEvents;

constexpr std::size_t kBytesOfEntry = 256;  // about what an entry of the cache takes besides key and message

FeedMessage Encoded(const v1::SubscribeResponse& response) {
  const grpc::Slice slice(response.SerializeAsString());
  FeedMessage message;
  message.bytes = grpc::ByteBuffer(&slice, 1);
  message.size = slice.size();
  message.end = response.cursor().sequence();
  message.events = static_cast<std::uint64_t>(response.changes().events_size());
  return message;
}

FeedMessagePtr GapMessage(LogGap gap, const LogPosition& position) {
  v1::SubscribeResponse response;
  response.mutable_gap()->set_reason(gap == LogGap::kCompacted ? v1::GAP_REASON_COMPACTED
                                                               : v1::GAP_REASON_LOG_RESET);
  *response.mutable_cursor() = ToCursor(position);
  FeedMessage message = Encoded(response);
  message.gap = gap;
  return std::make_shared<const FeedMessage>(std::move(message));
}

bool IsNews(const v1::ChangeEvent& recollected, const v1::KnownSwarm& known) {
  return known.has_until() && known.cluster_id() == recollected.cluster().id() &&
         FromProto(recollected.occur_time()) > FromProto(known.until());
}

// Makes the next message of changes out of batches: of the first that any change passes of, or of as much of
// it as fits; if reads are joined, of those that follow it in the same block of sequences too.
class ChangesMaker {
 public:
  // Without `known`, recollected changes are withheld.
  ChangesMaker(const FeedRequest& request, const v1::KnownSwarm* known, std::uint64_t after)
      : request_(request), known_(known), so_far_{.end = after} {}

  // False when the message is complete.
  bool Add(const LogBatch& batch) {
    const std::uint64_t block = (batch.events.back().sequence() - 1) / kJoinedEvents;
    if (HasEvents() && block != block_) return false;
    block_ = block;
    const SoFar before = so_far_;
    const int events_before = Events().size();
    if (AddEvents(batch)) return !HasEvents() || request_.join_reads;
    full_ = true;
    if (events_before == 0) {
      response_.mutable_changes()->set_continued(true);
    } else {
      so_far_ = before;
      Events().DeleteSubrange(events_before, Events().size() - events_before);
    }
    return false;
  }

  // `newest` was the log's newest sequence before the batches were read.
  FeedMessagePtr Finish(const std::string& log_id, std::uint64_t newest) {
    FeedMessage message;
    if (HasEvents()) {
      *response_.mutable_cursor() = ToCursor({log_id, so_far_.end});
      message = Encoded(response_);
      message.may_grow =
          request_.join_reads && !full_ && so_far_.end >= newest && so_far_.end % kJoinedEvents != 0;
    }
    message.end = so_far_.end;
    message.withheld = so_far_.withheld;
    return std::make_shared<const FeedMessage>(std::move(message));
  }

 private:
  struct SoFar {
    std::uint64_t end = 0;
    std::size_t bytes = 0;
    bool withheld = false;
  };

  google::protobuf::RepeatedPtrField<v1::ChangeEvent>& Events() {
    return *response_.mutable_changes()->mutable_events();
  }
  bool HasEvents() { return !Events().empty(); }

  // False when there is no room for all that pass.
  bool AddEvents(const LogBatch& batch) {
    bool has_room = true;
    for (auto event = batch.events.begin(); has_room && event != batch.events.end(); ++event) {
      has_room = event->sequence() <= so_far_.end || AddEvent(*event);
    }
    return has_room;
  }

  bool AddEvent(const v1::ChangeEvent& event) {
    if (Passes(event)) {
      const std::size_t size = event.ByteSizeLong();
      if (HasEvents() && so_far_.bytes + size > request_.max_bytes) return false;
      so_far_.bytes += size;
      *Events().Add() = event;
    }
    so_far_.end = event.sequence();
    return true;
  }

  bool Passes(const v1::ChangeEvent& event) {
    if (!request_.filters.Match(event)) return false;
    if (!event.recollected()) return true;
    if (known_ != nullptr) return IsNews(event, *known_);
    so_far_.withheld = true;
    return false;
  }

  const FeedRequest& request_;
  const v1::KnownSwarm* const known_;
  v1::SubscribeResponse response_;
  SoFar so_far_;
  std::uint64_t block_ = 0;  // of the batches so far, once there are events
  bool full_ = false;
};

}  // namespace

v1::Cursor ToCursor(const LogPosition& position) {
  v1::Cursor cursor;
  cursor.set_log_id(position.log_id);
  cursor.set_sequence(position.sequence);
  return cursor;
}

LogPosition ToPosition(const v1::Cursor& cursor) { return {cursor.log_id(), cursor.sequence()}; }

FeedMessagePtr EncodeMessage(const v1::SubscribeResponse& response) {
  return std::make_shared<const FeedMessage>(Encoded(response));
}

std::size_t FeedCache::BytesOf(const std::string& key, const FeedMessagePtr& message) {
  return kBytesOfEntry + key.size() + message->size;
}

FeedCache::TextNumber FeedCache::Intern(const std::string& text) {
  const MutexLock lock(mutex_);
  std::erase_if(numbers_, [](const auto& known) { return known.second.expired(); });
  auto& known = numbers_[text];
  TextNumber number = known.lock();
  if (number == nullptr) known = number = std::make_shared<const std::uint64_t>(++last_number_);
  return number;
}

FeedMessagePtr FeedCache::Find(const std::string& key) {
  const MutexLock lock(mutex_);
  const FeedMessagePtr* found = messages_.Find(key);
  return found == nullptr ? nullptr : *found;
}

void FeedCache::Put(const std::string& key, FeedMessagePtr message) {
  const MutexLock lock(mutex_);
  FeedMessagePtr& kept = messages_[key];
  if (kept != nullptr) bytes_ -= BytesOf(key, kept);
  kept = std::move(message);
  bytes_ += BytesOf(key, kept);
  while (bytes_ > max_bytes_ && messages_.size() > 1) {
    bytes_ -= BytesOf(messages_.Oldest().first, messages_.Oldest().second);
    messages_.EraseOldest();
  }
}

void FeedCache::Clear() {
  LruMap<std::string, FeedMessagePtr> cleared;  // freed once the lock is released: the writers need that
  const MutexLock lock(mutex_);
  messages_.Swap(cleared);
  bytes_ = 0;
}

FeedReader::FeedReader(const ChangeLog& log, FeedCache& cache, FeedRequest request, LogPosition start)
    : log_(log),
      cache_(cache),
      request_(std::move(request)),
      filters_(cache.Intern(request_.filters.Key())),
      position_(std::move(start)) {}

FeedMessagePtr FeedReader::Next() {
  for (;;) {
    const LogRead first = log_.ReadAfter(position_, 1);
    if (first.gap != LogGap::kNone) {
      position_ = first.AfterGap();
      return GapMessage(first.gap, position_);
    }
    if (first.batches.empty()) return nullptr;
    FeedMessagePtr message = Changes(first.next.log_id);
    if (message == nullptr) continue;  // the log has dropped the position since
    position_.sequence = message->end;
    if (message->size != 0) return message;
  }
}

// The changes after the position, made now or kept: those that all with these filters get, or this
// subscriber's own if it may be sent more.
FeedMessagePtr FeedReader::Changes(const std::string& log_id) {
  // A sequence of a log is never given to another change.
  const std::string key =
      absl::StrCat(*filters_, request_.join_reads ? "+" : "@", log_id, ":", position_.sequence);
  FeedMessagePtr message = cache_.Find(key);
  if (message == nullptr || (message->may_grow && log_.Newest().sequence > message->end)) {
    message = Make(nullptr);
    if (message == nullptr) return nullptr;
    cache_.Put(key, message);
  }
  return message->withheld && request_.known.has_until() ? Make(&request_.known) : message;
}

FeedMessagePtr FeedReader::Make(const v1::KnownSwarm* known) const {
  const std::uint64_t newest = log_.Newest().sequence;
  const LogRead read = log_.ReadAfter(position_, kReadAhead);
  if (read.gap != LogGap::kNone || read.batches.empty()) return nullptr;
  ChangesMaker maker(request_, known, position_.sequence);
  for (const auto& batch : read.batches) {
    if (!maker.Add(*batch)) break;
  }
  return maker.Finish(read.next.log_id, newest);
}

}  // namespace swarmbell
