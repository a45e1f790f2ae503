#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>

namespace swarmbell {

// A file of a test, removed at the end. Names are told apart by process.
class ScratchFile {
 public:
  ScratchFile(const std::string& name, const std::string& content)
      : path_(testing::TempDir() + std::to_string(::getpid()) + "." + name) {
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~ScratchFile() { std::remove(path_.c_str()); }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  const std::string& Path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace swarmbell
