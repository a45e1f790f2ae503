#include "collector/poll/status_board.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

class StatusBoardTest : public testing::Test {
 protected:
  StatusBoardTest() { DeclarePollMetrics(metrics_); }

  absl::Time At(int seconds) const { return start_ + absl::Seconds(seconds); }

  void Know() {
    Identity identity;
    identity.cluster.set_id("cluster");
    identity.observer.set_node_id("node");
    identity.observer.set_hostname("host");
    board_.SetIdentity(identity);
  }

  // All lists but this one.
  void ReadOthersThan(Endpoint endpoint, int at) {
    for (const Endpoint other :
         {Endpoint::kServices, Endpoint::kNodes, Endpoint::kTasks, Endpoint::kContainers}) {
      if (other != endpoint) board_.Succeeded(other, 1, At(at));
    }
  }

  std::optional<v1::ChangeEvent> CheckAll(absl::Time now) {
    return board_.CheckStale(now, StatusBoard::Look::kFailuresAndSilence);
  }

  static constexpr StaleLimits kLimits{.failing = absl::Seconds(30), .busy = absl::Seconds(45)};
  const absl::Time start_ = absl::FromUnixSeconds(1000);
  const absl::Status lost_ = absl::UnavailableError("lost");
  Metrics metrics_;
  std::function<void(v1::ChangeEvent)> emit_ = [](const v1::ChangeEvent&) {};
  StatusBoard board_{start_, kLimits,  "me",
                     true,   metrics_, [this](v1::ChangeEvent event) {
                       emit_(std::move(event)); }};
};

// A first try may hang: until it ends it has neither failed nor read.
TEST_F(StatusBoardTest, WhatHasNotBeenReadYetIsShownSo) {
  board_.Succeeded(Endpoint::kServices, 1, start_);
  std::map<std::string, bool> read;
  for (const EndpointStatus& endpoint : board_.Status().endpoints) {
    read[endpoint.path] = endpoint.last_read_time.has_value();
  }
  EXPECT_THAT(read, ElementsAre(Pair("/containers/json", false), Pair("/nodes", false),
                                Pair("/services", true), Pair("/tasks", false)));
  const StatusBoard without(start_, kLimits, "me", false, metrics_, {});
  EXPECT_EQ(without.Status().endpoints.size(), 3U);
}

TEST_F(StatusBoardTest, ReportsWhenFailuresBeginAndEnd) {
  EXPECT_FALSE(board_.Succeeded(Endpoint::kNodes, 3, At(0)));
  EXPECT_TRUE(board_.Failed(Endpoint::kNodes, lost_, At(11)));
  EXPECT_FALSE(board_.Failed(Endpoint::kNodes, lost_, At(11)));
  EXPECT_TRUE(board_.Failed(Endpoint::kTasks, lost_, At(11)));
  EXPECT_TRUE(board_.Succeeded(Endpoint::kNodes, 3, At(1)));
  EXPECT_FALSE(board_.Succeeded(Endpoint::kNodes, 3, At(2)));
}

TEST_F(StatusBoardTest, IsStaleOnceAndRecoversOnce) {
  Know();
  board_.Succeeded(Endpoint::kNodes, 3, At(10));
  board_.Failed(Endpoint::kNodes, lost_, At(11));
  EXPECT_FALSE(board_.CheckStale(At(40)));
  const auto stale = board_.CheckStale(At(41));
  ASSERT_TRUE(stale);
  EXPECT_TRUE(board_.Status().stale);
  EXPECT_EQ(stale->resource().kind(), v1::RESOURCE_KIND_COLLECTOR);
  EXPECT_EQ(stale->resource().name(), "host");
  EXPECT_EQ(stale->resource().id(), "node");
  EXPECT_EQ(stale->cluster().id(), "cluster");
  EXPECT_THAT(stale->collector_stale().endpoints(), ElementsAre("/nodes"));
  EXPECT_EQ(stale->collector_stale().error(), "lost");
  EXPECT_EQ(stale->collector_stale().last_read_time().seconds(), 1010);
  EXPECT_FALSE(board_.CheckStale(At(90)));
  EXPECT_THAT(metrics_.Render(), HasSubstr("swarmbell_stale 1"));

  board_.Succeeded(Endpoint::kNodes, 3, At(100));
  ReadOthersThan(Endpoint::kNodes, 100);
  const auto recovered = board_.CheckStale(At(100));
  ASSERT_TRUE(recovered);
  EXPECT_EQ(recovered->collector_recovered().last_read_time().seconds(), 1010);
  EXPECT_NE(recovered->event_id(), stale->event_id());
  EXPECT_FALSE(board_.CheckStale(At(101)));
  EXPECT_FALSE(board_.Status().stale);
}

