#include <gtest/gtest.h>

#include <fstream>

#include "absl/time/clock.h"
#include "common/grpc/auth.h"
#include "tests/fakes/scratch_file.h"

namespace swarmbell {
namespace {

bool Becomes(const AuthToken& token, const std::string& wanted) {
  const absl::Time deadline = absl::Now() + absl::Seconds(20);
  while (token.First() != wanted) {
    if (absl::Now() > deadline) return false;
    absl::SleepFor(absl::Milliseconds(1));  // a real file: nothing here can wake us
  }
  return true;
}

TEST(TokenFileTest, AChangedFileChangesTheTokenAndAnEmptyOneDoesNot) {
  const ScratchFile file("token", "old\n");
  const AuthToken token("old");
  const auto watch = WatchTokenFile(token, file.Path(), absl::Milliseconds(5));
  std::ofstream(file.Path()) << "new\n";
  EXPECT_TRUE(Becomes(token, "new"));
  std::ofstream(file.Path()) << "\n";
  absl::SleepFor(absl::Milliseconds(50));
  EXPECT_EQ(token.First(), "new");
  std::ofstream(file.Path()) << "newer\nnew\n";
  EXPECT_TRUE(Becomes(token, "newer"));
}

TEST(TokenFileTest, ATokenThatIsInNoFileIsNotWatched) { EXPECT_EQ(WatchTokenFile("t", ""), nullptr); }

}  // namespace
}  // namespace swarmbell
