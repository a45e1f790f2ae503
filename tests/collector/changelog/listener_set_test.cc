#include "collector/changelog/listener_set.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>
#include <utility>

namespace swarmbell {
namespace {

TEST(ListenerSetTest, CallsEveryListenerUntilItIsGone) {
  ListenerSet set;
  int first = 0;
  int second = 0;
  auto one = set.Add([&] { ++first; });
  const auto two = set.Add([&] { ++second; });
  set.Notify();
  one.reset();
  set.Notify();
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 2);
}

TEST(ListenerSetTest, RemovalWaitsForTheCallInProgress) {
  ListenerSet set;
  std::latch entered(1);
  std::latch leave(1);
  std::atomic<bool> left = false;
  auto listener = set.Add([&] {
    entered.count_down();
    leave.wait();
    left = true;
  });
  std::jthread notifier([&] { set.Notify(); });
  entered.wait();
  std::jthread remover([&, gone = std::move(listener)]() mutable {
    gone.reset();
    EXPECT_TRUE(left);
  });
  leave.count_down();
}

TEST(ListenerSetTest, ListenerMayOutliveTheSet) {
  std::unique_ptr<ChangeLog::Listener> listener;
  {
    ListenerSet set;
    listener = set.Add([] {});
  }
  listener.reset();
}

}  // namespace
}  // namespace swarmbell
