#include "common/process/process.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstdlib>  // defines __GLIBC__ where this is glibc
#include <thread>

#include "common/sync/mutex.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace swarmbell {
namespace {

sigset_t HandledSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  sigaddset(&signals, SIGUSR1);  // wakes the waiting thread when its owner ends it
  return signals;
}

}  // namespace

std::string BuildVersion() { return SWARMBELL_VERSION; }

void ReturnFreeMemory() {
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
}

void HoldReloadSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

struct Shutdown::State {
  std::stop_source source;
  Mutex mutex;
  std::condition_variable_any changed;
  bool reload ABSL_GUARDED_BY(mutex) = false;
  std::atomic<bool> ending = false;
  std::thread waiter;

  void RequestReload() {
    const MutexLock lock(mutex);
    reload = true;
    changed.notify_all();
  }

  void RequestStop() {
    source.request_stop();
    const MutexLock lock(mutex);
    changed.notify_all();
  }

  void WaitForSignals() {
    const sigset_t signals = HandledSignals();
    bool asked = false;
    for (;;) {
      int signal = 0;
      if (sigwait(&signals, &signal) != 0) continue;
      if (signal == SIGUSR1) {
        if (ending) return;
        continue;  // sent by somebody else
      }
      if (signal == SIGHUP) {
        RequestReload();
        continue;
      }
      if (asked) _exit(128 + signal);
      asked = true;
      RequestStop();
    }
  }
};

Shutdown::Shutdown() : state_(std::make_unique<State>()) {
  const sigset_t signals = HandledSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);  // a peer that went away fails one write and does not end the process
  state_->waiter = std::thread([state = state_.get()] { state->WaitForSignals(); });
}

Shutdown::~Shutdown() {
  state_->ending = true;
  pthread_kill(state_->waiter.native_handle(), SIGUSR1);
  state_->waiter.join();
}

std::stop_token Shutdown::Token() const { return state_->source.get_token(); }

Shutdown::Wish Shutdown::Wait() {
  State& state = *state_;
  MutexLock lock(state.mutex);
  state.changed.wait(lock, [&state] {
    state.mutex.AssertHeld();
    return state.source.stop_requested() || state.reload;
  });
  if (state.source.stop_requested()) return Wish::kStop;
  state.reload = false;
  return Wish::kReload;
}

void Shutdown::Request() { state_->RequestStop(); }

}  // namespace swarmbell
