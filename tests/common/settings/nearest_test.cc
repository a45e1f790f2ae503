#include <gtest/gtest.h>

#include "common/settings/setting.h"

namespace swarmbell {
namespace {

TEST(NearestTest, CountsEdits) {
  EXPECT_EQ(EditDistance("", ""), 0U);
  EXPECT_EQ(EditDistance("abc", "abc"), 0U);
  EXPECT_EQ(EditDistance("abc", ""), 3U);
  EXPECT_EQ(EditDistance("", "abc"), 3U);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3U);
  EXPECT_EQ(EditDistance("inof", "info"), 1U);  // a swap is one edit
}

TEST(NearestTest, FindsWhatWasMeant) {
  const std::vector<std::string> words = {"poll.interval", "poll.events", "listen"};
  EXPECT_EQ(Nearest("pol.interval", words), "poll.interval");
  EXPECT_EQ(Nearest("lisen", words), "listen");
  EXPECT_EQ(Nearest("something_else_altogether", words), std::nullopt);
  EXPECT_EQ(Nearest("x", {"ab"}), std::nullopt);  // every letter another: not meant
  EXPECT_EQ(Nearest("a", {}), std::nullopt);
  // The one that is longer by the fewest parts, unless another is a typing error away.
  EXPECT_EQ(Nearest("A_TLS", {"A_DOCKER_TLS_VERIFY", "A_TLS_CERT", "A_TLS_KEY"}), "A_TLS_CERT");
  EXPECT_EQ(Nearest("SLACK_URL", {"SLACK_WEBHOOK_URL", "SLACK_API_URL", "URL_SLACK"}), "SLACK_WEBHOOK_URL");
  EXPECT_EQ(Nearest("SLACK_URL", {"SLACK_WEBHOOK_URL", "SLACK_URI"}), "SLACK_URI");
  EXPECT_EQ(Nearest("url", {"slack.webhook_url"}), std::nullopt);
  EXPECT_EQ(DidYouMean("lisen", words), "; did you mean \"listen\"?");
  EXPECT_EQ(DidYouMean("zzz", words), "");
}

TEST(NearestTest, LongWordsDoNotTakeLong) {
  EXPECT_EQ(Nearest(std::string(1'000'000, 'x'), {"listen"}), std::nullopt);
}

TEST(QuotedTest, ShowsOnlyWhatIsFitToShow) {
  EXPECT_EQ(Quoted("a b"), "\"a b\"");
  EXPECT_EQ(Quoted("a\nb\x01"), "\"a\\nb\\001\"");
  EXPECT_EQ(Quoted("https://hooks.example/secret"), "\"https://…\"");
  EXPECT_EQ(Quoted("ünï"), "\"ünï\"");
  EXPECT_EQ(Quoted(std::string(200, 'x')), "\"" + std::string(80, 'x') + "…\"");
}

}  // namespace
}  // namespace swarmbell
