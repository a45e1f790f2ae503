// A start finds records that it cannot use: it reports them, ignores them, and writes them again.

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

constexpr char kHead[] = "bell:collector:{node1}:head";
constexpr char kStoredChanges[] = "bell:collector:{node1}:changes";
constexpr char kKnown[] = "bell:collector:{node1}:known";
constexpr char kSubscriptions[] = "bell:collector:{node1}:subscriptions";

constexpr char kDeleteNewest[] =
    "local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1) "
    "return redis.call('XDEL', KEYS[1], last[1][1])";

INSTANTIATE_TEST_SUITE_P(
    Spoilings, SpoiltStateTest,
    testing::ValuesIn(std::vector<Spoiling>{
        {"GarbageHead", {{"SET", kHead, "garbage, and more of it"}}, "another version"},
        {"DamagedHead", {{"SETRANGE", kHead, "12", "damage"}}, "damaged"},
        {"EmptyHead", {{"SET", kHead, ""}}, "too short"},
        {"NewerHead", {{"SETRANGE", kHead, "0", "\x7f"}}, "another version"},
        {"HeadOfAnotherType", {{"DEL", kHead}, {"LPUSH", kHead, "x"}}, "WRONGTYPE"},
        {"LogIsGone", {{"DEL", kStoredChanges}}, "part of the log is missing"},
        {"OldestChangeIsGone", {{"XTRIM", kStoredChanges, "MAXLEN", "4"}}, "part of the log is missing"},
        {"NewestChangeIsGone", {{"EVAL", kDeleteNewest, "1", kStoredChanges}}, "part of the log is missing"},
        {"ChangeOfAnother", {{"XADD", kStoredChanges, "*", "json", "{}"}}, "numbers that cannot be"},
        {"GarbageInTheLog", {{"XADD", kStoredChanges, "*", "batch", "1", "proto", "garbage"}}, "is damaged"},
        {"LogOfAnotherType", {{"DEL", kStoredChanges}, {"SET", kStoredChanges, "x"}}, "WRONGTYPE"},
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
