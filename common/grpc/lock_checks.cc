#include "common/grpc/lock_checks.h"

#include "absl/synchronization/mutex.h"

namespace swarmbell {

void DropLockChecks() { absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore); }

}  // namespace swarmbell
