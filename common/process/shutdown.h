#pragma once

#include <stop_token>

namespace swarmbell {

// Turns SIGTERM and SIGINT into a stop request; the second such signal ends the process at once with exit
// code 128 + signal. Make one, in main, before any thread starts (it blocks the signals for threads made
// later). Errors: none; a process that cannot make a pipe cannot run.
class Shutdown {
 public:
  Shutdown();
  ~Shutdown();
  Shutdown(const Shutdown&) = delete;
  Shutdown& operator=(const Shutdown&) = delete;

  std::stop_token Token() const;

  // Blocks until a signal came or Request() was called.
  void Wait();

  // Asks for the same stop without a signal.
  void Request();

 private:
  struct State;
  State* state_;
};

}  // namespace swarmbell
