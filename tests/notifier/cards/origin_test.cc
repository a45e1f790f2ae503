#include "notifier/cards/origin.h"

#include "gmock/gmock.h"
#include "tests/notifier/cards/card_testing.h"

namespace swarmbell::cards {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kOld[] = "3f2c1ab9e8d7c6b5a4938271605f4e3d2c1b0a99";
constexpr char kNew[] = "9be04d2f6a1c3b5d7e8f90a1b2c3d4e5f6071829";

v1::ChangeOrigin Origin(const std::string& source, const std::string& before = "v1",
                        const std::string& now = "v2") {
  v1::ChangeOrigin origin;
  origin.set_by("alice");
  origin.set_pipeline("812");
  origin.set_previous_revision(before);
  origin.set_revision(now);
  origin.set_source(source);
  return origin;
}

std::string LinkOf(const std::string& source, const std::string& before = "v1",
                   const std::string& now = "v2") {
  const auto links = OriginLinks(Origin(source, before, now));
  return links.empty() ? "" : links[0].title + " " + links[0].url;
}

v1::ChangeEvent Change(const std::string& details) {
  v1::ChangeEvent event =
      EventFrom("resource { kind: RESOURCE_KIND_SERVICE id: 's1' name: 'shop_api' } " + details);
  *event.mutable_origin() = Origin("https://github.com/acme/shop", kOld, kNew);
  return event;
}

constexpr char kImage[] =
    "service_task_template_changed { fields { group: 'Image' kind: FIELD_CHANGE_KIND_CHANGED "
    "path: 'TaskTemplate.ContainerSpec.Image' previous_value: 'a:1' current_value: 'a:2' } }";

TEST(OriginWords, SayWhoAndWhichPipelineAndWhichRevisions) {
  EXPECT_EQ(OriginWords(Origin("", kOld, kNew)), "by alice · pipeline 812 · 3f2c1ab → 9be04d2");
  EXPECT_EQ(OriginWords(Origin("", "", "v2.5.0")), "by alice · pipeline 812 · v2.5.0");
  EXPECT_EQ(OriginWords(Origin("", kNew, kNew)), "by alice · pipeline 812");
  EXPECT_EQ(OriginWords(Origin("", kOld, "")), "by alice · pipeline 812");
  EXPECT_EQ(OriginWords({}), "");
}

TEST(OriginWords, APipelineMayBeAnAddress) {
  v1::ChangeOrigin origin;
  origin.set_pipeline("https://gitlab.example.com/shop/api/-/pipelines/812");
  EXPECT_EQ(OriginWords(origin), "pipeline 812");
  EXPECT_THAT(OriginLinks(origin), ElementsAre(CardLink{"Pipeline", origin.pipeline()}));
}

TEST(OriginFact, IsARowOfTheCardBesideItsLinks) {
  const Card card = CardFrom({Change(kImage)});
  EXPECT_EQ(FactOf(card, "Change"), "by alice · pipeline 812 · 3f2c1ab → 9be04d2");
  EXPECT_THAT(card.links,
              ElementsAre(CardLink{
                  "Compare", std::string("https://github.com/acme/shop/compare/") + kOld + "..." + kNew}));
}

TEST(OriginFact, WithoutLabelsThereIsNoRow) {
  v1::ChangeEvent event = Change(kImage);
  event.clear_origin();
  const Card card = CardFrom({event});
  EXPECT_EQ(FactOf(card, "Change"), "");
  EXPECT_THAT(card.links, IsEmpty());
}

TEST(OriginFact, ARevisionThatStayedIsNoChange) {
  v1::ChangeEvent event = Change(kImage);
  event.clear_origin();
  event.mutable_origin()->set_previous_revision(kNew);
  event.mutable_origin()->set_revision(kNew);
  EXPECT_FALSE(OriginFact(event));
}

TEST(OriginFact, OfAnAutomaticRollbackItIsTheUpdateThatFailed) {
  EXPECT_EQ(OriginFact(Change("service_update_state_changed { current_state: UPDATE_STATE_ROLLBACK_STARTED "
                              "automatic: true }"))
                ->label,
            "Failed change");
}

TEST(OriginFact, AFailureShowsTheRevisionThatRuns) {
  v1::ChangeEvent event = Change("service_crash_loop { failures: 3 }");
  event.clear_origin();
  event.mutable_origin()->set_revision(kNew);
  EXPECT_EQ(FactOf(CardFrom({event}), "Revision"), "9be04d2");
}

TEST(OriginFact, TheEndOfAFailureDoesNotNeedIt) {
  EXPECT_FALSE(OriginFact(Change("service_crash_loop_over {}")));
  EXPECT_FALSE(OriginFact(Change("services_failing {}")));  // of several services
}

TEST(OriginFact, ItsLabelsAreNotShownTwice) {
  v1::ChangeEvent labels = Change(
      "service_labels_changed { fields { group: 'Labels' name: 'swarmbell.revision' path: 'Labels' kind: "
      "FIELD_CHANGE_KIND_CHANGED previous_value: 'a' current_value: 'b' } fields { group: 'Labels' name: "
      "'com.example.team' path: 'Labels' kind: FIELD_CHANGE_KIND_ADDED current_value: 'shop' } }");
  const auto rows = SectionOf<DiffSection>(CardFrom({labels})).rows;
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].key, "com.example.team");
}

