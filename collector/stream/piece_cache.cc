#include "collector/stream/piece_cache.h"

#include <iterator>
#include <utility>

namespace swarmbell {
namespace {

constexpr std::size_t kBytesOfNone = 256;  // about what an entry takes besides its message

bool SameBatch(const std::weak_ptr<const LogBatch>& kept, const PieceCache::Batch& batch) {
  return !kept.owner_before(batch) && !batch.owner_before(kept);
}

}  // namespace

std::size_t PieceCache::BytesOf(const FeedPiece& piece) {
  return kBytesOfNone + (piece.message ? piece.message->size : 0);
}

PieceCache::Piece PieceCache::Find(const Key& key, const Batch& batch) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end() || !SameBatch(found->second->batch, batch)) return nullptr;
  found->second->used = true;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->piece;
}

void PieceCache::Keep(const Key& key, const Batch& batch, Piece piece) {
  const std::lock_guard lock(mutex_);
  if (const auto old = by_key_.find(key); old != by_key_.end()) Drop(old->second);
  bytes_ += BytesOf(*piece);
  entries_.push_front({.key = key, .batch = batch, .piece = std::move(piece)});
  by_key_[key] = entries_.begin();
  while (bytes_ > max_bytes_ && entries_.size() > 1) Drop(std::prev(entries_.end()));
}

void PieceCache::DropUnused() {
  const std::lock_guard lock(mutex_);
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const auto here = entry++;
    if (here->used) {
      here->used = false;
    } else {
      Drop(here);
    }
  }
}

void PieceCache::Drop(Entries::iterator entry) {
  bytes_ -= BytesOf(*entry->piece);
  by_key_.erase(entry->key);
  entries_.erase(entry);
}

}  // namespace swarmbell
