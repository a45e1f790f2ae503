#include "tests/fakes/redis_server.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <utility>

#include "tests/fakes/free_port.h"

namespace swarmbell {

RedisServer::RedisServer(std::vector<std::string> arguments, std::string port_option)
    : arguments_(std::move(arguments)), port_option_(std::move(port_option)) {
  Start();
}

RedisServer::~RedisServer() { Kill(); }

std::string RedisServer::Url(const std::string& credentials) const {
  return (port_option_ == "--port" ? "redis://" : "rediss://") + credentials +
         "127.0.0.1:" + std::to_string(port_);
}

void RedisServer::Start() {
  const bool any_port = port_ == 0;
  for (int attempt = 0; attempt < 10; ++attempt) {
    if (any_port) port_ = FreePort();
    if (TryToStart()) return;
  }
  ADD_FAILURE() << "cannot start redis-server: is the package redis-server installed?";
}

bool RedisServer::TryToStart() {
  std::vector<std::string> words = {"redis-server",
                                    port_option_,
                                    std::to_string(port_),
                                    "--bind",
                                    "127.0.0.1",
                                    "--save",
                                    "",
                                    "--appendonly",
                                    "no",
                                    "--dir",
                                    "/tmp",
                                    "--daemonize",
                                    "no"};
  // A configuration file comes before all options.
  const bool has_file = !arguments_.empty() && arguments_.front().front() != '-';
  if (has_file) words.insert(words.begin() + 1, arguments_.front());
  words.insert(words.end(), arguments_.begin() + (has_file ? 1 : 0), arguments_.end());
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  std::array<int, 2> pipes{};
  if (pipe2(pipes.data(), O_CLOEXEC) != 0) return false;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipes[1], STDOUT_FILENO);
  const int error = posix_spawnp(&pid_, "redis-server", &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(pipes[1]);
  FILE* const output = fdopen(pipes[0], "r");
  bool ready = false;
  std::array<char, 1024> line{};
  while (error == 0 && !ready && fgets(line.data(), static_cast<int>(line.size()), output) != nullptr) {
    const std::string text = line.data();
    ready = text.find("Ready to accept connections") != std::string::npos ||
            text.find("Sentinel ID is") != std::string::npos;
  }
  // It goes on writing into nothing: redis-server ignores that.
  fclose(output);
  if (error != 0) {
    pid_ = -1;
  } else if (!ready) {
    Kill();
  }
  return ready;
}

void RedisServer::Kill() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void RedisServer::Pause() const {
  kill(pid_, SIGSTOP);
  int status = 0;
  waitpid(pid_, &status, WUNTRACED);
}

void RedisServer::Resume() const { kill(pid_, SIGCONT); }

}  // namespace swarmbell
