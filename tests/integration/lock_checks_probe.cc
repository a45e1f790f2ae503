// Preloaded into a program: says how it has Abseil check the order of locks, and when it begins with gRPC.

#include <dlfcn.h>
#include <unistd.h>

#include <string_view>

#include "absl/synchronization/mutex.h"

namespace {

void Say(std::string_view line) {
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace

namespace absl {
ABSL_NAMESPACE_BEGIN

void SetMutexDeadlockDetectionMode(OnDeadlockCycle mode) {
  Say(mode == OnDeadlockCycle::kIgnore ? "probe: locks are not checked\n" : "probe: locks are checked\n");
}

ABSL_NAMESPACE_END
}  // namespace absl

extern "C" __attribute__((visibility("default"))) void grpc_init() {
  Say("probe: gRPC begins\n");
  reinterpret_cast<void (*)()>(::dlsym(RTLD_NEXT, "grpc_init"))();
}
