#pragma once

#include <mutex>

#include "absl/base/thread_annotations.h"

namespace swarmbell {

// A std::mutex whose use clang checks at compile time (-Wthread-safety; tests/checks/locks.sh). A member that
// it guards is declared with ABSL_GUARDED_BY(mutex_), a function that must be called with it held with
// ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_).
class ABSL_LOCKABLE Mutex {
 public:
  void lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  void unlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }

  // Tells the check that the calling thread holds the mutex, as in a lambda that a wait calls. Does nothing.
  void AssertHeld() const ABSL_ASSERT_EXCLUSIVE_LOCK() {}

 private:
  std::mutex mutex_;
};

// Holds a mutex until the end of the block, or until unlock(). std::condition_variable_any waits with it.
class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex) : lock_(mutex) {}
  ~MutexLock() ABSL_UNLOCK_FUNCTION() = default;

  void lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { lock_.lock(); }
  void unlock() ABSL_UNLOCK_FUNCTION() { lock_.unlock(); }

 private:
  std::unique_lock<Mutex> lock_;
};

}  // namespace swarmbell
