#pragma once

#include <memory>
#include <stop_token>
#include <string>

namespace swarmbell {

// This process: its version, its memory, and the signals that end it.

// The version from CMake's project(), for example `0.1.0`.
std::string BuildVersion();

// Gives unused heap pages back to the system. glibc by itself keeps the free memory that lies between objects
// that stay. To be called after work that needed much memory: takes up to a millisecond with a heap of 20 MB.
// With another C library it does nothing. Thread-safe.
void ReturnFreeMemory();

// Blocks SIGHUP until there is a Shutdown, which then handles it; otherwise a SIGHUP that arrives during the
// start would end the process. Call it first in main.
void HoldReloadSignals();

// Turns SIGTERM and SIGINT into a stop request, and SIGHUP into a request to reload the configuration. A
// second SIGTERM or SIGINT ends the process at once with exit code 128 + signal. A thread of its own waits
// for the signals, so no code runs inside a signal handler. SIGUSR1 has no effect.
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

  // Blocks until a signal arrives or Request() is called, and returns which of the two it asks for. Several
  // SIGHUPs before the next call count as one.
  Wish Wait();

  // Asks for the same stop without a signal.
  void Request();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace swarmbell
