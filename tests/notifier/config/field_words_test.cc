#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "collector/diff/fields.h"
#include "notifier/config/change_words.h"

namespace swarmbell {
namespace {

using testing::Contains;

v1::FieldChange Field(const std::string& group, const std::string& name) {
  v1::FieldChange field;
  field.set_group(group);
  field.set_name(name);
  return field;
}

TEST(FieldWordsTest, EachGroupThatCollectorsTellHasAWord) {
  std::vector<std::string> groups = {"Other settings"};
  for (const FieldTerm& term : FieldTerms()) groups.emplace_back(term.group);
  for (const std::string& group : groups) {
    EXPECT_THAT(FieldGroupWords(), Contains(FieldGroupWord(group))) << group;
    EXPECT_TRUE(NamesFieldGroup(absl::StrCat(FieldGroupWord(group), ".*"))) << group;
  }
  // And no word is of a group that no collector tells.
  for (const std::string& word : FieldGroupWords()) {
    EXPECT_TRUE(std::any_of(groups.begin(), groups.end(), [&](const std::string& group) {
      return FieldGroupWord(group) == word;
    })) << word;
  }
}

TEST(FieldWordsTest, AreShort) {
  EXPECT_EQ(FieldWord(Field("Environment", "BUILD_ID")), "env.BUILD_ID");
  EXPECT_EQ(FieldWord(Field("Labels", "traefik.enable")), "labels.traefik.enable");
  EXPECT_EQ(FieldWord(Field("Resources", "Memory limit")), "resources.Memory limit");
  EXPECT_EQ(FieldWord(Field("Image", "")), "image.");
  EXPECT_EQ(FieldWord(Field("Storage Options", "size")), "storage_options.size");
}

TEST(FieldWordsTest, AGlobWithoutADotMeansAGroup) {
  EXPECT_TRUE(MatchesField("image", Field("Image", "")));
  EXPECT_TRUE(MatchesField("image.*", Field("Image", "")));
  EXPECT_TRUE(MatchesField("env", Field("Environment", "BUILD_ID")));
  EXPECT_TRUE(MatchesField("env.BUILD_*", Field("Environment", "BUILD_ID")));
  EXPECT_TRUE(MatchesField("*.BUILD_*", Field("Container labels", "BUILD_ID")));
  EXPECT_TRUE(MatchesField("labels.com.example.*", Field("Labels", "com.example.rev")));
  EXPECT_FALSE(MatchesField("env.BUILD_*", Field("Environment", "LOG_LEVEL")));
  EXPECT_FALSE(MatchesField("env.BUILD_*", Field("Environment", "build_id")));
  EXPECT_FALSE(MatchesField("labels", Field("Container labels", "a")));
  EXPECT_FALSE(MatchesField("labels.*", Field("Container labels", "a")));
  EXPECT_FALSE(MatchesField("container.*", Field("Container labels", "a")));
}

TEST(FieldWordsTest, AnUpdateThatFailsHasNone) {
  v1::ChangeEvent event;
  v1::ServiceUpdateStateChanged& run = *event.mutable_service_update_state_changed();
  *run.add_fields() = Field("Environment", "BUILD_ID");
  for (const auto& [state, fields] :
       std::map<v1::UpdateState, int>{{v1::UPDATE_STATE_UPDATING, 1},
                                      {v1::UPDATE_STATE_COMPLETED, 1},
                                      {v1::UPDATE_STATE_PAUSED, 0},
                                      {v1::UPDATE_STATE_ROLLBACK_STARTED, 0},
                                      {v1::UPDATE_STATE_ROLLBACK_PAUSED, 0},
                                      {v1::UPDATE_STATE_ROLLBACK_COMPLETED, 0}}) {
    run.set_current_state(state);
    EXPECT_EQ(FieldsOf(event).size(), fields) << v1::UpdateState_Name(state);
  }
  run.set_current_state(v1::UPDATE_STATE_COMPLETED);
  run.mutable_failed_task();
  EXPECT_TRUE(FieldsOf(event).empty());
  v1::ChangeEvent stalled;
  *stalled.mutable_service_update_stalled()->add_fields() = Field("Environment", "BUILD_ID");
  EXPECT_TRUE(FieldsOf(stalled).empty());
  EXPECT_TRUE(FieldsOf(v1::ChangeEvent()).empty());
}

TEST(FieldWordsTest, KnowTheChangesThatHaveFields) {
  for (const char* change :
       {"service_task_template_changed", "service_endpoint_spec_changed", "service_rollback_config_changed",
        "service_update_config_changed", "service_labels_changed", "service_update_state_changed"}) {
    EXPECT_TRUE(HasFields(change)) << change;
  }
  for (const char* change : {"node_appeared", "service_mode_changed", "service_update_stalled", "unknown"}) {
    EXPECT_FALSE(HasFields(change)) << change;
  }
}

}  // namespace
}  // namespace swarmbell