TEST_F(StatusBoardTest, WhatNeedNotBeReadIsNotStale) {
  board_.Succeeded(Endpoint::kTasks, 3, At(10));
  board_.Postponed(Endpoint::kTasks, At(300));
  ReadOthersThan(Endpoint::kTasks, 300);
  board_.Failed(Endpoint::kTasks, lost_, At(310));
  EXPECT_FALSE(board_.CheckStale(At(330)));
  const auto stale = board_.CheckStale(At(331));
  ASSERT_TRUE(stale);
  EXPECT_EQ(stale->collector_stale().last_read_time().seconds(), 1010);
}

TEST_F(StatusBoardTest, IsStaleUntilEverythingIsRead) {
  board_.Failed(Endpoint::kNodes, lost_, At(11));
  board_.Failed(Endpoint::kTasks, lost_, At(11));
  const auto stale = board_.CheckStale(At(31));
  ASSERT_TRUE(stale);
  EXPECT_THAT(stale->collector_stale().endpoints(), ElementsAre("/nodes", "/tasks"));
  EXPECT_FALSE(stale->collector_stale().has_last_read_time());
  EXPECT_EQ(stale->resource().name(), "me");
  board_.Succeeded(Endpoint::kTasks, 0, At(40));
  EXPECT_FALSE(board_.CheckStale(At(40)));
  ReadOthersThan(Endpoint::kNodes, 41);
  EXPECT_FALSE(board_.CheckStale(At(41)));
  board_.Succeeded(Endpoint::kNodes, 0, At(41));
  EXPECT_TRUE(board_.CheckStale(At(41)));
}

TEST_F(StatusBoardTest, NamesOfNetworksDoNotCount) {
  ReadOthersThan(Endpoint::kNetworks, 1000);
  board_.Failed(Endpoint::kNetworks, lost_, At(11));
  EXPECT_FALSE(board_.CheckStale(At(1000)));
}

TEST_F(StatusBoardTest, AnOldAnswerOfInfoIsNoStaleness) {
  board_.Succeeded(Endpoint::kInfo, 1, At(0));
  ReadOthersThan(Endpoint::kInfo, 5000);
  board_.Failed(Endpoint::kInfo, lost_, At(5000));
  EXPECT_FALSE(board_.CheckStale(At(5030)));
  EXPECT_TRUE(board_.CheckStale(At(5031)));
}

// A reader that hangs fails at nothing.
TEST_F(StatusBoardTest, IsStaleWithoutAnErrorWhenNothingIsRead) {
  Know();
  ReadOthersThan(Endpoint::kNetworks, 10);
  board_.Succeeded(Endpoint::kTasks, 5, At(12));
  EXPECT_FALSE(CheckAll(At(55)));
  EXPECT_FALSE(board_.CheckStale(At(56))) << "who reads has not got to it yet";
  const auto stale = CheckAll(At(56));
  ASSERT_TRUE(stale);
  EXPECT_THAT(stale->collector_stale().endpoints(), ElementsAre("/services", "/nodes", "/containers/json"));
  EXPECT_THAT(stale->collector_stale().error(), HasSubstr("nothing was read for more than 45s"));
  EXPECT_EQ(stale->collector_stale().last_read_time().seconds(), 1010);
  EXPECT_EQ(board_.Status().stale_error, stale->collector_stale().error());
  EXPECT_FALSE(CheckAll(At(80)));

  ReadOthersThan(Endpoint::kContainers, 81);
  EXPECT_FALSE(CheckAll(At(81)));
  board_.Succeeded(Endpoint::kContainers, 0, At(82));
  EXPECT_TRUE(CheckAll(At(82)));
  EXPECT_EQ(board_.Status().stale_error, "");
}

TEST_F(StatusBoardTest, AListThatNeedNotBeReadDoesNotAge) {
  ReadOthersThan(Endpoint::kNetworks, 10);
  for (int at = 20; at < 300; at += 10) {
    ReadOthersThan(Endpoint::kTasks, at);
    board_.Postponed(Endpoint::kTasks, At(at));
    EXPECT_FALSE(CheckAll(At(at + 9))) << at;
  }
}

