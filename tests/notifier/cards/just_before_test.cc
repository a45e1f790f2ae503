#include <gmock/gmock.h>

#include "tests/notifier/cards/card_testing.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kRed[] = R"(
  resource { kind: RESOURCE_KIND_SERVICE id: "web" name: "shop_web" stack: "shop" }
  occur_time { seconds: 100000 }
  service_degraded { wanted_tasks: 2 })";

constexpr char kImage[] = R"(
  resource { kind: RESOURCE_KIND_SERVICE id: "web" name: "shop_web" stack: "shop" }
  occur_time { seconds: 99960 }
  service_task_template_changed {
    fields {
      group: "Image" kind: FIELD_CHANGE_KIND_CHANGED
      previous_value: "shop/web:2.4.1" current_value: "shop/web:2.5.0"
    }
    fields { group: "Environment" name: "LEVEL" kind: FIELD_CHANGE_KIND_ADDED current_value: "s3cr3t" }
  })";

constexpr char kNode[] = R"(
  resource { kind: RESOURCE_KIND_NODE id: "n1" name: "worker-01" }
  occur_time { seconds: 99880 }
  node_state_changed { current_state: NODE_STATE_DOWN })";

std::vector<Fact> JustBefore(const std::vector<EarlierChange>& before, bool digest = false) {
  AlertGroup group;
  group.color = Color::kRed;
  group.digest = digest;
  group.alerts.push_back({EventFrom(kRed), "rule", Color::kRed, {"chat"}, ""});
  group.before = before;
  const Card card = BuildCard(group, {});
  for (const CardSection& section : card.sections) {
    const auto* facts = std::get_if<FactsSection>(&section);
    if (facts != nullptr && facts->title == "Just before") return facts->facts;
  }
  return {};
}

EarlierChange One(const std::string& text, std::int64_t seconds = 0) {
  v1::ChangeEvent event = EventFrom(text);
  if (seconds != 0) event.mutable_occur_time()->set_seconds(seconds);
  return {{event}};
}

TEST(JustBeforeTest, NoSectionWithoutChanges) { EXPECT_THAT(JustBefore({}), IsEmpty()); }

TEST(JustBeforeTest, AChangeOfTheServiceInItsOwnWordsWithoutValues) {
  EXPECT_THAT(JustBefore({One(kImage)}), ElementsAre(Fact{"40 s before", "image 2.4.1 → 2.5.0, env LEVEL"}));
}

TEST(JustBeforeTest, TheAuthorIfLabelsSayIt) {
  EarlierChange change = One(kImage);
  change.parts.front().mutable_origin()->set_by("alice");
  EXPECT_THAT(JustBefore({change}),
              ElementsAre(Fact{"40 s before", "image 2.4.1 → 2.5.0, env LEVEL, by alice"}));
}

TEST(JustBeforeTest, ChangesOfOthersWithTheirName) {
  v1::ChangeEvent other = EventFrom(kImage);
  other.mutable_resource()->set_id("db");
  other.mutable_resource()->set_name("shop_db");
  EXPECT_THAT(JustBefore({{{other}}, One(kNode)}),
              ElementsAre(Fact{"40 s before", "shop_db: image 2.4.1 → 2.5.0, env LEVEL"},
                          Fact{"2 min before", "node worker-01 went down"}));
}

TEST(JustBeforeTest, PartsOfOneChangeAreOneFact) {
  const v1::ChangeEvent scaled = EventFrom(R"(
    resource { kind: RESOURCE_KIND_SERVICE id: "web" name: "shop_web" stack: "shop" }
    occur_time { seconds: 99960 }
    service_mode_changed {
      previous_mode { kind: SERVICE_MODE_KIND_REPLICATED replicas: 2 }
      current_mode { kind: SERVICE_MODE_KIND_REPLICATED replicas: 5 }
    })");
  EXPECT_THAT(JustBefore({{{EventFrom(kImage), scaled}}}),
              ElementsAre(Fact{"40 s before", "image 2.4.1 → 2.5.0, env LEVEL, scaled 2\u00A0→\u00A05"}));
}

TEST(JustBeforeTest, HowLongBefore) {
  std::vector<std::string> labels;
  for (const std::int64_t seconds : {100000, 99999, 99941, 99940, 98201, 96400, 92760}) {
    labels.push_back(JustBefore({One(kImage, seconds)}).front().label);
  }
  EXPECT_THAT(labels, ElementsAre("under 1 s before", "1 s before", "59 s before", "1 min before",
                                  "29 min before", "1 h before", "2 h before"));
}

// The clocks of two machines may differ.
TEST(JustBeforeTest, AChangeWhoseClockIsFast) {
  EXPECT_EQ(JustBefore({One(kImage, 100007)}).front().label, "under 1 s before");
}

}  // namespace
}  // namespace swarmbell
