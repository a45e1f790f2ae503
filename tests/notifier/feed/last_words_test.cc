// The last words of a task, from collectors on real servers.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>

#include "notifier/feed/feed_set.h"
#include "tests/notifier/feed/collected.h"
#include "tests/notifier/feed/log_collector.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class LastWordsTest : public testing::Test {
 protected:
  LastWordsTest() { DeclareFeedMetrics(metrics_); }

  void Follow(const std::vector<const LogCollector*>& collectors) {
    std::vector<std::string> targets;
    for (const LogCollector* collector : collectors) targets.push_back(collector->Target());
    auto set = FeedSet::Start(
        targets, {},
        [](const FeedPeer& peer) {
          return grpc::CreateChannel(peer.target, grpc::InsecureChannelCredentials());
        },
        [this](const FeedBatch&, const std::stop_token&) { return true; }, handled_, Clock::Real(), metrics_);
    ASSERT_TRUE(set.ok()) << set.status();
    set_ = *std::move(set);
    ASSERT_TRUE(Eventually([&] { return set_->Following() == collectors.size(); }));
  }

  std::shared_ptr<PendingLastWords> Ask(const std::string& task, const std::string& node = "node1") {
    auto wanted = std::make_shared<PendingLastWords>(Clock::Real().Steady());
    set_->ReadLastWords({"swarm1", node, task}, wanted);
    return wanted;
  }

  static LastWords Wait(const std::shared_ptr<PendingLastWords>& wanted) {
    return wanted->Wait(Clock::Real(), {});
  }

  // The progress that names a collector's node comes just after the start of the stream.
  LastWords AskOnceKnown(const std::string& node, LogCollector& observer) {
    LastWords words;
    EXPECT_TRUE(Eventually([&] {
      words = Wait(Ask("t1", node));
      return !observer.Asked().empty();
    }));
    return words;
  }

  Metrics metrics_;
  HandledChanges handled_;
  std::unique_ptr<FeedSet> set_;
};

TEST_F(LastWordsTest, TheCollectorThatSawTheFailureIsAsked) {
  LogCollector one("node1", Says("from one"));
  LogCollector two("node2", Says("from two"));
  Follow({&one, &two});
  EXPECT_EQ(AskOnceKnown("node2", two), (LastWords{{"from two"}, ""}));
  const std::size_t before = one.Asked().size();
  EXPECT_EQ(Wait(Ask("t2", "node2")), (LastWords{{"from two"}, ""}));
  EXPECT_THAT(one.Asked(), SizeIs(before));
}

TEST_F(LastWordsTest, AnotherOneOfTheSwarmStepsIn) {
  for (const auto code : {grpc::StatusCode::NOT_FOUND, grpc::StatusCode::UNAVAILABLE,
                          grpc::StatusCode::RESOURCE_EXHAUSTED, grpc::StatusCode::UNIMPLEMENTED}) {
    LogCollector one("node1", Fails(code));
    LogCollector two("node2", Says("from two"));
    LogCollector elsewhere("node1", Says("of another swarm"), "swarm2");
    Follow({&one, &two, &elsewhere});
    EXPECT_EQ(AskOnceKnown("node1", one), (LastWords{{"from two"}, ""}));
    EXPECT_THAT(elsewhere.Asked(), IsEmpty());
    set_.reset();
  }
}

TEST_F(LastWordsTest, WhereLogsAreOffNothingIsShownAndNobodyElseAsked) {
  LogCollector one("node1", Fails(grpc::StatusCode::FAILED_PRECONDITION, "off"));
  Follow({&one});
  EXPECT_EQ(Wait(Ask("t1")), LastWords());
  EXPECT_THAT(one.Asked(), ElementsAre("t1"));
}

TEST_F(LastWordsTest, SaysWhyThereAreNone) {
  const auto reason = [this](LogCollector::Answer answer) {
    LogCollector one("node1", std::move(answer));
    Follow({&one});
    const LastWords words = Wait(Ask("t1"));
    EXPECT_THAT(words.lines, IsEmpty());
    set_.reset();
    return words.missing;
  };
  EXPECT_THAT(reason(nullptr), HasSubstr("older than this notifier"));
  EXPECT_THAT(reason(Fails(grpc::StatusCode::NOT_FOUND)), HasSubstr("no longer has this failure"));
  EXPECT_THAT(reason(Fails(grpc::StatusCode::UNAVAILABLE)),
              HasSubstr("connection to the collector was lost"));
  EXPECT_THAT(reason(Fails(grpc::StatusCode::PERMISSION_DENIED, "wrong token")), HasSubstr("wrong token"));
  EXPECT_THAT(reason([](v1::GetTaskLogResponse& response) {
                response.set_missing("the task wrote nothing");
                return grpc::Status::OK;
              }),
              "the task wrote nothing");
}

