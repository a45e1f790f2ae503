#include "notifier/cards/links.h"

#include "gmock/gmock.h"
#include "notifier/cards/build_card.h"
#include "notifier/cards/samples.h"
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

TEST(FillLinks, OnlyRedCardsHaveTheirLinksWhateverTheyAreAbout) {
  const std::vector<LinkConfig> links = {{"Timeline", kRedCards, "https://bell/?row={change_id}"}};
  const auto linked = [&](const std::string& rule) {
    AlertGroup group;
    for (const Sample& sample : Samples()) {
      if (sample.rule == rule) group = SampleGroup(sample);
    }
    group.alerts.front().event.set_event_id("a&b");
    std::vector<std::string> urls;
    for (const CardLink& link : BuildCard(group, links).links) {
      if (link.title == "Timeline") urls.push_back(link.url);
    }
    return urls;
  };
  for (const char* red : {"node-down", "update-paused", "task-crash-loop"})
    EXPECT_THAT(linked(red), ElementsAre("https://bell/?row=a%26b")) << red;
  for (const char* other : {"node-drained", "update-started"}) EXPECT_THAT(linked(other), IsEmpty()) << other;
}

TEST(FillLinks, OnlyToTheWeb) {
  EXPECT_THAT(FillLinks(Event("a"), {{"L", "service", "javascript:alert(1)"}}), IsEmpty());
}

std::string Filled(const v1::ChangeEvent& event, const std::string& url) {
  const auto links = FillLinks(event, {{"L", "service", url}});
  return links.empty() ? "" : links[0].url;
}

TEST(FillLinks, FillsWhatOneChangeKnowsAndAnotherDoesNot) {
  v1::ChangeEvent event = Event("shop_api");
  (*event.mutable_resource()->mutable_labels())["com.example.team"] = "a/b";
  event.mutable_observe_time()->set_seconds(1795351445);
  event.mutable_service_crash_loop()->mutable_last_task()->set_node_hostname("worker-02");
  event.mutable_origin()->set_revision("9be04d2");
  EXPECT_EQ(Filled(event, "https://l/{revision}/{label:com.example.team}/{node}?from={time}"),
            "https://l/9be04d2/a%2Fb/worker-02?from=2026-11-22T12%3A44%3A05.000Z");
}

TEST(FillLinks, ALinkWithoutItsValueIsLeftOut) {
  for (const char* url : {"https://l/{revision}", "https://l/{label:com.example.team}", "https://l/{node}",
                          "https://l/{time}", "https://l/{label:}"}) {
    EXPECT_EQ(Filled(Event("a"), url), "") << url;
  }
  v1::ChangeEvent event = Event("a");
  (*event.mutable_resource()->mutable_labels())["token"] = "••••";
  EXPECT_EQ(Filled(event, "https://l/{label:token}"), "");
}

TEST(FillLinks, TheRevisionMayBeALabelOfTheService) {
  v1::ChangeEvent event = Event("a");
  (*event.mutable_resource()->mutable_labels())["org.opencontainers.image.revision"] = "of-image";
  EXPECT_EQ(Filled(event, "https://l/{revision}"), "https://l/of-image");
  (*event.mutable_resource()->mutable_labels())["swarmbell.revision"] = "own";
  EXPECT_EQ(Filled(event, "https://l/{revision}"), "https://l/own");
}

TEST(FillLinks, OtherBracesStay) {
  EXPECT_EQ(Filled(Event("a"), "https://l/?q={\"x\":\"{name}\"}&y={b:c}&z={"),
            "https://l/?q={\"x\":\"a\"}&y={b:c}&z={");
}

}  // namespace
}  // namespace swarmbell::cards
