// The state of a version whose keys had no braces, and whose log was a sorted set: an upgrade loses nothing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collector/store/record.h"
#include "tests/collector/store/state_harness.h"

namespace swarmbell {
namespace {

using ::testing::ElementsAre;

constexpr char kOlder[] = "bell:collector:node1:";
constexpr char kPresent[] = "bell:collector:{node1}:";

class OlderStateTest : public StateHarness {
 protected:
  static std::string Older(const std::string& name) { return kOlder + name; }
  static std::string Present(const std::string& name) { return kPresent + name; }

  // Makes what an older version would have left: two batches, two services, a subscription.
  void LeaveOlderState() {
    {
      FakeCollector collector(Options());
      collector.Begin();
      collector.Append({"e1", "e2"});
      collector.Append({"e3"});
      collector.Know({"web", "db"});
      collector.book.Acknowledge("notifier", LogPosition{collector.log.Newest().log_id, 2}, {"m"}, "state");
      log_id_ = collector.log.Newest().log_id;
    }
    for (const char* name : {"known", "subscriptions"}) Redis({"RENAME", Present(name), Older(name)});
    auto head = OpenHead(Redis({"GET", Present("head")}).text);
    ASSERT_TRUE(head.ok());
    head->set_batches(2);
    head->clear_changes();
    head->clear_log_epoch();
    Redis({"SET", Older("head"), SealHead(*head)});
    store::v1::Batch one;
    for (const int sequence : {1, 2}) AddEvent(sequence, one);
    store::v1::Batch two;
    AddEvent(3, two);
    Redis({"ZADD", Older("log"), "1", SealMessage("batch", one), "3", SealMessage("batch", two)});
    Redis({"DEL", Present("head"), Present("changes")});
  }

  static void AddEvent(int sequence, store::v1::Batch& batch) {
    v1::ChangeEvent& event = *batch.add_events();
    event.set_event_id("e" + std::to_string(sequence));
    event.set_sequence(static_cast<std::uint64_t>(sequence));
  }

  std::string log_id_;
};

TEST_F(OlderStateTest, IsTakenOverOnce) {
  LeaveOlderState();
  {
    FakeCollector upgraded(Options());
    const KeptState kept = upgraded.Begin();
    EXPECT_TRUE(kept.found);
    EXPECT_TRUE(kept.same_reader);
    EXPECT_THAT(ServiceNames(kept.swarm), ElementsAre("db", "web"));
    EXPECT_THAT(upgraded.After({log_id_, 1}), ElementsAre("e1", "e2", "e3"));
    EXPECT_EQ(upgraded.book.All()["notifier"].state, "state");
    upgraded.Append({"e4"});
  }
  for (const char* name : {"head", "log", "known", "subscriptions"}) {
    EXPECT_EQ(Redis({"EXISTS", Older(name)}).integer, 0) << name;
  }
  FakeCollector next(Options());
  EXPECT_TRUE(next.Begin().found);
  EXPECT_THAT(next.After({log_id_, 2}), ElementsAre("e3", "e4"));
  EXPECT_EQ(next.book.All()["notifier"].position, (LogPosition{log_id_, 2}));
}

// Its own keys are of no use, because it ended before it had written all.
TEST_F(OlderStateTest, IsTakenOverAgainAfterAnUpgradeThatWasInterrupted) {
  LeaveOlderState();
  auto head = OpenHead(Redis({"GET", Older("head")}).text);
  ASSERT_TRUE(head.ok());
  head->set_complete(false);
  Redis({"SET", Present("head"), SealHead(*head)});
  FakeCollector again(Options());
  EXPECT_TRUE(again.Begin().found);
  EXPECT_THAT(again.After({log_id_, 2}), ElementsAre("e3"));
}

TEST_F(OlderStateTest, CollectorOfTheOlderVersionNoLongerOwnsIt) {
  LeaveOlderState();
  const std::string before = Redis({"GET", Older("head")}).text;
  server_.Pause();
  FakeCollector upgraded(Options());
  server_.Resume();
  ASSERT_TRUE(upgraded.Begin().found);
  EXPECT_NE(Redis({"GET", Older("head")}).text, before);
}

}  // namespace
}  // namespace swarmbell
