#include "notifier/cards/words.h"

#include "gtest/gtest.h"

namespace swarmbell::cards {
namespace {

TEST(InWords, UsesTheTwoLargestUnits) {
  EXPECT_EQ(InWords(absl::Milliseconds(300)), "less than a second");
  EXPECT_EQ(InWords(absl::Seconds(1)), "1 second");
  EXPECT_EQ(InWords(absl::Seconds(80)), "1 minute 20 seconds");
  EXPECT_EQ(InWords(absl::Hours(2)), "2 hours");
  EXPECT_EQ(InWords(absl::Hours(49)), "2 days 1 hour");
}

TEST(JoinAnd, ReadsLikeASentence) {
  EXPECT_EQ(JoinAnd({"a"}), "a");
  EXPECT_EQ(JoinAnd({"a", "b", "c"}), "a, b and c");
}

TEST(ExitCodeWords, ExplainsWhatIsKnown) {
  EXPECT_EQ(ExitCodeWords(137), "137 (killed, out of memory?)");
  EXPECT_EQ(ExitCodeWords(3), "3");
}

TEST(ExitCodeWords, GuessesNothingWhereTheReasonIsKnown) {
  EXPECT_EQ(ExitCodeWords(137, "task: non-zero exit (137)"), "137 (killed, out of memory?)");
  EXPECT_EQ(ExitCodeWords(137, "task: non-zero exit (137): dockerexec: unhealthy container"), "137 (killed)");
  EXPECT_EQ(ExitCodeWords(137, "task: non-zero exit (137): OOMKilled"), "137 (killed, out of memory)");
  EXPECT_EQ(ExitCodeWords(137, "starting container failed: a device is missing"), "137 (killed)");
  EXPECT_EQ(ExitCodeWords(139, "task: non-zero exit (139): x"), "139 (segmentation fault)");
}

TEST(ExitCodeWords, AreHexadecimalForWindows) {
  EXPECT_EQ(ExitCodeWords(static_cast<std::int32_t>(0xC0000005)), "0xC0000005 (access violation)");
  EXPECT_EQ(ExitCodeWords(static_cast<std::int32_t>(0xC000013A)), "0xC000013A (interrupted)");
  EXPECT_EQ(ExitCodeWords(static_cast<std::int32_t>(0xC0FFEE00)), "0xC0FFEE00");
  EXPECT_EQ(ExitCodeWords(-1), "0xFFFFFFFF");
  EXPECT_EQ(ExitCodeWords(0x7FFFFFFF), "2147483647");
}

TEST(EnumWords, OfANewerCollectorAreUnknown) {
  EXPECT_EQ(RoleWord(static_cast<v1::NodeRole>(99)), "unknown");
  EXPECT_EQ(KindWord(static_cast<v1::ResourceKind>(99)), "Resource");
  EXPECT_EQ(UpdateStateWord(v1::UPDATE_STATE_ROLLBACK_STARTED), "rollback started");
}

TEST(ShortImage, KeepsADigestOnlyWithoutATag) {
  EXPECT_EQ(ShortImage("r:5000/a:1@sha256:0123456789abcdef"), "r:5000/a:1");
  EXPECT_EQ(ShortImage("r:5000/a@sha256:0123456789abcdef"), "r:5000/a@sha256:0123456789ab");
  EXPECT_EQ(ShortImage("a"), "a");
}

TEST(Between, IsEmptyForTimesThatCannotBe) {
  google::protobuf::Timestamp early;
  google::protobuf::Timestamp late;
  early.set_seconds(100);
  late.set_seconds(160);
  EXPECT_EQ(Between(true, early, late), "1 minute");
  EXPECT_EQ(Between(true, late, early), "");
  EXPECT_EQ(Between(false, early, late), "");
}

}  // namespace
}  // namespace swarmbell::cards
