#include "common/grpc/lock_checks.h"

#include <gtest/gtest.h>

#include "absl/synchronization/mutex.h"

namespace swarmbell {
namespace {

TEST(LockChecksTest, LocksTakenInTwoOrdersEndNothing) {
  DropLockChecks();
  absl::Mutex a;
  absl::Mutex b;
  {
    const absl::MutexLock first(&a);
    const absl::MutexLock second(&b);
  }
  const absl::MutexLock first(&b);
  const absl::MutexLock second(&a);  // Debian's Abseil would abort here
}

}  // namespace
}  // namespace swarmbell
