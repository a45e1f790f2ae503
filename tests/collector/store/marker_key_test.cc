#include "collector/store/marker_key.h"

#include <gtest/gtest.h>

namespace swarmbell {
namespace {

TEST(MarkerKeyTest, NeedsPasswordAndSalt) {
  const std::string key = MarkerKey("password", "salt");
  EXPECT_EQ(key.size(), 32u);
  EXPECT_EQ(MarkerKey("password", "salt"), key);
  EXPECT_NE(MarkerKey("other", "salt"), key);
  EXPECT_NE(MarkerKey("password", "other"), key);
  EXPECT_NE(NewSalt(), NewSalt());
}

TEST(ReaderFingerprintTest, TellsKeysAndMaskedNamesApart) {
  const std::string one = ReaderFingerprint("key", {"A", "B"});
  EXPECT_EQ(ReaderFingerprint("key", {"A", "B"}), one);
  EXPECT_NE(ReaderFingerprint("key", {"AB"}), one);
  EXPECT_NE(ReaderFingerprint("other", {"A", "B"}), one);
  EXPECT_EQ(ReaderFingerprint("key", {"A", "B"}, {}), one);
  EXPECT_NE(ReaderFingerprint("key", {"A", "B"}, {"C"}), one);
  EXPECT_NE(ReaderFingerprint("key", {"A"}, {"B"}), one);
  EXPECT_NE(ReaderFingerprint("key", {"A", "B"}, {"C"}), ReaderFingerprint("key", {"A", "B", "C"}));
}

}  // namespace
}  // namespace swarmbell
