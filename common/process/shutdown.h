#pragma once

#include <memory>
#include <stop_token>

namespace swarmbell {

// Keeps a SIGHUP that comes before there is a Shutdown, which then takes it; without this it would end the
// process. Call it first in main.
void HoldReloadSignals();

// Turns SIGTERM and SIGINT into a stop request, and SIGHUP into a wish to read the configuration again; the
// second signal to stop ends the process at once with exit code 128 + signal. A thread of its own takes the
// signals, so nothing runs inside a signal handler. SIGUSR1 has no effect.
//
// Make one, in main, before any other thread starts: threads made later inherit the blocked signals.
// SIGPIPE is ignored from then on. Thread-safe.
class Shutdown {
 public:
  Shutdown();
  ~Shutdown();
  Shutdown(const Shutdown&) = delete;
  Shutdown& operator=(const Shutdown&) = delete;

  std::stop_token Token() const;

  enum class Wish { kStop, kReload };

  // Blocks until a signal came or Request() was called, and says what is wished. Signals to reload that come
  // before the next call are one wish.
  Wish Wait();

  // Asks for the same stop without a signal.
  void Request();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace swarmbell
