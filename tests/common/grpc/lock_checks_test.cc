#include <gtest/gtest.h>

#include <type_traits>

#include "absl/synchronization/mutex.h"
#include "common/grpc/grpc_setup.h"

namespace swarmbell {
namespace {

// Abseil took a lock by pointer first, and takes it by reference since.
template <typename Mutex>
absl::MutexLock Hold(Mutex& mutex) {
  if constexpr (std::is_constructible_v<absl::MutexLock, Mutex&>) {
    return absl::MutexLock(mutex);
  } else {
    return absl::MutexLock(&mutex);
  }
}

TEST(LockChecksTest, LocksTakenInTwoOrdersEndNothing) {
  DropLockChecks();
  absl::Mutex a;
  absl::Mutex b;
  {
    const absl::MutexLock first = Hold(a);
    const absl::MutexLock second = Hold(b);
  }
  const absl::MutexLock first = Hold(b);
  const absl::MutexLock second = Hold(a);  // Debian's Abseil would abort here
}

}  // namespace
}  // namespace swarmbell
