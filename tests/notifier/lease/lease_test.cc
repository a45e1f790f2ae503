// Several notifiers on one real Redis.
#include "notifier/lease/lease.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/redis_server.h"

namespace swarmbell {
namespace {

using testing::HasSubstr;

template <typename Condition>
bool Eventually(Condition condition) {
  for (int i = 0; i < 5000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return false;
}

// A notifier, as far as its duty goes.
struct Candidate {
  Candidate(const RedisServer& server, const std::string& name, Clock& clock,
            absl::Duration time_to_live = absl::Seconds(30)) {
    DeclareLeaseMetrics(metrics);
    LeaseOptions options;
    options.redis.address = *ParseRedisUrl(SecretString(server.Url()));
    options.redis.timeout = absl::Seconds(5);
    options.key = "swarmbell:notifier:n:on-duty";
    options.holder = name;
    options.time_to_live = time_to_live;
    lease = std::make_unique<Lease>(
        options,
        [this](bool is) {
          on_duty = is;
          ++calls;
        },
        clock, metrics);
  }

  bool Decided() {
    return Eventually([this] { return calls > 0; });
  }

  Metrics metrics;
  std::atomic<bool> on_duty = false;
  std::atomic<int> calls = 0;
  std::unique_ptr<Lease> lease;
};

class LeaseTest : public testing::Test {
 protected:
  static constexpr absl::Duration kShort = absl::Milliseconds(400);

  RedisServer server_;
};

TEST_F(LeaseTest, OneIsOnDutyAndTheOtherStandsBy) {
  Candidate first(server_, "first", Clock::Real());
  ASSERT_TRUE(first.Decided());
  EXPECT_TRUE(first.on_duty);
  Candidate second(server_, "second", Clock::Real());
  ASSERT_TRUE(second.Decided());
  EXPECT_FALSE(second.on_duty);
  EXPECT_THAT(first.metrics.Render(), HasSubstr("swarmbell_on_duty 1"));
  EXPECT_THAT(second.metrics.Render(), HasSubstr("swarmbell_on_duty 0"));
}

TEST_F(LeaseTest, TheOtherTakesOverWhenTheFirstGivesItBack) {
  auto first = std::make_unique<Candidate>(server_, "first", Clock::Real(), kShort);
  ASSERT_TRUE(first->Decided());
  Candidate second(server_, "second", Clock::Real(), kShort);
  ASSERT_TRUE(second.Decided());
  first.reset();
  EXPECT_TRUE(Eventually([&] { return second.on_duty.load(); }));
}

TEST_F(LeaseTest, TheOtherTakesOverWhenTheFirstIsNotHeardOf) {
  Candidate first(server_, "first", Clock::Real(), kShort);
  ASSERT_TRUE(first.Decided());
  Candidate second(server_, "second", Clock::Real(), kShort);
  ASSERT_TRUE(second.Decided());
  first.lease->Stop();  // and holds it
  EXPECT_TRUE(Eventually([&] { return second.on_duty.load(); }));
}

TEST_F(LeaseTest, WhoeverIsOnDutyStaysSoWhileRedisIsAway) {
  constexpr absl::Duration kTimeToLive = absl::Seconds(8);  // in Redis it is real time
  FakeClock clock;
  Candidate first(server_, "first", clock, kTimeToLive);
  Candidate second(server_, "second", clock, kTimeToLive);
  ASSERT_TRUE(first.Decided() && second.Decided());
  Candidate& holder = first.on_duty ? first : second;
  Candidate& other = first.on_duty ? second : first;
  server_.Kill();
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(clock.WaitForSleepers(2));
    clock.Advance(kTimeToLive / 4);
  }
  EXPECT_TRUE(holder.on_duty);
  EXPECT_FALSE(other.on_duty);
  // A holder that nobody can hear of may be gone.
  ASSERT_TRUE(clock.WaitForSleepers(2));
  clock.Advance(absl::Minutes(1));
  EXPECT_TRUE(Eventually([&] { return other.on_duty.load(); }));
  server_.Start();
  EXPECT_TRUE(Eventually([&] {
    clock.Advance(kTimeToLive / 4);
    return holder.on_duty != other.on_duty;
  }));
}

TEST_F(LeaseTest, AStartWithoutRedisGoesOnDutyAfterAWhile) {
  FakeClock clock;
  server_.Kill();
  Candidate only(server_, "only", clock, kShort);
  ASSERT_TRUE(clock.WaitForSleepers(1));
  EXPECT_EQ(only.calls, 0);
  clock.Advance(absl::Seconds(5));
  EXPECT_TRUE(Eventually([&] { return only.on_duty.load(); }));
}

TEST_F(LeaseTest, NamesNoTwoHoldersAlike) { EXPECT_NE(NewLeaseHolder(), NewLeaseHolder()); }

}  // namespace
}  // namespace swarmbell