TEST_F(LastWordsTest, TheReasonOfTheCollectorThatSawItIsSaid) {
  LogCollector one("node1", Fails(grpc::StatusCode::NOT_FOUND));
  LogCollector two("node2", nullptr);
  Follow({&one, &two});
  EXPECT_THAT(AskOnceKnown("node1", one).missing, HasSubstr("no longer has"));
}

TEST_F(LastWordsTest, WithoutACollectorOfTheSwarmTheAnswerComesAtOnce) {
  LogCollector one("node1", Says("of another swarm"), "swarm2");
  Follow({&one});
  EXPECT_THAT(Wait(Ask("t1")).missing, HasSubstr("no collector of this swarm"));
  EXPECT_THAT(one.Asked(), IsEmpty());
}

TEST_F(LastWordsTest, ShowsTheLastEightLinesWhateverACollectorSends) {
  LogCollector one("node1", [](v1::GetTaskLogResponse& response) {
    for (int i = 0; i < 100; ++i) response.add_lines(absl::StrCat("line ", i));
    return grpc::Status::OK;
  });
  Follow({&one});
  const LastWords words = Wait(Ask("t1"));
  ASSERT_THAT(words.lines, SizeIs(8));
  EXPECT_EQ(words.lines.back(), "line 99");
}

TEST_F(LastWordsTest, AHundredAtOnceAreFiveAtATime) {
  LogCollector one("node1", Says("last"));
  one.Hold();
  Follow({&one});
  std::vector<std::shared_ptr<PendingLastWords>> wanted;
  wanted.reserve(100);
  for (int i = 0; i < 100; ++i) wanted.push_back(Ask(absl::StrCat("t", i)));
  ASSERT_TRUE(one.WaitForCalls(5));
  one.Release();
  for (const auto& one_wanted : wanted) EXPECT_EQ(Wait(one_wanted), (LastWords{{"last"}, ""}));
  EXPECT_THAT(one.Asked(), SizeIs(100));
  EXPECT_EQ(one.MostAtOnce(), 5);
}

TEST_F(LastWordsTest, TooManyAreRefused) {
  LogCollector one("node1", Says("last"));
  one.Hold();
  Follow({&one});
  std::vector<std::shared_ptr<PendingLastWords>> wanted;
  for (std::size_t i = 0; i < TaskLogCalls::kAtOnce + TaskLogCalls::kMostWaiting; ++i)
    wanted.push_back(Ask(absl::StrCat("t", i)));
  EXPECT_THAT(Wait(Ask("one more")).missing, HasSubstr("too many logs"));
}

TEST_F(LastWordsTest, WhatNobodyWaitsForAnyMoreIsNotAsked) {
  LogCollector one("node1", Says("last"));
  one.Hold();
  Follow({&one});
  std::vector<std::shared_ptr<PendingLastWords>> wanted;
  for (int i = 0; i < 5; ++i) wanted.push_back(Ask("held"));
  ASSERT_TRUE(one.WaitForCalls(5));
  Ask("given up");
  wanted.push_back(Ask("wanted"));
  one.Release();
  EXPECT_EQ(Wait(wanted.back()), (LastWords{{"last"}, ""}));
  EXPECT_THAT(one.Asked(), ElementsAre("held", "held", "held", "held", "held", "wanted"));
}

TEST_F(LastWordsTest, ACollectorThatDoesNotAnswerCostsThreeSeconds) {
  LogCollector one("node1", Says("late"));
  one.Hold();
  Follow({&one});
  const auto before = std::chrono::steady_clock::now();
  EXPECT_THAT(Wait(Ask("t1")).missing, HasSubstr("did not answer within 3 s"));
  const auto took = std::chrono::steady_clock::now() - before;
  EXPECT_GE(took, std::chrono::milliseconds(2900));
  EXPECT_LT(took, std::chrono::seconds(10));
}

TEST_F(LastWordsTest, TheEndAnswersWhatWaits) {
  LogCollector one("node1", Says("late"));
  one.Hold();
  Follow({&one});
  std::vector<std::shared_ptr<PendingLastWords>> wanted;
  wanted.reserve(10);
  for (int i = 0; i < 10; ++i) wanted.push_back(Ask("t1"));
  ASSERT_TRUE(one.WaitForCalls(5));
  set_->Stop();
  for (const auto& one_wanted : wanted) EXPECT_THAT(Wait(one_wanted).missing, HasSubstr("connection"));
  EXPECT_THAT(Wait(Ask("t2")).missing, HasSubstr("no collector"));
}

}  // namespace
}  // namespace swarmbell
