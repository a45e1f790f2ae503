#include "gmock/gmock.h"
#include "notifier/cards/card.h"
#include "tests/notifier/cards/card_testing.h"

namespace swarmbell::cards {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

v1::ChangeEvent Event(const std::string& name) {
  v1::ChangeEvent event;
  event.mutable_resource()->set_kind(v1::RESOURCE_KIND_SERVICE);
  event.mutable_resource()->set_id("abc");
  event.mutable_resource()->set_name(name);
  event.mutable_resource()->set_stack("shop");
  event.mutable_cluster()->set_name("prod eu");
  return event;
}

TEST(FillLinks, FillsEachPlaceholder) {
  EXPECT_THAT(FillLinks(Event("shop_api"), {{"Logs", "service", "https://l/{cluster}/{stack}/{name}/{id}"}}),
              ElementsAre(CardLink{"Logs", "https://l/prod%20eu/shop/shop_api/abc"}));
}

TEST(FillLinks, AValueCannotLeaveItsPlaceOrBeAPlaceholder) {
  EXPECT_THAT(FillLinks(Event("{id}/../?x=<a>|b"), {{"L", "service", "https://l/{name}"}}),
              ElementsAre(CardLink{"L", "https://l/%7Bid%7D%2F..%2F%3Fx%3D%3Ca%3E%7Cb"}));
}

TEST(FillLinks, OnlyOfTheResourcesKind) {
  EXPECT_THAT(FillLinks(Event("a"), {{"Node", "node", "https://l/{name}"}}), IsEmpty());
}

TEST(FillLinks, OnlyToTheWeb) {
  EXPECT_THAT(FillLinks(Event("a"), {{"L", "service", "javascript:alert(1)"}}), IsEmpty());
}

TEST(InspectCommand, IsForACopyIntoAShell) {
  EXPECT_EQ(InspectCommand(Event("shop_api").resource()), "docker service inspect shop_api");
  EXPECT_EQ(InspectCommand(Event("a; rm -rf /").resource()), "docker service inspect abc");
  EXPECT_EQ(InspectCommand(Event("--format").resource()), "docker service inspect abc");
}

}  // namespace
}  // namespace swarmbell::cards
