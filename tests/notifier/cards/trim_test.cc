#include "gmock/gmock.h"
#include "notifier/cards/card.h"
#include "notifier/cards/text.h"

namespace swarmbell::cards {
namespace {

TEST(Trim, CutsBothValuesAroundTheirFirstDifference) {
  const std::string same(300, 'x');
  Card card;
  card.sections = {
      DiffSection{"", {{v1::FIELD_CHANGE_KIND_CHANGED, "K", same + "OLD", same + "NEW", ""}}, "", 0}};
  const Card out = Trim(card, {12, 24, 40});
  const DiffRow& row = std::get<DiffSection>(out.sections[0]).rows[0];
  EXPECT_EQ(*row.before, "…xxxxxxxxxxxxOLD");
  EXPECT_EQ(*row.after, "…xxxxxxxxxxxxNEW");
}

TEST(Trim, CountsTheRowsItLeavesOut) {
  Card card;
  card.sections = {ChangeSection{"", std::vector<ChangeRow>(10, {"L", "a", "b"}), 0}};
  const Card out = Trim(card, {12, 4, 40});
  EXPECT_EQ(std::get<ChangeSection>(out.sections[0]).left_out, 6U);
}

TEST(Trim, LeavesASmallCardAsItIs) {
  Card card;
  card.title = "Node worker-03 drained";
  card.sections = {QuoteSection{"Error", "line\nline"}, MetaSection{{"worker", "ready"}}};
  EXPECT_EQ(Trim(card, CardLimits()), card);
}

TEST(FitCard, TakesTheLargestThatFits) {
  Card card;
  card.sections = {ChangeSection{"", std::vector<ChangeRow>(100, {"L", "a", "b"}), 0}};
  const auto rows = [](const Card& cut) {
    return std::string(std::get<ChangeSection>(cut.sections[0]).rows.size(), '.');
  };
  EXPECT_EQ(FitCard(card, 1000, rows).size(), 24U);
  EXPECT_EQ(FitCard(card, 15, rows).size(), 14U);
}

TEST(FitCard, GivesTheShortestWhenNoneFits) {
  EXPECT_EQ(FitCard(Card(), 1, [](const Card&) { return std::string("too long"); }), "too long");
}

TEST(LeftOut, NamesWhereToSeeTheRest) {
  EXPECT_EQ(LeftOut(3, "labels", "docker service inspect a"),
            "… and 3 more labels; see docker service inspect a");
  EXPECT_EQ(LeftOut(3, "", ""), "… and 3 more");
}

}  // namespace
}  // namespace swarmbell::cards
