#include "notifier/feed/feed_threads.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <latch>
#include <string>

#include "tests/notifier/feed/feed_client_fixture.h"
#include "tests/notifier/pipeline/sample_events.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;

class Waiter final : public FeedThreads::Timed {
 public:
  void OnTime() override { ++times; }
  std::atomic<int> times = 0;
};

TEST(FeedThreadsTest, CallsAtTheLastTimeThatWasAskedForAndOnlyThen) {
  FakeClock clock;
  FeedThreads threads(clock);
  Waiter waiter;
  threads.Schedule(waiter, clock.Steady() + absl::Seconds(10));
  threads.Schedule(waiter, clock.Steady() + absl::Seconds(20));
  ASSERT_TRUE(clock.WaitForSleeper(absl::Seconds(20)));
  clock.Advance(absl::Seconds(20));
  EXPECT_TRUE(Eventually([&] { return waiter.times == 1; }));
  threads.Schedule(waiter, clock.Steady() + absl::Seconds(10));
  EXPECT_TRUE(threads.Cancel(waiter));
  EXPECT_FALSE(threads.Cancel(waiter));
  clock.Advance(absl::Seconds(20));
  threads.Drain(waiter);
  EXPECT_EQ(waiter.times, 1);
}

TEST(FeedThreadsTest, OneHasTheTurnAndTheNextGetsItWhenThatIsOver) {
  FakeClock clock;
  FeedThreads threads(clock);
  Waiter first;
  Waiter second;
  Waiter third;
  for (Waiter* waiter : {&first, &second, &third}) threads.RequestTurn(FeedThreads::Line::kConnect, *waiter);
  ASSERT_TRUE(Eventually([&] { return first.times == 1; }));
  threads.EndTurn(FeedThreads::Line::kConnect, second);
  EXPECT_EQ(third.times, 0);
  threads.EndTurn(FeedThreads::Line::kConnect, first);
  threads.EndTurn(FeedThreads::Line::kConnect, first);
  EXPECT_TRUE(Eventually([&] { return third.times == 1; }));
  EXPECT_EQ(second.times, 0);
  for (Waiter* waiter : {&first, &second, &third}) threads.Drain(*waiter);
}

TEST(FeedThreadsTest, HelpersAreBounded) {
  FakeClock clock;
  FeedThreads threads(clock);
  std::latch done(1);
  EXPECT_TRUE(threads.StartHelper([&] { done.wait(); }, 2));
  EXPECT_TRUE(threads.StartHelper([&] { done.wait(); }, 2));
  EXPECT_FALSE(threads.StartHelper([] {}, 2));
  done.count_down();
  threads.JoinHelpers();
  EXPECT_TRUE(threads.StartHelper([] {}, 1));
}

// A sink that takes no changes until it is opened.
class Gate {
 public:
  FeedSink Before(FeedSink sink) {
    return [this, sink = std::move(sink)](FeedBatch batch, std::stop_token stop) {
      if (!batch.followed.empty()) return sink(std::move(batch), stop);
      {
        std::unique_lock lock(mutex_);
        ++waiting_;
        if (!changed_.wait(lock, stop, [this] { return open_; })) return false;
      }
      return sink(std::move(batch), stop);
    };
  }
  void Open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  int Waiting() {
    const std::lock_guard lock(mutex_);
    return waiting_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool open_ = false;  // guarded by mutex_
  int waiting_ = 0;    // ever; guarded by mutex_
};

class SharedThreadsTest : public FeedClientTest {
 protected:
  std::unique_ptr<FeedClient> Feed(const std::string& target, FeedSink sink) {
    return std::make_unique<FeedClient>(FeedPeer{target, target, "", target}, options_, Plain(),
                                        std::move(sink), knowledge_, handled_, threads_, metrics_);
  }

