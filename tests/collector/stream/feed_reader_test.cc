#include "collector/stream/feed_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "collector/changelog/change_log.h"
#include "tests/collector/stream/feed_harness.h"

namespace swarmbell {
namespace {

ChangeFilters OnlyServices() {
  google::protobuf::RepeatedPtrField<v1::ChangeFilter> filters;
  filters.Add()->add_kinds(v1::RESOURCE_KIND_SERVICE);
  return *ChangeFilters::Make(filters);
}

// A reader that is alone with its cache.
class Reader {
 public:
  Reader(const ChangeLog& log, ChangeFilters filters, LogPosition start, v1::KnownSwarm known = {},
         std::size_t max_bytes = FeedRequest().max_bytes)
      : reader_(log, cache_,
                {.filters = std::move(filters), .known = std::move(known), .max_bytes = max_bytes},
                std::move(start)) {}

  FeedMessagePtr Next() { return reader_.Next(); }
  const LogPosition& Position() const { return reader_.Position(); }

 private:
  FeedCache cache_;
  FeedReader reader_;
};

// `ids...[+]@sequence`, or the gap's reason; `-` when there is nothing.
std::string Told(Reader& reader) {
  const auto message = reader.Next();
  if (message == nullptr) return "-";
  const v1::SubscribeResponse response = Decoded(*message);
  std::string text;
  for (const v1::ChangeEvent& event : response.changes().events())
    text += event.event_id().substr(0, 2) + ' ';
  if (response.has_gap()) text = v1::GapReason_Name(response.gap().reason()) + ' ';
  if (response.changes().continued()) text += "+ ";
  EXPECT_EQ(response.cursor().sequence(), reader.Position().sequence);
  EXPECT_EQ(message->end, response.cursor().sequence());
  EXPECT_EQ(message->events, static_cast<std::uint64_t>(response.changes().events_size()));
  return text + '@' + std::to_string(response.cursor().sequence());
}

TEST(FeedReaderTest, OneBatchIsOneMessage) {
  MemoryChangeLog log;
  Reader reader(log, {}, log.Newest());
  EXPECT_EQ(Told(reader), "-");
  log.Append(NodeEvents("a", 2));
  log.Append(NodeEvents("b", 1));
  EXPECT_EQ(Told(reader), "a0 a1 @2");
  EXPECT_EQ(Told(reader), "b0 @3");
  EXPECT_EQ(Told(reader), "-");
}

TEST(FeedReaderTest, WhatIsFilteredStillMovesTheCursor) {
  MemoryChangeLog log;
  Reader reader(log, OnlyServices(), log.Newest());
  log.Append({NodeEvent("n1"), ServiceEvent("s1"), NodeEvent("n2")});
  log.Append({NodeEvent("n3")});
  EXPECT_EQ(Told(reader), "s1 @3");
  EXPECT_EQ(Told(reader), "-");
  EXPECT_EQ(reader.Position().sequence, 4u);
}

v1::ChangeEvent Recollected(const std::string& id, std::int64_t seconds) {
  v1::ChangeEvent event = NodeEvent(id);
  event.set_recollected(true);
  event.mutable_cluster()->set_id("cluster1");
  event.mutable_occur_time()->set_seconds(seconds);
  return event;
}

TEST(FeedReaderTest, RecollectedChangesPassWhenTheyAreLaterThanWhatTheSubscriberKnows) {
  MemoryChangeLog log;
  v1::KnownSwarm known;
  known.set_cluster_id("cluster1");
  known.mutable_until()->set_seconds(100);
  Reader knows(log, {}, log.Newest(), known);
  known.set_cluster_id("cluster2");
  Reader knows_another(log, {}, log.Newest(), known);
  Reader knows_nothing(log, {}, log.Newest());
  log.Append({Recollected("a0", 99), Recollected("a1", 101)});
  log.Append({NodeEvent("b0")});
  EXPECT_EQ(Told(knows), "a1 @2");
  EXPECT_EQ(Told(knows), "b0 @3");
  EXPECT_EQ(Told(knows_another), "b0 @3");
  EXPECT_EQ(Told(knows_nothing), "b0 @3");
}

TEST(FeedReaderTest, LargeBatchesAreSplitWithTheCursorInside) {
  MemoryChangeLog log;
  Reader reader(log, {}, log.Newest(), {}, 250);
  const std::string padding(80, '.');
  std::vector<v1::ChangeEvent> events;
  for (const char* id : {"a0", "a1", "a2", "a3", "a4"}) events.push_back(NodeEvent(id + padding));
  log.Append(events);
  log.Append({NodeEvent("b0")});
  EXPECT_EQ(Told(reader), "a0 a1 + @2");
  EXPECT_EQ(Told(reader), "a2 a3 + @4");
  EXPECT_EQ(Told(reader), "a4 @5");
  EXPECT_EQ(Told(reader), "b0 @6");
}

TEST(FeedReaderTest, NothingIsContinuedWhenOnlyFilteredEventsFollow) {
  MemoryChangeLog log;
  Reader reader(log, OnlyServices(), log.Newest(), {}, 150);
  const std::string padding(80, '.');
  log.Append({ServiceEvent("s1" + padding), NodeEvent("n1" + padding), NodeEvent("n2" + padding)});
  EXPECT_EQ(Told(reader), "s1 @3");
}

TEST(FeedReaderTest, AnEventOverTheLimitGoesAlone) {
  MemoryChangeLog log;
  Reader reader(log, {}, log.Newest(), {}, 50);
  const std::string padding(80, '.');
  log.Append({NodeEvent("a0" + padding), NodeEvent("a1" + padding)});
  EXPECT_EQ(Told(reader), "a0 + @1");
  EXPECT_EQ(Told(reader), "a1 @2");
}

TEST(FeedReaderTest, ACompactedPositionGetsAGapAndThenWhatIsLeft) {
  MemoryChangeLog log({.max_events = 2});
  Reader reader(log, {}, log.Newest());
  log.Append(NodeEvents("a", 1));
  log.Append(NodeEvents("b", 1));
  log.Append(NodeEvents("c", 1));
  EXPECT_EQ(Told(reader), "GAP_REASON_COMPACTED @1");
  EXPECT_EQ(Told(reader), "b0 @2");
  EXPECT_EQ(Told(reader), "c0 @3");
}

TEST(FeedReaderTest, APositionOfAnotherLogGetsAGapAndThenTheWholeLog) {
  MemoryChangeLog log;
  log.Append(NodeEvents("a", 1));
  Reader reader(log, {}, {"another", 17});
  EXPECT_EQ(Told(reader), "GAP_REASON_LOG_RESET @0");
  EXPECT_EQ(Told(reader), "a0 @1");
}

TEST(FeedReaderTest, AResetWhileReadingIsAGap) {
  MemoryChangeLog log;
  log.Append(NodeEvents("a", 1));
  Reader reader(log, {}, log.Newest());
  log.Reset();
  EXPECT_EQ(Told(reader), "GAP_REASON_LOG_RESET @0");
  EXPECT_EQ(reader.Position().log_id, log.Newest().log_id);
  EXPECT_EQ(Told(reader), "-");
}

}  // namespace
}  // namespace swarmbell
