#include "collector/stream/change_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "collector/changelog/change_log.h"
#include "tests/collector/stream/feed_harness.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> Ids(const v1::ListChangesResponse& page) {
  std::vector<std::string> ids;
  for (const v1::ChangeEvent& event : page.events()) ids.push_back(event.event_id());
  return ids;
}

v1::ListChangesResponse Listed(const ChangeLog& log, const v1::ListChangesRequest& request) {
  const auto page = ListChanges(log, request);
  EXPECT_TRUE(page.ok()) << page.status();
  return page.ok() ? *page : v1::ListChangesResponse();
}

TEST(ChangeListTest, AnEmptyLogIsAnEmptyPage) {
  const MemoryChangeLog log;
  const auto page = Listed(log, {});
  EXPECT_THAT(Ids(page), IsEmpty());
  EXPECT_EQ(page.next_page_token(), "");
  EXPECT_EQ(page.cursor().log_id(), log.Newest().log_id);
  EXPECT_EQ(page.cursor().sequence(), 0u);
}

TEST(ChangeListTest, PagesMeetInsideABatch) {
  MemoryChangeLog log;
  log.Append(NodeEvents("a", 3));
  log.Append(NodeEvents("b", 2));
  v1::ListChangesRequest request;
  request.set_page_size(2);
  auto page = Listed(log, request);
  EXPECT_THAT(Ids(page), ElementsAre("a0", "a1"));
  EXPECT_EQ(page.cursor().sequence(), 2u);
  request.set_page_token(page.next_page_token());
  page = Listed(log, request);
  EXPECT_THAT(Ids(page), ElementsAre("a2", "b0"));
  request.set_page_token(page.next_page_token());
  page = Listed(log, request);
  EXPECT_THAT(Ids(page), ElementsAre("b1"));
  EXPECT_EQ(page.next_page_token(), "");
  EXPECT_EQ(page.cursor().sequence(), 5u);
}

TEST(ChangeListTest, ListsOnlyWhatWasObservedSinceATime) {
  MemoryChangeLog log;
  std::vector<v1::ChangeEvent> events = NodeEvents("a", 4);
  for (int second : {0, 1, 2, 3}) {
    events[static_cast<std::size_t>(second)].mutable_observe_time()->set_seconds(100 + second);
  }
  log.Append(events);
  v1::ListChangesRequest request;
  request.mutable_since()->set_seconds(102);
  request.set_page_size(1);
  auto page = Listed(log, request);
  EXPECT_THAT(Ids(page), ElementsAre("a2"));
  request.set_page_token(page.next_page_token());
  page = Listed(log, request);
  EXPECT_THAT(Ids(page), ElementsAre("a3"));
  EXPECT_EQ(page.next_page_token(), "");
}

TEST(ChangeListTest, AFullPageAtTheEndOfTheLogIsTheLast) {
  MemoryChangeLog log;
  log.Append(NodeEvents("a", 2));
  v1::ListChangesRequest request;
  request.set_page_size(2);
  EXPECT_EQ(Listed(log, request).next_page_token(), "");
}

TEST(ChangeListTest, SizesHaveADefaultAndABound) {
  MemoryChangeLog log;
  log.Append(NodeEvents("a", 1500));
  v1::ListChangesRequest request;
  EXPECT_THAT(Listed(log, request).events(), SizeIs(100));
  request.set_page_size(5000);
  EXPECT_THAT(Listed(log, request).events(), SizeIs(1000));
  request.set_page_size(-1);
  EXPECT_TRUE(absl::IsInvalidArgument(ListChanges(log, request).status()));
}

TEST(ChangeListTest, FiltersApplyAndTheCursorPassesWhatTheyDrop) {
  MemoryChangeLog log;
  log.Append({NodeEvent("n"), ServiceEvent("s"), NodeEvent("m")});
  v1::ListChangesRequest request;
  request.add_filters()->add_kinds(v1::RESOURCE_KIND_SERVICE);
  const auto page = Listed(log, request);
  EXPECT_THAT(Ids(page), ElementsAre("s"));
  EXPECT_EQ(page.cursor().sequence(), 3u);
  request.mutable_filters(0)->add_changes("bogus");
  EXPECT_TRUE(absl::IsInvalidArgument(ListChanges(log, request).status()));
}

TEST(ChangeListTest, LargeEventsEndAPageEarly) {
  MemoryChangeLog log;
  const std::string large(400000, 'x');
  log.Append(NodeEvents(large, 5));
  v1::ListChangesRequest request;
  auto page = Listed(log, request);
  EXPECT_THAT(page.events(), SizeIs(2));
  request.set_page_token(page.next_page_token());
  EXPECT_EQ(Listed(log, request).events(0).sequence(), 3u);
}

TEST(ChangeListTest, TokensOfOthersAreRefused) {
  MemoryChangeLog log;
  log.Append(NodeEvents("a", 3));
  v1::ListChangesRequest request;
  for (const char* token : {"made up", "x", "2", "cDE_not base64", "AAAA", "cDH_____"}) {
    request.set_page_token(token);
    EXPECT_TRUE(absl::IsInvalidArgument(ListChanges(log, request).status())) << token;
  }
  request.set_page_size(1);
  request.set_page_token("");
  request.set_page_token(Listed(log, request).next_page_token());
  EXPECT_TRUE(ListChanges(log, request).ok());
  log.Reset();
  EXPECT_TRUE(absl::IsInvalidArgument(ListChanges(log, request).status()));
}

TEST(ChangeListTest, GoesOnAtWhatIsStillHeld) {
  MemoryChangeLog log({.max_events = 2});
  log.Append(NodeEvents("a", 2));
  v1::ListChangesRequest request;
  request.set_page_size(1);
  request.set_page_token(Listed(log, request).next_page_token());
  log.Append(NodeEvents("b", 2));
  EXPECT_THAT(Ids(Listed(log, request)), ElementsAre("b0"));
}

}  // namespace
}  // namespace swarmbell