TEST(OriginLinks, CompareInTheFormOfTheHost) {
  EXPECT_EQ(LinkOf("https://github.com/acme/shop.git"),
            "Compare https://github.com/acme/shop/compare/v1...v2");
  EXPECT_EQ(LinkOf("https://github.com/acme/shop/tree/main"),
            "Compare https://github.com/acme/shop/compare/v1...v2");
  EXPECT_EQ(LinkOf("https://github.acme.com/acme/shop/"),
            "Compare https://github.acme.com/acme/shop/compare/v1...v2");
  EXPECT_EQ(LinkOf("https://gitlab.com/a/b/c.git"), "Compare https://gitlab.com/a/b/c/-/compare/v1...v2");
  EXPECT_EQ(LinkOf("http://git.acme.com:8080/a/b/-/tree/main"),
            "Compare http://git.acme.com:8080/a/b/-/compare/v1...v2");
  EXPECT_EQ(LinkOf("https://codeberg.org/acme/shop"),
            "Compare https://codeberg.org/acme/shop/compare/v1...v2");
  EXPECT_EQ(LinkOf("https://gitea.acme.com/acme/shop"),
            "Compare https://gitea.acme.com/acme/shop/compare/v1...v2");
  EXPECT_EQ(LinkOf("https://bitbucket.org/acme/shop"),
            "Compare https://bitbucket.org/acme/shop/branches/compare/v2%0Dv1#diff");
  EXPECT_EQ(
      LinkOf("https://git.acme.com/bb/projects/SHOP/repos/api/browse"),
      "Compare "
      "https://git.acme.com/bb/projects/SHOP/repos/api/compare/commits?sourceBranch=v2&targetBranch=v1");
}

TEST(OriginLinks, WhereTheFormIsNotKnownTheSourceIsLinked) {
  EXPECT_EQ(LinkOf("https://git.acme.com/shop?p=api.git"), "Source https://git.acme.com/shop?p=api.git");
  EXPECT_EQ(LinkOf("https://github.com/acme"), "Source https://github.com/acme");
  EXPECT_EQ(LinkOf("https://notgithub.com/acme/shop"), "Source https://notgithub.com/acme/shop");
  EXPECT_EQ(LinkOf("https://github.com/acme/shop", "v1", "v1"), "Source https://github.com/acme/shop");
  EXPECT_EQ(LinkOf("https://github.com/acme/shop", "", "v1"), "Source https://github.com/acme/shop");
  EXPECT_EQ(LinkOf("https://github.com/acme/shop", "••••", "v1"), "Source https://github.com/acme/shop");
}

TEST(OriginLinks, ARevisionOfAnotherSourceIsNotCompared) {
  v1::ChangeOrigin origin = Origin("https://github.com/acme/shop");
  origin.set_previous_source("https://github.com/acme/old-shop");
  EXPECT_EQ(OriginLinks(origin).at(0).title, "Source");
}

TEST(OriginLinks, AValueCannotLeaveItsPlace) {
  EXPECT_EQ(LinkOf("https://github.com/acme/shop", "a/../b?x#y", "<b>|c d"),
            "Compare https://github.com/acme/shop/compare/a%2F..%2Fb%3Fx%23y...%3Cb%3E%7Cc%20d");
  EXPECT_EQ(LinkOf("https://git.acme.com/<a>|b c)\"'"),
            "Source https://git.acme.com/%3Ca%3E%7Cb%20c%29%22%27");
}

TEST(OriginLinks, OnlyToTheWebAndWithoutUsers) {
  for (const char* source :
       {"javascript:alert(1)", "git@github.com:acme/shop.git", "ssh://git@github.com/acme/shop",
        "https://bob:secret@github.com/acme/shop", "https://bob@github.com/acme/shop",
        "https://••••@github.com/acme/shop", "https://", "https:///x", "https://a\\@b/c", "https://a b/c", "",
        "github.com/acme/shop"}) {
    EXPECT_EQ(LinkOf(source), "") << source;
  }
}

}  // namespace
}  // namespace swarmbell::cards
