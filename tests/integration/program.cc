#include "tests/integration/program.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>

#include "absl/time/clock.h"

namespace swarmbell {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(20);

bool Eventually(absl::Duration patience, const std::function<bool()>& condition) {
  const absl::Time deadline = absl::Now() + patience;
  while (!condition()) {
    if (absl::Now() > deadline) return false;
    absl::SleepFor(absl::Milliseconds(5));  // another process: nothing here can wake us
  }
  return true;
}

std::vector<std::string> EnvironmentLines(const std::map<std::string, std::string>& given) {
  std::vector<std::string> lines;
  for (const auto& [name, value] : given) lines.push_back(name + "=" + value);
  for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS", "PATH"}) {
    if (const char* value = std::getenv(name)) lines.push_back(std::string(name) + "=" + value);
  }
  return lines;
}

}  // namespace

RunningProgram::RunningProgram(const std::string& path,
                               const std::map<std::string, std::string>& environment) {
  static std::atomic<int> serial = 0;
  output_path_ =
      testing::TempDir() + "swarmbell." + std::to_string(getpid()) + "." + std::to_string(++serial);
  std::vector<std::string> lines = EnvironmentLines(environment);
  std::vector<char*> pointers;
  for (std::string& line : lines) pointers.push_back(line.data());
  pointers.push_back(nullptr);
  std::string program = path;
  char* arguments[] = {program.data(), nullptr};

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output_path_.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  if (posix_spawn(&pid_, program.c_str(), &actions, nullptr, arguments, pointers.data()) != 0) {
    ADD_FAILURE() << "cannot start " << path;
    pid_ = -1;
  }
  posix_spawn_file_actions_destroy(&actions);
}

RunningProgram::~RunningProgram() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  if (testing::Test::HasFailure()) std::cerr << "----- output:\n" << Output() << "-----\n";
  unlink(output_path_.c_str());
}

void RunningProgram::Signal(int number) { kill(pid_, number); }

int RunningProgram::Wait(absl::Duration patience) {
  int status = 0;
  if (!Eventually(patience, [&] { return waitpid(pid_, &status, WNOHANG) == pid_; })) return -1;
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::size_t RunningProgram::MostMemory() const {
  std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmHWM:", 0) == 0) return std::stoul(line.substr(6)) * 1024;
  }
  return 0;
}

std::string RunningProgram::Output() const {
  std::ostringstream text;
  text << std::ifstream(output_path_).rdbuf();
  return text.str();
}

bool RunningProgram::WaitForOutput(const std::string& text) const {
  return Eventually(kPatience, [&] { return Output().find(text) != std::string::npos; });
}

std::string RunningProgram::WaitForField(const std::string& name) const {
  std::string value;
  Eventually(kPatience, [&] {
    const std::string output = Output();
    const std::size_t found = output.find(name + "=");
    if (found == std::string::npos) return false;
    const std::size_t start = found + name.size() + 1;
    const std::size_t end = output.find_first_of(" \n", start);
    if (end == std::string::npos) return false;
    value = output.substr(start, end - start);
    return true;
  });
  return value;
}

}  // namespace swarmbell
