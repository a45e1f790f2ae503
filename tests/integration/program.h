#pragma once

#include <sys/types.h>

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace swarmbell {

// A program that a test runs as a process of its own, with exactly the environment given (and the
// sanitizers'). Its log is kept. Killed at the end if it still runs.
class RunningProgram {
 public:
  RunningProgram(const std::string& path, const std::map<std::string, std::string>& environment);
  ~RunningProgram();
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;

  void Signal(int number);

  // Its exit code, 128 + signal, or -1 when it did not end in time.
  int Wait(absl::Duration patience = absl::Seconds(20));

  // The most memory that it has had resident, in bytes, while it runs.
  std::size_t MostMemory() const;

  // All that it has written to stdout and stderr.
  std::string Output() const;

  // Waits for text to appear in the output; gives up after 20 seconds and returns false.
  bool WaitForOutput(const std::string& text) const;

  // The value of `name=` in the output, up to a blank; waits for it.
  std::string WaitForField(const std::string& name) const;

 private:
  pid_t pid_ = -1;
  std::string output_path_;
};

}  // namespace swarmbell
