#include "notifier/config/change_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "notifier/config/notifier_config.h"
#include "notifier/config/receiver_types.h"

namespace swarmbell {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(ChangeWordsTest, ChangesAreTheFieldsOfTheEnvelope) {
  EXPECT_THAT(ChangeNames(), Contains("node_appeared"));
  EXPECT_THAT(ChangeNames(), Contains("feed_connected"));
  EXPECT_THAT(ChangeNames(), testing::Not(Contains("event_id")));
}

TEST(ChangeWordsTest, KindsAreThoseOfResources) {
  EXPECT_THAT(KindNames(), ElementsAre("node", "service", "task", "container", "collector", "feed",
                                       "receiver", "silence", "swarm", "secret", "config", "network"));
}

TEST(ChangeWordsTest, StatesAreDockersWords) {
  EXPECT_THAT(StateWordsOf("node_availability_changed", Side::kNow).words,
              ElementsAre("none", "active", "pause", "drain"));
  EXPECT_THAT(StateWordsOf("service_update_state_changed", Side::kBefore).words,
              ElementsAre("none", "updating", "paused", "completed", "rollback_started", "rollback_paused",
                          "rollback_completed"));
  EXPECT_THAT(StateWordsOf("service_mode_changed", Side::kNow).words,
              ElementsAre("none", "replicated", "global", "replicated-job", "global-job"));
  EXPECT_TRUE(StateWordsOf("service_mode_changed", Side::kNow).numbers);
  EXPECT_TRUE(StateWordsOf("leader_changed", Side::kBefore).any);
  EXPECT_THAT(StateWordsOf("container_restarting", Side::kNow).words, ElementsAre("restarting"));
  EXPECT_THAT(StateWordsOf("container_dead", Side::kNow).words, Contains("removing"));
  EXPECT_THAT(StateWordsOf("service_appeared", Side::kNow).words, Contains("completed"));
  EXPECT_THAT(StateWordsOf("service_update_stalled", Side::kNow).words, Contains("rollback_started"));
  EXPECT_THAT(StateWordsOf("task_evicted", Side::kNow).words,
              ElementsAre("none", "constraints", "drained", "node_gone"));
  EXPECT_THAT(StateWordsOf("task_evicted", Side::kBefore).words, IsEmpty());
  EXPECT_THAT(StateWordsOf("service_appeared", Side::kBefore).words, IsEmpty());
  EXPECT_THAT(StateWordsOf("no_such_change", Side::kNow).words, IsEmpty());
}

TEST(ColorTest, NamesReadBack) {
  for (const Color color : AllColors()) EXPECT_EQ(ParseColor(ColorName(color)), color);
  EXPECT_EQ(AllColors().size(), 5U);
  EXPECT_EQ(ParseColor("Red"), std::nullopt);
  EXPECT_EQ(ParseColor(""), std::nullopt);
  EXPECT_EQ(ReceiverTypeName(ReceiverType::kTeams), "teams");
}

}  // namespace
}  // namespace swarmbell
