// What a start finds that cannot be used: it is told, ignored, and written anew.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/collector/store/state_harness.h"

namespace swarmbell {
namespace {

using ::testing::ElementsAre;

struct Spoiling {
  std::string name;
  std::vector<RedisCommand> commands;
  std::string reason;
};

class SpoiltStateTest : public StateHarness, public testing::WithParamInterface<Spoiling> {};

TEST_P(SpoiltStateTest, IsToldIgnoredAndWrittenAnew) {
  {
    FakeCollector first(Options());
    first.Begin();
    for (int i = 0; i < 5; ++i) first.Append({"e" + std::to_string(i)});
    first.Know({"web", "db"});
    first.book.Acknowledge("notifier", LogPosition{"l", 1}, {}, {});
  }
  for (const RedisCommand& command : GetParam().commands) Redis(command);
  {
    FakeCollector second(Options());
    EXPECT_FALSE(second.Begin().found);
    EXPECT_EQ(Logged("Stored state cannot be used"), 1);
    EXPECT_GE(Logged(GetParam().reason), 1) << GetParam().reason;
    second.Append({"new"});
    second.Know({"mail"});
  }
  FakeCollector third(Options());
  const KeptState kept = third.Begin();
  EXPECT_TRUE(kept.found);
  EXPECT_THAT(ServiceNames(kept.swarm), ElementsAre("mail"));
  EXPECT_THAT(third.After(third.log.Oldest()), ElementsAre("new"));
}

constexpr char kHead[] = "bell:collector:node1:head";
constexpr char kLog[] = "bell:collector:node1:log";
constexpr char kKnown[] = "bell:collector:node1:known";
constexpr char kSubscriptions[] = "bell:collector:node1:subscriptions";

INSTANTIATE_TEST_SUITE_P(
    Spoilings, SpoiltStateTest,
    testing::ValuesIn(std::vector<Spoiling>{
        {"GarbageHead", {{"SET", kHead, "garbage, and more of it"}}, "another version"},
        {"DamagedHead", {{"SETRANGE", kHead, "12", "damage"}}, "damaged"},
        {"EmptyHead", {{"SET", kHead, ""}}, "too short"},
        {"NewerHead", {{"SETRANGE", kHead, "0", "\x7f"}}, "another version"},
        {"HeadOfAnotherType", {{"DEL", kHead}, {"LPUSH", kHead, "x"}}, "WRONGTYPE"},
        {"LogIsGone", {{"DEL", kLog}}, "part of the log is missing"},
        {"BatchIsGone", {{"ZPOPMIN", kLog}}, "part of the log is missing"},
        {"NewestBatchIsGone", {{"ZPOPMAX", kLog}}, "part of the log is missing"},
        {"GarbageInTheLog", {{"ZADD", kLog, "3", "garbage"}}, "batch"},
        {"LogOfAnotherType", {{"DEL", kLog}, {"SET", kLog, "x"}}, "WRONGTYPE"},
        {"KnownIsGone", {{"DEL", kKnown}}, "part of the known state is missing"},
        {"ServiceIsGone", {{"HDEL", kKnown, "service:db"}}, "part of the known state is missing"},
        {"GarbageService", {{"HSET", kKnown, "service:db", "garbage"}}, "service:db"},
        {"KnownOfAnotherType", {{"DEL", kKnown}, {"SADD", kKnown, "x"}}, "WRONGTYPE"},
        {"SubscriptionIsGone", {{"DEL", kSubscriptions}}, "part of the subscriptions is missing"},
        {"GarbageSubscription", {{"HSET", kSubscriptions, "position:notifier", ""}}, "position:notifier"},
    }),
    [](const auto& spoiling) { return spoiling.param.name; });

}  // namespace
}  // namespace swarmbell
