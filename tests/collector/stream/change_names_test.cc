#include "collector/stream/change_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace swarmbell {
namespace {

TEST(ChangeNamesTest, AreTheFieldsOfTheDetails) {
  EXPECT_EQ(FilterableChanges().front(), "node_appeared");
  EXPECT_EQ(FilterableChanges().back(), "receiver_recovered");
  EXPECT_THAT(FilterableChanges(), testing::Contains("service_update_state_changed"));
  EXPECT_THAT(FilterableChanges(), testing::Not(testing::Contains("event_id")));
}

TEST(ChangeNamesTest, NumbersAreThoseOfTheProto) {
  EXPECT_EQ(ChangeNumber("node_role_changed"), v1::ChangeEvent::kNodeRoleChanged);
  EXPECT_EQ(ChangeNumber("event_id"), 0);
  EXPECT_EQ(ChangeNumber("no_such_change"), 0);
  EXPECT_EQ(ChangeNumber(""), 0);
}

}  // namespace
}  // namespace swarmbell