TEST_F(StatusBoardTest, AFailureSaysWhyTheRestIsOld) {
  ReadOthersThan(Endpoint::kNetworks, 0);
  board_.Failed(Endpoint::kNodes, lost_, At(25));
  EXPECT_FALSE(board_.CheckStale(At(30)));
  const auto stale = CheckAll(At(50));
  ASSERT_TRUE(stale);
  EXPECT_THAT(stale->collector_stale().endpoints(), ElementsAre("/nodes"));
  EXPECT_EQ(stale->collector_stale().error(), "lost");
}

TEST_F(StatusBoardTest, AClockThatIsSetSaysNothingOfAges) {
  ReadOthersThan(Endpoint::kNetworks, 10);
  board_.ClockStepped(At(3600));
  EXPECT_FALSE(CheckAll(At(3645)));
  EXPECT_TRUE(CheckAll(At(3646)));  // it hangs all the same
  board_.ClockStepped(At(9000));
  EXPECT_FALSE(CheckAll(At(9001))) << "nothing was read, so nothing is over";
}

TEST_F(StatusBoardTest, AClockThatIsSetBackHidesNoHang) {
  ReadOthersThan(Endpoint::kNetworks, 5000);
  board_.ClockStepped(At(-100));
  EXPECT_FALSE(CheckAll(At(-60)));
  EXPECT_TRUE(CheckAll(At(-54)));
}

// One thread takes the time, another notes a reading, and only then does the first one look.
TEST_F(StatusBoardTest, AReadingJustAfterTheTimeWasTakenIsNoSilence) {
  for (const Endpoint endpoint :
       {Endpoint::kServices, Endpoint::kNodes, Endpoint::kTasks, Endpoint::kContainers}) {
    board_.Succeeded(endpoint, 1, At(1000) + absl::Milliseconds(3));
  }
  EXPECT_FALSE(board_.CheckStale(At(1000), StatusBoard::Look::kFailuresAndSilence));
  EXPECT_FALSE(board_.Status().stale);
}

TEST_F(StatusBoardTest, ThreadsEmitInTheOrderOfTheChanges) {
  ReadOthersThan(Endpoint::kNodes, 0);
  board_.Failed(Endpoint::kNodes, lost_, At(1));
  std::vector<bool> emitted;  // true for a recovery
  std::jthread reader;
  emit_ = [&](const v1::ChangeEvent& event) {
    if (event.has_collector_stale()) {
      // Another thread recovers meanwhile, and must wait.
      std::promise<void> done;
      std::future<void> ended = done.get_future();
      reader = std::jthread([this, done = std::move(done)]() mutable {
        ReadOthersThan(Endpoint::kNetworks, 31);
        board_.EmitStaleness(At(31));
        done.set_value();
      });
      EXPECT_EQ(ended.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout);
    }
    emitted.push_back(event.has_collector_recovered());
  };
  board_.EmitStaleness(At(31));
  reader.join();
  EXPECT_THAT(emitted, ElementsAre(false, true));
}

TEST_F(StatusBoardTest, ReportsSkippedObjectsOnceForEachReason) {
  EXPECT_FALSE(board_.Skipped(Endpoint::kTasks, {}));
  EXPECT_TRUE(board_.Skipped(Endpoint::kTasks, {2, "no name"}));
  EXPECT_FALSE(board_.Skipped(Endpoint::kTasks, {3, "no name"}));
  EXPECT_TRUE(board_.Skipped(Endpoint::kNodes, {1, "no name"}));
  EXPECT_FALSE(board_.Skipped(Endpoint::kTasks, {}));
  EXPECT_FALSE(board_.Skipped(Endpoint::kTasks, {1, "no name"}));
  EXPECT_TRUE(board_.Skipped(Endpoint::kTasks, {1, "odd"}));
  EXPECT_THAT(metrics_.Render(), HasSubstr("swarmbell_skipped_objects{endpoint=\"/tasks\"} 1"));
}

TEST_F(StatusBoardTest, TheSameTroubleHasTheSameId) {
  Know();
  StatusBoard other(At(5), kLimits, "other", true, metrics_, {});
  other.SetIdentity(*board_.GetIdentity());
  for (StatusBoard* board : {&board_, &other}) {
    board->Succeeded(Endpoint::kNodes, 1, At(10));
    board->Failed(Endpoint::kNodes, lost_, At(11));
  }
  EXPECT_EQ(board_.CheckStale(At(50))->event_id(), other.CheckStale(At(60))->event_id());
}

}  // namespace
}  // namespace swarmbell
