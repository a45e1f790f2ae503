#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <vector>

#include "common/process/process.h"

namespace swarmbell {
namespace {

// With a sanitizer's heap or another C library's there is nothing to see.
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

std::size_t ResidentBytes() {
  std::size_t all = 0;
  std::size_t resident = 0;
  std::ifstream("/proc/self/statm") >> all >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

// A block in ten stays, and keeps the end of the heap where it is.
TEST(FreeMemoryTest, GoesBackFromBetweenWhatStays) {
  constexpr std::size_t kBlock = 32 << 10;  // too small to be mapped by itself
  std::vector<std::unique_ptr<char[]>> blocks;
  blocks.reserve(1000);
  for (int i = 0; i < 1000; ++i) blocks.push_back(std::make_unique<char[]>(kBlock));
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (i % 10 != 9) blocks[i].reset();
  }
  const std::size_t before = ResidentBytes();
  ReturnFreeMemory();
  EXPECT_LT(ResidentBytes(), before - 500 * kBlock);
}

#endif

}  // namespace
}  // namespace swarmbell
