#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace swarmbell {

// The answer of a real engine (20.10) to a request for the log of a real task, from tests/testdata/task-logs.
inline std::string Recorded(const std::string& name) {
  std::ifstream file(std::string(SWARMBELL_TESTDATA) + "/task-logs/" + name, std::ios::binary);
  std::stringstream bytes;
  bytes << file.rdbuf();
  EXPECT_FALSE(bytes.str().empty()) << name;
  return bytes.str();
}

}  // namespace swarmbell
