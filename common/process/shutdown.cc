#include "common/process/shutdown.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

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

void HoldReloadSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

struct Shutdown::State {
  std::stop_source source;
  std::mutex mutex;
  std::condition_variable changed;
  bool reload = false;  // guarded by mutex
  std::atomic<bool> ending = false;
  std::thread waiter;

  void RequestReload() {
    const std::lock_guard lock(mutex);
    reload = true;
    changed.notify_all();
  }

  void RequestStop() {
    source.request_stop();
    const std::lock_guard lock(mutex);
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
        continue;  // somebody else's, which means nothing here
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
  signal(SIGPIPE, SIG_IGN);  // a peer that went away is an error of one write, not the end
  state_->waiter = std::thread([state = state_.get()] { state->WaitForSignals(); });
}

Shutdown::~Shutdown() {
  state_->ending = true;
  pthread_kill(state_->waiter.native_handle(), SIGUSR1);
  state_->waiter.join();
}

std::stop_token Shutdown::Token() const { return state_->source.get_token(); }

Shutdown::Wish Shutdown::Wait() {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock, [this] { return state_->source.stop_requested() || state_->reload; });
  if (state_->source.stop_requested()) return Wish::kStop;
  state_->reload = false;
  return Wish::kReload;
}

void Shutdown::Request() { state_->RequestStop(); }

}  // namespace swarmbell
