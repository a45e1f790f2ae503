#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "absl/hash/hash.h"
#include "collector/changelog/change_log.h"
#include "collector/stream/feed_piece.h"

namespace swarmbell {

// The pieces that were made lately, for the next who want them. Holds so many bytes of messages at most; what
// a subscriber is being sent lives on without it. Thread-safe.
class PieceCache {
 public:
  static constexpr std::size_t kMaxBytes = std::size_t{8} << 20;

  explicit PieceCache(std::size_t max_bytes = kMaxBytes) : max_bytes_(max_bytes) {}

  // A piece belongs to a group of readers, begins after a sequence, and was made of this batch.
  struct Key {
    std::uint64_t group = 0;
    std::uint64_t after = 0;

    friend bool operator==(const Key&, const Key&) = default;
  };
  using Batch = std::shared_ptr<const LogBatch>;
  using Piece = std::shared_ptr<const FeedPiece>;

  Piece Find(const Key& key, const Batch& batch);
  void Keep(const Key& key, const Batch& batch, Piece piece);

  // Drops what nobody has asked for since the last call.
  void DropUnused();

 private:
  struct Entry {
    Key key;
    std::weak_ptr<const LogBatch> batch;  // another log, or an older one, has the same sequences
    Piece piece;
    bool used = true;  // since the last DropUnused()
  };
  using Entries = std::list<Entry>;

  struct Hash {
    std::size_t operator()(const Key& key) const { return absl::HashOf(key.group, key.after); }
  };

  static std::size_t BytesOf(const FeedPiece& piece);
  void Drop(Entries::iterator entry);  // mutex_ held

  const std::size_t max_bytes_;
  std::mutex mutex_;
  Entries entries_;  // the last used first; guarded by mutex_, as is all below
  std::unordered_map<Key, Entries::iterator, Hash> by_key_;
  std::size_t bytes_ = 0;
};

}  // namespace swarmbell
