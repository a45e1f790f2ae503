#include "notifier/cards/label_prefix.h"

#include "gmock/gmock.h"
#include "notifier/cards/story.h"

namespace swarmbell::cards {
namespace {

using testing::ElementsAre;

// Each section as its title and its keys.
std::vector<std::string> Sections(const std::vector<std::string>& keys) {
  DiffSection labels{"Labels", {}, "labels", 0};
  for (const std::string& key : keys) labels.rows.push_back({v1::FIELD_CHANGE_KIND_ADDED, key, {}, "v", ""});
  std::vector<std::string> all;
  for (const DiffSection& section : ByPrefix(labels)) {
    std::string one = section.title + ":";
    for (const DiffRow& row : section.rows) one += " " + row.key;
    all.push_back(one);
  }
  return all;
}

TEST(LabelPrefix, OfARouterIsShownOnce) {
  EXPECT_THAT(Sections({"team", "traefik.http.routers.shop.rule", "traefik.http.routers.shop.tls",
                        "traefik.http.routers.blog.rule", "traefik.http.routers.blog.tls.options"}),
              ElementsAre("Labels: team", "Labels traefik.http.routers.shop.: rule tls",
                          "Labels traefik.http.routers.blog.: rule tls.options"));
}

TEST(LabelPrefix, OfAProgramIsShownOnceForThreeLabels) {
  EXPECT_THAT(
      Sections({"traefik.frontend.rule", "traefik.frontend.auth.basic", "traefik.frontend.entryPoints"}),
      ElementsAre("Labels traefik.frontend.: rule auth.basic entryPoints"));
  EXPECT_THAT(Sections({"traefik.frontend.rule", "traefik.frontend.auth.basic"}),
              ElementsAre("Labels: traefik.frontend.rule traefik.frontend.auth.basic"));
}

TEST(LabelPrefix, OddKeysAreShownAsTheyAre) {
  EXPECT_THAT(Sections({"", ".", "a.b.c.d.", "a.b.c.d.", "....", "...."}),
              ElementsAre("Labels:  . a.b.c.d. a.b.c.d. .... ...."));
}

TEST(LabelPrefix, ManyPrefixesMakeNoMoreSectionsThanACardHolds) {
  std::vector<std::string> keys;
  for (int i = 0; i < 1000; ++i)
    keys.insert(keys.end(), {"a.b.c." + std::to_string(i) + ".x", "a.b.c." + std::to_string(i) + ".y"});
  EXPECT_EQ(Sections(keys).size(), 7U);
}

TEST(LabelPrefix, IsUsedForLabelsAlone) {
  FieldChanges fields;
  for (const char* name : {"a.b.c.d.x", "a.b.c.d.y"}) {
    v1::FieldChange& field = fields.emplace_back();
    field.set_group("Labels");
    field.set_name(name);
    field.set_kind(v1::FIELD_CHANGE_KIND_ADDED);
    field.set_current_value("1");
  }
  EXPECT_EQ(std::get<DiffSection>(FieldSections(fields).at(0)).title, "Labels a.b.c.d.");
  for (v1::FieldChange& field : fields) field.set_group("Environment");
  EXPECT_EQ(std::get<DiffSection>(FieldSections(fields).at(0)).title, "Environment");
}

}  // namespace
}  // namespace swarmbell::cards
