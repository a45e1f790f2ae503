#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "collector/changelog/change_log.h"
#include "collector/stream/feed_reader.h"
#include "tests/collector/stream/feed_harness.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;

ChangeFilters Kinds(const std::vector<v1::ResourceKind>& kinds) {
  google::protobuf::RepeatedPtrField<v1::ChangeFilter> filters;
  for (const auto kind : kinds) filters.Add()->add_kinds(kind);
  return *ChangeFilters::Make(filters);
}

std::string Ids(const v1::SubscribeResponse& response) {
  std::string ids;
  for (const v1::ChangeEvent& event : response.changes().events())
    ids += (ids.empty() ? "" : " ") + event.event_id();
  return ids;
}

// `ids@sequence` of everything that is left.
std::vector<std::string> All(FeedReader& reader) {
  std::vector<std::string> all;
  while (const FeedMessagePtr message = reader.Next()) {
    const v1::SubscribeResponse response = Decoded(*message);
    all.push_back(Ids(response) + '@' + std::to_string(response.cursor().sequence()));
  }
  return all;
}

// Counts the reads of a log.
class CountingLog final : public ChangeLog {
 public:
  explicit CountingLog(ChangeLog& log) : log_(log) {}

  LogRead ReadAfter(const LogPosition& position, std::size_t max_events) const override {
    ++reads;
    return log_.ReadAfter(position, max_events);
  }
  void Append(std::vector<v1::ChangeEvent> events) override { log_.Append(std::move(events)); }
  LogPosition Oldest() const override { return log_.Oldest(); }
  LogPosition Newest() const override { return log_.Newest(); }
  void Reset() override { log_.Reset(); }
  std::unique_ptr<Listener> Listen(std::function<void()> on_change) override {
    return log_.Listen(std::move(on_change));
  }

  mutable int reads = 0;

 private:
  ChangeLog& log_;
};

class SharedMessagesTest : public testing::Test {
 protected:
  FeedReader Reader(ChangeFilters filters = {}, bool join = false) {
    return {log_, cache_, {.filters = std::move(filters), .join_reads = join}, log_.Oldest()};
  }
  FeedReader ReaderAfter(std::uint64_t sequence, bool join = false) {
    return {log_, cache_, {.join_reads = join}, {log_.Newest().log_id, sequence}};
  }
  void AppendSingly(int count) {
    for (const v1::ChangeEvent& event : NodeEvents("e", count)) log_.Append({event});
  }

  MemoryChangeLog log_;
  FeedCache cache_;
};

TEST_F(SharedMessagesTest, ThoseWithTheSameFiltersGetTheSameBytes) {
  log_.Append({NodeEvent("n"), ServiceEvent("s")});
  FeedReader one = Reader(Kinds({v1::RESOURCE_KIND_NODE, v1::RESOURCE_KIND_TASK}));
  FeedReader other = Reader(Kinds({v1::RESOURCE_KIND_TASK, v1::RESOURCE_KIND_NODE}));
  FeedReader different = Reader(Kinds({v1::RESOURCE_KIND_SERVICE}));
  FeedReader everything = Reader();
  const FeedMessagePtr message = one.Next();
  EXPECT_EQ(Ids(Decoded(*message)), "n");
  EXPECT_EQ(other.Next(), message);
  EXPECT_EQ(Ids(Decoded(*different.Next())), "s");
  EXPECT_EQ(Ids(Decoded(*everything.Next())), "n s");
}

