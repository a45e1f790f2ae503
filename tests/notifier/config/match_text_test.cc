#include "notifier/config/match_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

std::string Fault(const std::string& text) { return std::string(ParseMatchText(text).status().message()); }

TEST(MatchTextTest, HasTheKeysOfARulesMatch) {
  const auto match = ParseMatchText(
      "stack=shop, name=web_*,name=api,change=service_update_state_changed,to=paused,label.tier=front*,"
      "label.a=b=c,automatic=true");
  ASSERT_TRUE(match.ok()) << match.status();
  EXPECT_THAT(match->stacks, ElementsAre("shop"));
  EXPECT_THAT(match->names, ElementsAre("web_*", "api"));
  EXPECT_THAT(match->changes, ElementsAre("service_update_state_changed"));
  EXPECT_THAT(match->to, ElementsAre("paused"));
  EXPECT_THAT(match->labels, ElementsAre(Pair("a", "b=c"), Pair("tier", "front*")));
  EXPECT_EQ(match->automatic, true);
}

TEST(MatchTextTest, FaultsSayWhatIsWrong) {
  EXPECT_EQ(
      Fault(""),
      "the silence: matches nothing: say key=value, for example stack=shop; name=* matches every change");
  EXPECT_EQ(Fault("shop"), "the silence: \"shop\" is not key=value (for example stack=shop)");
  EXPECT_EQ(Fault("stack="), "the silence: \"stack=\" is not key=value (for example stack=shop)");
  EXPECT_EQ(Fault("stak=shop"), "the silence: unknown key \"match.stak\"; did you mean \"stack\"?");
  EXPECT_THAT(Fault("kind=servce"),
              HasSubstr("\"servce\" is no kind of resource; did you mean \"service\"?"));
  EXPECT_THAT(Fault("change=task_faild"), HasSubstr("did you mean \"task_failed\"?"));
  EXPECT_THAT(Fault("change=node_role_changed,to=drain"), HasSubstr("is not a state of node_role_changed"));
  EXPECT_EQ(Fault("label=x"), "the silence: a label is matched by label.NAME=value");
  EXPECT_EQ(Fault("label.=x"), "the silence: a label is matched by label.NAME=value");
  EXPECT_EQ(Fault("label.a=x,label.a=y"), "the silence: the label \"a\" is given twice");
  EXPECT_THAT(Fault("automatic=perhaps"), HasSubstr("match.automatic"));
  EXPECT_THAT(Fault("automatic=true,automatic=false"), HasSubstr("must be a single value"));
}

}  // namespace
}  // namespace swarmbell
