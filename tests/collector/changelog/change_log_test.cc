#include "collector/changelog/change_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::MatchesRegex;

std::vector<v1::ChangeEvent> Events(const std::vector<std::string>& ids) {
  std::vector<v1::ChangeEvent> events;
  for (const std::string& id : ids) events.emplace_back().set_event_id(id);
  return events;
}

// The changes that were read, as `sequence:id` joined per batch.
std::vector<std::string> Told(const LogRead& read) {
  std::vector<std::string> told;
  for (const auto& batch : read.batches) {
    std::string& text = told.emplace_back();
    for (const v1::ChangeEvent& event : batch->events) {
      text += (text.empty() ? "" : " ") + std::to_string(event.sequence()) + ':' + event.event_id();
    }
  }
  return told;
}

constexpr std::size_t kAll = 1000;

TEST(MemoryChangeLogTest, StartsEmptyWithARandomIdentity) {
  const MemoryChangeLog log;
  EXPECT_THAT(log.Newest().log_id, MatchesRegex("[0-9a-f]{32}"));
  EXPECT_NE(log.Newest().log_id, MemoryChangeLog().Newest().log_id);
  EXPECT_EQ(log.Newest().sequence, 0u);
  EXPECT_EQ(log.Oldest(), log.Newest());
  const LogRead read = log.ReadAfter(log.Newest(), kAll);
  EXPECT_EQ(read.gap, LogGap::kNone);
  EXPECT_THAT(read.batches, IsEmpty());
  EXPECT_EQ(read.next, log.Newest());
}

TEST(MemoryChangeLogTest, NumbersEventsAndKeepsBatchesTogether) {
  MemoryChangeLog log;
  const LogPosition start = log.Newest();
  log.Append(Events({"a", "b"}));
  log.Append({});
  log.Append(Events({"c"}));
  const LogRead read = log.ReadAfter(start, kAll);
  EXPECT_THAT(Told(read), ElementsAre("1:a 2:b", "3:c"));
  EXPECT_EQ(read.next, log.Newest());
  EXPECT_EQ(log.Newest().sequence, 3u);
  EXPECT_EQ(log.Oldest().sequence, 0u);
}

TEST(MemoryChangeLogTest, ReadsWholeBatchesWithinTheLimit) {
  MemoryChangeLog log;
  const LogPosition start = log.Newest();
  log.Append(Events({"a", "b"}));
  log.Append(Events({"c", "d"}));
  log.Append(Events({"e"}));
  EXPECT_THAT(Told(log.ReadAfter(start, 1)), ElementsAre("1:a 2:b"));
  EXPECT_THAT(Told(log.ReadAfter(start, 3)), ElementsAre("1:a 2:b"));
  const LogRead read = log.ReadAfter(start, 4);
  EXPECT_THAT(Told(read), ElementsAre("1:a 2:b", "3:c 4:d"));
  EXPECT_EQ(read.next.sequence, 4u);
  EXPECT_THAT(Told(log.ReadAfter(read.next, 4)), ElementsAre("5:e"));
}

TEST(MemoryChangeLogTest, APositionInsideABatchGetsTheWholeBatch) {
  MemoryChangeLog log;
  log.Append(Events({"a", "b", "c"}));
  log.Append(Events({"d"}));
  LogPosition position = log.Oldest();
  const LogRead from_start = log.ReadAfter(position, kAll);
  for (position.sequence = 1; position.sequence < 3; ++position.sequence) {
    const LogRead from_inside = log.ReadAfter(position, kAll);
    EXPECT_THAT(Told(from_inside), ElementsAre("1:a 2:b 3:c", "4:d"));
    EXPECT_EQ(from_inside.batches, from_start.batches) << "every reader gets the same object";
    EXPECT_EQ(from_inside.next, log.Newest());
  }
  // The events after the position count, not those before it.
  position.sequence = 2;
  EXPECT_THAT(Told(log.ReadAfter(position, 2)), ElementsAre("1:a 2:b 3:c", "4:d"));
  EXPECT_THAT(Told(log.ReadAfter(position, 1)), ElementsAre("1:a 2:b 3:c"));
  position.sequence = 3;
  EXPECT_THAT(Told(log.ReadAfter(position, kAll)), ElementsAre("4:d"));
  position.sequence = 4;
  EXPECT_THAT(Told(log.ReadAfter(position, kAll)), IsEmpty());
}

TEST(MemoryChangeLogTest, CompactsByEventsAndTellsTheGap) {
  MemoryChangeLog log({.max_events = 3});
  const LogPosition start = log.Newest();
  log.Append(Events({"a", "b"}));
  log.Append(Events({"c"}));
  EXPECT_EQ(log.ReadAfter(start, kAll).gap, LogGap::kNone);
  log.Append(Events({"d"}));
  EXPECT_EQ(log.Oldest().sequence, 2u);
  const LogRead read = log.ReadAfter(start, kAll);
  EXPECT_EQ(read.gap, LogGap::kCompacted);
  EXPECT_THAT(Told(read), ElementsAre("3:c", "4:d"));
  EXPECT_EQ(read.AfterGap(), log.Oldest());
  EXPECT_EQ(read.next, log.Newest());
  EXPECT_EQ(log.ReadAfter(log.Oldest(), kAll).gap, LogGap::kNone);
}

TEST(MemoryChangeLogTest, CompactsByBytes) {
  MemoryChangeLog log({.max_bytes = 250000});
  const std::string large(100000, 'x');
  log.Append(Events({large}));
  log.Append(Events({large}));
  EXPECT_EQ(log.Oldest().sequence, 0u);
  log.Append(Events({large}));
  EXPECT_EQ(log.Oldest().sequence, 1u);
}