TEST(LargeFiltersTest, TheirTextDoesNotCountInTheCache) {
  MemoryChangeLog log;
  FeedCache cache(5000);
  log.Append({ServiceEvent("s", "shop")});
  google::protobuf::RepeatedPtrField<v1::ChangeFilter> filters;
  filters.Add()->set_stack("shop");
  filters.Add()->set_stack(std::string(10'000, 'x'));
  const auto reader = [&](ChangeFilters made) {
    return FeedReader(log, cache, {.filters = std::move(made)}, log.Oldest());
  };
  FeedReader one = reader(*ChangeFilters::Make(filters));
  FeedReader everything = reader({});
  FeedReader other = reader(*ChangeFilters::Make(filters));
  const FeedMessagePtr message = one.Next();
  EXPECT_EQ(Ids(Decoded(*message)), "s");
  EXPECT_NE(everything.Next(), message);
  EXPECT_EQ(other.Next(), message);
}

TEST_F(SharedMessagesTest, AStackIsNotMistakenForAnother) {
  google::protobuf::RepeatedPtrField<v1::ChangeFilter> two;
  two.Add()->set_stack("a");
  two.Add()->set_stack("b");
  google::protobuf::RepeatedPtrField<v1::ChangeFilter> one;
  one.Add()->set_stack(ChangeFilters::Make(two)->Key());
  EXPECT_NE(ChangeFilters::Make(one)->Key(), ChangeFilters::Make(two)->Key());
  two.Add();  // passes all, so that nothing else matters
  EXPECT_EQ(ChangeFilters::Make(two)->Key(), ChangeFilters().Key());
}

TEST_F(SharedMessagesTest, APositionInsideABatchGetsWhatIsLeftOfIt) {
  log_.Append(NodeEvents("e", 3));
  FeedReader whole = Reader();
  FeedReader rest = ReaderAfter(1);
  EXPECT_THAT(All(whole), ElementsAre("e0 e1 e2@3"));
  EXPECT_THAT(All(rest), ElementsAre("e1 e2@3"));
}

TEST_F(SharedMessagesTest, ALogThatBeganAnewIsNotSentWhatTheOldOneHad) {
  log_.Append(NodeEvents("old", 1));
  FeedReader before = Reader();
  EXPECT_THAT(All(before), ElementsAre("old0@1"));
  log_.Reset();
  log_.Append(NodeEvents("new", 1));
  FeedReader after = Reader();
  EXPECT_THAT(All(after), ElementsAre("new0@1"));
}

// A new process has sent changes of its own before it finds the log of the earlier one; both logs have
// changes at the same sequences.
TEST_F(SharedMessagesTest, ARestoredLogIsNotSentWhatTheOwnOneHad) {
  constexpr std::uint64_t kLastGiven = 1'000'000'000;
  for (const bool join : {false, true}) {
    log_.Reset();
    log_.Append(NodeEvents("own", 2));
    FeedReader before = Reader({}, join);
    EXPECT_THAT(All(before), ElementsAre("own0 own1@2"));
    v1::ChangeEvent earlier = NodeEvent("earlier");
    earlier.set_sequence(1);
    const std::string log_id = NewLogId();
    log_.Restore(log_id, {std::make_shared<const LogBatch>(LogBatch{{earlier}})}, kLastGiven);
    FeedReader after(log_, cache_, {.join_reads = join}, {log_id, 0});
    EXPECT_THAT(All(after), ElementsAre("earlier@1", "own0 own1@1000000002"));
    EXPECT_EQ(before.Next()->gap, LogGap::kOtherLog);
    EXPECT_THAT(All(before), ElementsAre("earlier@1", "own0 own1@1000000002"));
  }
}

TEST(HeldMessageTest, WhatASubscriberIsBeingSentOutlivesItsEvents) {
  MemoryChangeLog log({.max_events = 2});
  FeedCache cache;
  log.Append(NodeEvents("a", 2));
  const LogPosition start = log.Oldest();
  FeedReader slow(log, cache, {}, start);
  const FeedMessagePtr held = slow.Next();
  for (int i = 0; i < 50; ++i) log.Append(NodeEvents("later" + std::string(5000, '.'), 2));
  cache.Clear();
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_EQ(Ids(Decoded(*held)), "a0 a1");
  EXPECT_EQ(slow.Next()->gap, LogGap::kCompacted);
  FeedReader late(log, cache, {}, start);
  EXPECT_EQ(late.Next()->gap, LogGap::kCompacted);
}

TEST_F(SharedMessagesTest, WhatDoesNotMatchIsPassedInLongSteps) {
  AppendSingly(1000);
  log_.Append({ServiceEvent("s")});
  CountingLog counting(log_);
  FeedReader reader(counting, cache_, {.filters = Kinds({v1::RESOURCE_KIND_SERVICE})}, log_.Oldest());
  EXPECT_EQ(Ids(Decoded(*reader.Next())), "s");
  EXPECT_EQ(reader.Position().sequence, 1001u);
  EXPECT_LE(counting.reads, 8);  // two for each step
}

v1::ChangeEvent FromThePast(const std::string& id, std::int64_t seconds) {
  v1::ChangeEvent event = NodeEvent(id);
  event.set_recollected(true);
  event.mutable_cluster()->set_id("c");
  event.mutable_occur_time()->set_seconds(seconds);
  return event;
}

TEST_F(SharedMessagesTest, WhatOneIsToldOfThePastIsNotSentToOthers) {
  log_.Append({FromThePast("past", 100), NodeEvent("n")});
  log_.Append({NodeEvent("m")});
  const auto knowing = [&](std::int64_t until) {
    v1::KnownSwarm known;
    known.set_cluster_id("c");
    known.mutable_until()->set_seconds(until);
    return FeedReader(log_, cache_, {.known = known}, log_.Oldest());
  };
  FeedReader nothing = Reader();
  FeedReader early = knowing(50);
  FeedReader late = knowing(150);
  FeedReader nothing_again = Reader();
  EXPECT_THAT(All(nothing), ElementsAre("n@2", "m@3"));
  EXPECT_THAT(All(early), ElementsAre("past n@2", "m@3"));
  EXPECT_THAT(All(late), ElementsAre("n@2", "m@3"));
  EXPECT_THAT(All(nothing_again), ElementsAre("n@2", "m@3"));
}

TEST_F(SharedMessagesTest, JoinedMessagesEndAtTheSamePlacesWhereverOneStarts) {
  AppendSingly(600);
  FeedReader start = Reader({}, true);
  FeedReader inside = ReaderAfter(100, true);
  const FeedMessagePtr first = start.Next();
  EXPECT_EQ(first->events, 256u);
  EXPECT_EQ(inside.Next()->events, 156u);
  const FeedMessagePtr second = start.Next();
  EXPECT_EQ(second->end, 512u);
  EXPECT_EQ(inside.Next(), second);
  const FeedMessagePtr third = start.Next();
  ASSERT_NE(third, nullptr);
  EXPECT_EQ(third->end, 600u);
  EXPECT_EQ(start.Next(), nullptr);
}

TEST_F(SharedMessagesTest, JoiningSendsEveryEventOnceInOrder) {
  for (int i = 0; i < 200; ++i) log_.Append(NodeEvents("e", 1 + i * 7 % 11));
  FeedReader reader = Reader({}, true);
  std::uint64_t sequence = 0;
  while (const FeedMessagePtr message = reader.Next()) {
    const v1::SubscribeResponse response = Decoded(*message);
    EXPECT_FALSE(response.changes().continued());
    for (const v1::ChangeEvent& event : response.changes().events()) ASSERT_EQ(event.sequence(), ++sequence);
    ASSERT_EQ(response.cursor().sequence(), sequence);
  }
  EXPECT_EQ(sequence, log_.Newest().sequence);
}

// Those who follow get every change by itself; who comes later must not get it like that.
TEST_F(SharedMessagesTest, WhatWasSentSinglyIsJoinedForThoseWhoComeLater) {
  FeedReader live = Reader({}, true);
  for (int i = 0; i < 10; ++i) {
    AppendSingly(1);
    EXPECT_EQ(live.Next()->events, 1u);
  }
  FeedReader late = Reader({}, true);
  EXPECT_EQ(late.Next()->events, 10u);
  EXPECT_EQ(late.Next(), nullptr);
}

TEST_F(SharedMessagesTest, WithoutJoiningEveryReadIsAMessage) {
  AppendSingly(3);
  FeedReader joined = Reader({}, true);
  FeedReader apart = Reader();
  EXPECT_THAT(All(joined), ElementsAre("e0 e1 e2@3"));
  EXPECT_THAT(All(apart), ElementsAre("e0@1", "e1@2", "e2@3"));
}

TEST(MessageLimitTest, JoiningDoesNotCutAReadInTwo) {
  MemoryChangeLog log;
  FeedCache cache;
  const std::string padding(80, '.');
  log.Append(NodeEvents("a" + padding, 1));
  log.Append(NodeEvents("b" + padding, 2));
  log.Append(NodeEvents("c" + padding, 3));
  FeedReader reader(log, cache, {.join_reads = true, .max_bytes = 250}, log.Oldest());
  std::vector<std::string> told;
  while (const FeedMessagePtr message = reader.Next()) {
    const v1::SubscribeResponse response = Decoded(*message);
    std::string& text = told.emplace_back();
    for (const v1::ChangeEvent& event : response.changes().events()) text += event.event_id()[0];
    if (response.changes().continued()) text += '+';
  }
  EXPECT_THAT(told, ElementsAre("a", "bb", "cc+", "c"));
}

FeedMessagePtr OfSize(std::size_t size) {
  auto message = std::make_shared<FeedMessage>();
  message->size = size;
  return message;
}

TEST(FeedCacheTest, FindsWhatWasPut) {
  FeedCache cache;
  const auto message = OfSize(1);
  cache.Put("a", message);
  EXPECT_EQ(cache.Find("a"), message);
  EXPECT_EQ(cache.Find("b"), nullptr);
}

TEST(FeedCacheTest, EvictsTheLeastRecentlyUsedWhenItIsFull) {
  FeedCache cache(3000);
  for (const char* key : {"1", "2", "3"}) cache.Put(key, OfSize(700));
  EXPECT_NE(cache.Find("1"), nullptr);
  cache.Put("4", OfSize(700));
  EXPECT_NE(cache.Find("1"), nullptr);
  EXPECT_EQ(cache.Find("2"), nullptr);
  EXPECT_NE(cache.Find("3"), nullptr);
  EXPECT_NE(cache.Find("4"), nullptr);
}

TEST(FeedCacheTest, WhatIsReplacedNoLongerCounts) {
  FeedCache cache(2000);
  for (int i = 0; i < 10; ++i) cache.Put("1", OfSize(700));
  cache.Put("2", OfSize(700));
  EXPECT_NE(cache.Find("1"), nullptr);
  EXPECT_NE(cache.Find("2"), nullptr);
}

TEST(FeedCacheTest, HoldsOneThatIsTooLarge) {
  FeedCache cache(10);
  cache.Put("1", OfSize(700));
  EXPECT_NE(cache.Find("1"), nullptr);
}

TEST(FeedCacheTest, ClearForgetsAllAndTheirSize) {
  FeedCache cache(2000);
  cache.Put("1", OfSize(700));
  cache.Put("2", OfSize(700));
  cache.Clear();
  EXPECT_EQ(cache.Find("1"), nullptr);
  EXPECT_EQ(cache.Find("2"), nullptr);
  cache.Put("3", OfSize(700));
  cache.Put("4", OfSize(700));
  EXPECT_NE(cache.Find("3"), nullptr);
}

TEST(FeedCacheTest, ATextHasOneNumberWhileItIsHeldAndNoOtherGetsItLater) {
  FeedCache cache;
  FeedCache::TextNumber one = cache.Intern("one");
  EXPECT_EQ(cache.Intern("one"), one);
  const FeedCache::TextNumber two = cache.Intern("two");
  EXPECT_NE(*two, *one);
  const std::uint64_t before = *one;
  one.reset();
  const FeedCache::TextNumber three = cache.Intern("three");
  EXPECT_NE(*three, before);
  EXPECT_NE(*three, *two);
  EXPECT_NE(*cache.Intern("one"), *three);
  EXPECT_EQ(cache.Intern("two"), two);
}

TEST(FeedCacheTest, WhatIsHeldElsewhereLivesOn) {
  FeedCache cache(1000);
  const auto held = OfSize(700);
  cache.Put("1", held);
  cache.Put("2", OfSize(700));
  EXPECT_EQ(cache.Find("1"), nullptr);
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_EQ(held->size, 700u);
}

}  // namespace
}  // namespace swarmbell
