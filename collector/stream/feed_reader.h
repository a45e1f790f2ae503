#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "collector/changelog/change_log.h"
#include "collector/stream/change_filters.h"
#include "common/lru/lru_map.h"
#include "common/sync/mutex.h"
#include "grpcpp/support/byte_buffer.h"
#include "swarmbell/v1/change_feed.pb.h"

namespace swarmbell {

// A position as subscribers see it, and back.
v1::Cursor ToCursor(const LogPosition& position);
LogPosition ToPosition(const v1::Cursor& cursor);

// A message of the stream, ready to be written. Immutable: all subscribers that are sent it share it.
struct FeedMessage {
  grpc::ByteBuffer bytes;  // a SubscribeResponse; none where all changes up to `end` are filtered out
  std::size_t size = 0;    // of `bytes`
  std::uint64_t end = 0;   // the sequence of its cursor
  std::uint64_t events = 0;
  LogGap gap = LogGap::kNone;
  bool withheld = false;  // recollected changes were left out, which some subscribers may be sent
  bool may_grow = false;  // changes that are appended later could join it
};
using FeedMessagePtr = std::shared_ptr<const FeedMessage>;

FeedMessagePtr EncodeMessage(const v1::SubscribeResponse& response);

// The messages that were made lately: each is filtered and encoded once for all subscribers with the same
// filters. Holds at most `max_bytes`, but at least the last message, and evicts the least recently used. A
// message that is being sent lives on without the cache. Clear() frees messages outside the lock.
// Thread-safe.
class FeedCache {
 public:
  explicit FeedCache(std::size_t max_bytes = std::size_t{8} << 20) : max_bytes_(max_bytes) {}

  // Stands for a text in keys, so that they are short however long the text is. Equal texts share one while
  // anybody holds it; afterwards no other text gets its number. The text does not count as bytes.
  using TextNumber = std::shared_ptr<const std::uint64_t>;
  TextNumber Intern(const std::string& text);

  // Null if there is none.
  FeedMessagePtr Find(const std::string& key);
  // Replaces what the key has.
  void Put(const std::string& key, FeedMessagePtr message);
  void Clear();

 private:
  static std::size_t BytesOf(const std::string& key, const FeedMessagePtr& message);

  const std::size_t max_bytes_;
  Mutex mutex_;
  LruMap<std::string, FeedMessagePtr> messages_ ABSL_GUARDED_BY(mutex_);
  std::size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, std::weak_ptr<const std::uint64_t>> numbers_ ABSL_GUARDED_BY(mutex_);
  std::uint64_t last_number_ ABSL_GUARDED_BY(mutex_) = 0;
};

// The changes that a subscriber wants, and how they are cut into messages.
struct FeedRequest {
  ChangeFilters filters{};
  // Consecutive batches may share a message, of about 256 changes. Messages then begin and end where the
  // sequences say, so that readers that start at different positions soon get the same ones.
  bool join_reads = false;
  v1::KnownSwarm known{};  // recollected changes pass as SubscribeRequest.known says
  // A batch is split into messages of about this many bytes; a change that is larger goes alone.
  std::size_t max_bytes = std::size_t{1} << 20;
};

// Reads the log for one subscriber: a position, and what it wants. Holds no changes between two calls, so
// that a slow subscriber costs nothing. One thread at a time.
class FeedReader {
 public:
  // `log` and `cache` must outlive the reader. All readers of a cache have the same log and `max_bytes`.
  FeedReader(const ChangeLog& log, FeedCache& cache, FeedRequest request, LogPosition start);

  // The next `changes` or `gap` with its cursor, which becomes the position. Null when nothing that passes
  // the filters is left for now; the position has then moved past what does not pass.
  FeedMessagePtr Next();

  const LogPosition& Position() const { return position_; }

 private:
  FeedMessagePtr Changes(const std::string& log_id);
  FeedMessagePtr Make(const v1::KnownSwarm* known) const;

  const ChangeLog& log_;
  FeedCache& cache_;
  const FeedRequest request_;
  const FeedCache::TextNumber filters_;
  LogPosition position_;
};

}  // namespace swarmbell
