#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "common/process/process.h"

namespace swarmbell {
namespace {

// Signals are sent to a child process each time: the dispositions belong to a whole process.
TEST(ShutdownDeathTest, FirstSignalAsksToStop) {
  EXPECT_EXIT(
      {
        Shutdown shutdown;
        kill(getpid(), SIGTERM);
        shutdown.Wait();
        _exit(shutdown.Token().stop_requested() ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

TEST(ShutdownDeathTest, SecondSignalEndsAtOnce) {
  EXPECT_EXIT(
      {
        Shutdown shutdown;
        kill(getpid(), SIGTERM);
        shutdown.Wait();
        kill(getpid(), SIGINT);
        pause();
      },
      testing::ExitedWithCode(128 + SIGINT), "");
}

TEST(ShutdownDeathTest, AHangUpAsksToReloadAndASecondOneWaits) {
  EXPECT_EXIT(
      {
        Shutdown shutdown;
        kill(getpid(), SIGHUP);
        bool right = shutdown.Wait() == Shutdown::Wish::kReload;
        kill(getpid(), SIGHUP);
        right = right && shutdown.Wait() == Shutdown::Wish::kReload && !shutdown.Token().stop_requested();
        kill(getpid(), SIGTERM);
        right = right && shutdown.Wait() == Shutdown::Wish::kStop;
        _exit(right ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

TEST(ShutdownDeathTest, SigUsr1LeavesTheOthersHeard) {
  EXPECT_EXIT(
      {
        Shutdown shutdown;
        for (int i = 0; i < 3; ++i) kill(getpid(), SIGUSR1);
        kill(getpid(), SIGHUP);
        bool right = shutdown.Wait() == Shutdown::Wish::kReload;
        kill(getpid(), SIGUSR1);
        kill(getpid(), SIGTERM);
        right = right && shutdown.Wait() == Shutdown::Wish::kStop;
        _exit(right ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

TEST(ShutdownDeathTest, AHangUpBeforeTheStartIsHeardAfterIt) {
  EXPECT_EXIT(
      {
        HoldReloadSignals();
        kill(getpid(), SIGHUP);
        Shutdown shutdown;
        _exit(shutdown.Wait() == Shutdown::Wish::kReload ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

TEST(Shutdown, RequestStopsWithoutASignal) {
  Shutdown shutdown;
  EXPECT_FALSE(shutdown.Token().stop_requested());
  shutdown.Request();
  shutdown.Wait();
  EXPECT_TRUE(shutdown.Token().stop_requested());
}

}  // namespace
}  // namespace swarmbell