  Gate gate_;
};

TEST_F(SharedThreadsTest, WhileTheSinkWaitsNothingIsReadAndNoSilenceCounts) {
  TestCollector collector(log_, 0, "127.0.0.1", "", nullptr, clock_.Now());  // progress every 100 ms
  client_ = Feed(collector.Target(), gate_.Before(collected_.Sink()));
  ASSERT_TRUE(Reaches(FeedState::kFollowing));
  log_.Append({NodeEvent("a", "node1")});
  ASSERT_TRUE(Eventually([&] { return gate_.Waiting() == 1; }));
  log_.Append({NodeEvent("b", "node1")});
  clock_.Advance(absl::Hours(1));
  const std::optional<FeedPosition> taken = client_->Received();
  EXPECT_EQ(client_->State(), FeedState::kFollowing);
  gate_.Open();
  ASSERT_TRUE(collected_.WaitForEvents(2));
  EXPECT_THAT(collected_.Ids(), ElementsAre("a", "b"));
  EXPECT_EQ(taken->sequence, 1u);
  EXPECT_EQ(client_->State(), FeedState::kFollowing);
  client_.reset();
}

TEST_F(SharedThreadsTest, WhileTheSinkOfAnotherWaitsNoSilenceCounts) {
  TestCollector one(log_);
  MemoryChangeLog other_log;
  TestCollector two(other_log, 0, "127.0.0.1", "", nullptr, clock_.Now());  // progress every 100 ms
  client_ = Feed(one.Target(), gate_.Before(collected_.Sink()));
  const auto other = Feed(two.Target(), collected_.Sink());
  ASSERT_TRUE(Reaches(FeedState::kFollowing));
  ASSERT_TRUE(Eventually([&] { return other->State() == FeedState::kFollowing; }));
  log_.Append({NodeEvent("a", "node1")});
  ASSERT_TRUE(Eventually([&] { return gate_.Waiting() == 1; }));
  other_log.Append({NodeEvent("b", "node1")});
  for (int i = 0; i < 10; ++i) {
    clock_.Advance(absl::Minutes(1));
    ASSERT_TRUE(Eventually([&] { return threads_.BlockedUntil() == clock_.Steady(); }));
  }
  gate_.Open();
  ASSERT_TRUE(collected_.WaitForEvents(2));
  EXPECT_EQ(other->State(), FeedState::kFollowing);
  client_.reset();
}

TEST_F(SharedThreadsTest, AFeedEndsAtOnceWhileItsSinkWaitsAndWhatItHeldIsNotSettled) {
  TestCollector collector(log_);
  client_ = Feed(collector.Target(), gate_.Before(collected_.Sink()));
  ASSERT_TRUE(Reaches(FeedState::kFollowing));
  const std::optional<FeedPosition> settled = client_->Settled();
  log_.Append({NodeEvent("a", "node1")});
  ASSERT_TRUE(Eventually([&] { return gate_.Waiting() == 1; }));
  client_->Stop();
  EXPECT_EQ(client_->Settled(), settled);
  EndsAtOnce();
}

TEST_F(SharedThreadsTest, AFeedConnectsAgainWhileTheSinkOfAnotherWaits) {
  TestCollector collector(log_);
  client_ = Feed(collector.Target(), gate_.Before(collected_.Sink()));
  ASSERT_TRUE(Reaches(FeedState::kFollowing));
  const auto other = Feed("127.0.0.1:1", collected_.Sink());
  ASSERT_TRUE(Eventually([&] { return other->State() == FeedState::kWaiting; }));
  log_.Append({NodeEvent("a", "node1")});
  ASSERT_TRUE(Eventually([&] { return gate_.Waiting() == 1; }));
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(Eventually([&] { return other->State() == FeedState::kConnecting; }));
  gate_.Open();
  ASSERT_TRUE(collected_.WaitForEvents(1));
}

// Accepts connections, as the kernel does for whoever listens, and never says anything.
TEST_F(SharedThreadsTest, ACollectorThatHangsKeepsNoOtherFromBeingFollowed) {
  const int hung = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(hung, reinterpret_cast<const sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(hung, 8), 0);
  ASSERT_EQ(getsockname(hung, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const auto first = Feed(absl::StrCat("127.0.0.1:", ntohs(address.sin_port)), collected_.Sink());
  TestCollector collector(log_);
  Follow(collector.Target());
  ASSERT_TRUE(Eventually([&] {
    if (client_->State() == FeedState::kFollowing) return true;
    clock_.Advance(absl::Milliseconds(1));
    return false;
  }));
  EXPECT_EQ(first->State(), FeedState::kConnecting);
  close(hung);
}

}  // namespace
}  // namespace swarmbell
