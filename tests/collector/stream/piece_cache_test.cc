#include "collector/stream/piece_cache.h"

#include <gtest/gtest.h>

#include <memory>

namespace swarmbell {
namespace {

PieceCache::Piece Piece(std::size_t size) {
  auto message = std::make_shared<FeedMessage>();
  message->size = size;
  auto piece = std::make_shared<FeedPiece>();
  piece->message = std::move(message);
  return piece;
}

const PieceCache::Batch kBatch = std::make_shared<const LogBatch>();

TEST(PieceCacheTest, FindsWhatWasKept) {
  PieceCache cache;
  const auto piece = Piece(1);
  cache.Keep({1, 10}, kBatch, piece);
  EXPECT_EQ(cache.Find({1, 10}, kBatch), piece);
  EXPECT_EQ(cache.Find({1, 11}, kBatch), nullptr);
  EXPECT_EQ(cache.Find({2, 10}, kBatch), nullptr);
  EXPECT_EQ(cache.Find({1, 10}, std::make_shared<const LogBatch>()), nullptr);
}

TEST(PieceCacheTest, DropsWhatWasNotUsedForLongestWhenItIsFull) {
  PieceCache cache(3000);
  for (std::uint64_t after : {1u, 2u, 3u}) cache.Keep({1, after}, kBatch, Piece(700));
  EXPECT_NE(cache.Find({1, 1}, kBatch), nullptr);
  cache.Keep({1, 4}, kBatch, Piece(700));
  EXPECT_NE(cache.Find({1, 1}, kBatch), nullptr);
  EXPECT_EQ(cache.Find({1, 2}, kBatch), nullptr);
  EXPECT_NE(cache.Find({1, 3}, kBatch), nullptr);
  EXPECT_NE(cache.Find({1, 4}, kBatch), nullptr);
}

TEST(PieceCacheTest, WhatIsReplacedNoLongerCounts) {
  PieceCache cache(2000);
  for (int i = 0; i < 10; ++i) cache.Keep({1, 1}, kBatch, Piece(700));
  cache.Keep({1, 2}, kBatch, Piece(700));
  EXPECT_NE(cache.Find({1, 1}, kBatch), nullptr);
  EXPECT_NE(cache.Find({1, 2}, kBatch), nullptr);
}

TEST(PieceCacheTest, HoldsOneThatIsTooLarge) {
  PieceCache cache(10);
  cache.Keep({1, 1}, kBatch, Piece(700));
  EXPECT_NE(cache.Find({1, 1}, kBatch), nullptr);
}

TEST(PieceCacheTest, ForgetsWhatIsNotAskedForAnyMore) {
  PieceCache cache;
  cache.Keep({1, 1}, kBatch, Piece(1));
  cache.Keep({1, 2}, kBatch, Piece(1));
  cache.DropUnused();
  EXPECT_NE(cache.Find({1, 2}, kBatch), nullptr);
  cache.DropUnused();
  EXPECT_EQ(cache.Find({1, 1}, kBatch), nullptr);
  EXPECT_NE(cache.Find({1, 2}, kBatch), nullptr);
}

TEST(PieceCacheTest, WhatIsHeldElsewhereLivesOn) {
  PieceCache cache(1000);
  const auto held = Piece(700);
  cache.Keep({1, 1}, kBatch, held);
  cache.Keep({1, 2}, kBatch, Piece(700));
  EXPECT_EQ(cache.Find({1, 1}, kBatch), nullptr);
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_EQ(held->message->size, 700u);
}

}  // namespace
}  // namespace swarmbell
