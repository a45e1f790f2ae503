#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "collector/snapshot/objects.h"

namespace swarmbell {
namespace {

TEST(TextPatch, GivesTheTextBack) {
  const std::string texts[] = {"",     "a",      "aa",        "aaa",         R"({"a":1})",
                               "xaax", "abcabc", "abcabcabc", R"({"a":12})", R"({"a":1,"b":[2]})"};
  for (const std::string& text : texts) {
    for (const std::string& base : texts) {
      const TextPatch patch(text, base);
      EXPECT_EQ(patch.Apply(base), text) << base;
      EXPECT_EQ(patch.empty(), text.empty());
    }
  }
}

TEST(SharedText, IsATextLikeAnyOther) {
  const SharedText text("web");
  EXPECT_EQ(text, SharedText("web"));
  EXPECT_EQ(text, "web");
  EXPECT_NE(text, SharedText());
  EXPECT_TRUE(SharedText("").empty());
  EXPECT_EQ(SharedText().str(), "");
}

TEST(TextPool, GivesEqualTextsOnePlace) {
  TextPool pool;
  const SharedText a = pool.Share("web");
  const SharedText b = pool.Share("web");
  EXPECT_EQ(&a.str(), &b.str());
  EXPECT_EQ(pool.size(), 1u);
}

TEST(TextPool, ForgetsWhatNobodyHas) {
  TextPool pool;
  const SharedText kept = pool.Share("kept");
  for (int i = 0; i < 100'000; ++i) pool.Share(absl::StrCat("text ", i));
  EXPECT_LE(pool.size(), 1100u);
  EXPECT_EQ(&pool.Share("kept").str(), &kept.str());
}

}  // namespace
}  // namespace swarmbell