TEST(MemoryChangeLogTest, TheNewestBatchStaysEvenWhenItIsOverTheBounds) {
  MemoryChangeLog log({.max_events = 2, .max_bytes = 1});
  log.Append(Events({"a"}));
  log.Append(Events({"b", "c", "d"}));
  EXPECT_THAT(Told(log.ReadAfter(log.Oldest(), 1)), ElementsAre("2:b 3:c 4:d"));
}

TEST(MemoryChangeLogTest, PositionsOfAnotherLogAreTold) {
  MemoryChangeLog log;
  log.Append(Events({"a"}));
  for (const LogPosition& position :
       {LogPosition{}, LogPosition{"0123", 1}, LogPosition{log.Newest().log_id, 2}}) {
    const LogRead read = log.ReadAfter(position, kAll);
    EXPECT_EQ(read.gap, LogGap::kOtherLog) << position.log_id << ' ' << position.sequence;
    EXPECT_THAT(Told(read), ElementsAre("1:a"));
    EXPECT_EQ(read.next, log.Newest());
  }
}

TEST(MemoryChangeLogTest, ResetMakesAnotherLog) {
  MemoryChangeLog log;
  log.Append(Events({"a"}));
  const LogPosition before = log.Newest();
  log.Reset();
  EXPECT_NE(log.Newest().log_id, before.log_id);
  EXPECT_EQ(log.Newest().sequence, 0u);
  EXPECT_EQ(log.ReadAfter(before, kAll).gap, LogGap::kOtherLog);
  log.Append(Events({"b"}));
  EXPECT_THAT(Told(log.ReadAfter(before, kAll)), ElementsAre("1:b"));
}

TEST(MemoryChangeLogTest, ReadersKeepWhatTheyReadWhenItIsCompacted) {
  MemoryChangeLog log({.max_events = 1});
  log.Append(Events({"a"}));
  const LogRead read = log.ReadAfter(log.Oldest(), kAll);
  log.Append(Events({"b"}));
  EXPECT_THAT(Told(read), ElementsAre("1:a"));
}

TEST(MemoryChangeLogTest, TellsListenersAfterTheChangeIsReadable) {
  MemoryChangeLog log;
  std::vector<std::uint64_t> seen;
  auto listener = log.Listen([&] { seen.push_back(log.Newest().sequence); });
  log.Append(Events({"a", "b"}));
  log.Append({});
  log.Reset();
  EXPECT_THAT(seen, ElementsAre(2, 0));
  listener.reset();
  log.Append(Events({"c"}));
  EXPECT_EQ(seen.size(), 2u);
}

TEST(MemoryChangeLogTest, CallsEveryListenerUntilItIsGone) {
  MemoryChangeLog log;
  int first = 0;
  int second = 0;
  auto one = log.Listen([&] { ++first; });
  const auto two = log.Listen([&] { ++second; });
  log.Append(Events({"a"}));
  one.reset();
  log.Append(Events({"b"}));
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 2);
}

TEST(MemoryChangeLogTest, RemovingAListenerWaitsForTheCallInProgress) {
  MemoryChangeLog log;
  std::latch entered(1);
  std::latch leave(1);
  std::atomic<bool> left = false;
  auto listener = log.Listen([&] {
    entered.count_down();
    leave.wait();
    left = true;
  });
  std::jthread appender([&] { log.Append(Events({"a"})); });
  entered.wait();
  std::jthread remover([&, gone = std::move(listener)]() mutable {
    gone.reset();
    EXPECT_TRUE(left);
  });
  leave.count_down();
}

TEST(MemoryChangeLogTest, AListenerMayOutliveTheLog) {
  std::unique_ptr<ChangeLog::Listener> listener;
  {
    MemoryChangeLog log;
    listener = log.Listen([] {});
  }
  listener.reset();
}

// Appends from several threads while others follow; every follower must see every event once, in order.
TEST(MemoryChangeLogTest, FollowersMissNothingWhileOthersAppend) {
  constexpr int kAppenders = 3;
  constexpr int kBatches = 200;
  MemoryChangeLog log;
  std::atomic<int> calls = 0;
  const auto listener = log.Listen([&] { ++calls; });
  const LogPosition start = log.Newest();
  const auto follow = [&] {
    LogPosition position = start;
    std::set<std::string> ids;
    while (position.sequence < kAppenders * kBatches * 2) {
      const LogRead read = log.ReadAfter(position, 7);
      ASSERT_EQ(read.gap, LogGap::kNone);
      for (const auto& batch : read.batches) {
        for (const v1::ChangeEvent& event : batch->events) {
          ASSERT_EQ(event.sequence(), ++position.sequence);
          ASSERT_TRUE(ids.insert(event.event_id()).second);
        }
      }
      ASSERT_EQ(read.next.sequence, position.sequence);
      if (read.batches.empty()) std::this_thread::yield();
    }
  };
  {
    std::vector<std::jthread> threads;
    threads.emplace_back(follow);
    threads.emplace_back(follow);
    for (int appender = 0; appender < kAppenders; ++appender) {
      threads.emplace_back([&, appender] {
        for (int n = 0; n < kBatches; ++n) {
          const std::string id = std::to_string(appender) + '.' + std::to_string(n);
          log.Append(Events({id + 'a', id + 'b'}));
        }
      });
    }
  }
  EXPECT_EQ(calls, kAppenders * kBatches);
}

}  // namespace
}  // namespace swarmbell
