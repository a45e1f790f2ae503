#include "gmock/gmock.h"
#include "tests/notifier/cards/card_testing.h"

namespace swarmbell {
namespace {

Card Digest(std::vector<Alert> alerts) {
  return BuildCard({"receiver", std::move(alerts), Color::kRed, true}, {});
}

Alert AlertOf(const std::string& rule, const std::string& name, Color color, int seconds = 0) {
  for (const Sample& sample : Samples()) {
    if (sample.rule != rule) continue;
    v1::ChangeEvent event = sample.events.front();
    event.mutable_resource()->set_id(name);
    event.mutable_resource()->set_name(name);
    event.mutable_observe_time()->set_seconds(event.observe_time().seconds() + seconds);
    return {event, rule, color, {"receiver"}, ""};
  }
  return {};
}

TEST(Digest, CountsChangesAndObjectsByKind) {
  const Card card =
      Digest({AlertOf("update-started", "a", Color::kYellow), AlertOf("mode-changed", "b", Color::kBlue),
              AlertOf("node-drained", "n", Color::kBlack)});
  EXPECT_EQ(card.title, "3 changes in 2 services and 1 node");
}

TEST(Digest, HasALineForEachObjectRedFirst) {
  const Card card = Digest(
      {AlertOf("update-completed", "a", Color::kGreen), AlertOf("mode-changed", "b", Color::kBlue),
       AlertOf("service-labels-changed", "b", Color::kBlue), AlertOf("update-paused", "c", Color::kRed)});
  const auto rows = SectionOf<DigestSection>(card).rows;
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].title, "Service c update paused");
  EXPECT_EQ(rows[0].color, Color::kRed);
  EXPECT_EQ(rows[1].detail, "3 more replicas are wanted. Labels: 1 added, 1 changed.");
  EXPECT_EQ(rows[2].color, Color::kGreen);
}

TEST(Digest, SaysHowLongItTookAndTheStackThatAllShare) {
  const Card card =
      Digest({AlertOf("update-started", "a", Color::kYellow), AlertOf("mode-changed", "b", Color::kBlue, 4)});
  EXPECT_EQ(card.subtitle, "All in stack shop, within 4 seconds.");
}

}  // namespace
}  // namespace swarmbell
