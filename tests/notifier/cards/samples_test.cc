#include "notifier/cards/samples.h"

#include <algorithm>
#include <set>

#include "gmock/gmock.h"
#include "notifier/config/readers.h"
#include "tests/notifier/cards/card_testing.h"

namespace swarmbell {
namespace {

TEST(Samples, EachTextIsUnderstood) {
  for (const v1::ChangeEvent& event : SampleEvents()) {
    const bool unknown = event.event_id() == "sample-unknown-change";
    EXPECT_EQ(event.details_case() == v1::ChangeEvent::DETAILS_NOT_SET, unknown) << event.event_id();
    EXPECT_FALSE(event.resource().name().empty()) << event.event_id();
  }
}

TEST(Samples, ThereIsOneForEveryChange) {
  std::set<int> shown;
  for (const v1::ChangeEvent& event : SampleEvents()) shown.insert(event.details_case());
  const auto* oneof = v1::ChangeEvent::descriptor()->FindOneofByName("details");
  for (int i = 0; i < oneof->field_count(); ++i) {
    // No rule reports the progress of an update.
    const bool reported = oneof->field(i)->number() != v1::ChangeEvent::kServiceUpdateProgress;
    EXPECT_EQ(shown.count(oneof->field(i)->number()), reported ? 1U : 0U) << oneof->field(i)->name();
  }
}

TEST(Samples, NamesAreUnique) {
  std::set<std::string> names;
  for (const Sample& sample : Samples()) EXPECT_TRUE(names.insert(sample.rule).second) << sample.rule;
  EXPECT_EQ(names.count("manager-locked"), 1U);  // the last text is there
}

TEST(Samples, EachAlertHasTheRuleThatRings) {
  const std::vector<std::string> rules = BuiltInRuleNames();
  for (const Sample& sample : Samples()) {
    const bool is_rule = std::find(rules.begin(), rules.end(), sample.rule) != rules.end();
    for (const Alert& alert : SampleGroup(sample).alerts) {
      if (alert.event.details_case() == v1::ChangeEvent::DETAILS_NOT_SET) continue;
      EXPECT_THAT(rules, testing::Contains(alert.rule)) << sample.rule;
    }
    if (is_rule) {
      EXPECT_EQ(SampleGroup(sample).alerts.front().rule, sample.rule);
    }
  }
}

}  // namespace
}  // namespace swarmbell
