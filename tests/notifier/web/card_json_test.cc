#include "notifier/web/card_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace swarmbell {
namespace {

using Json = nlohmann::json;

TEST(CardJson, EverySectionKeepsItsFacts) {
  Card card;
  card.color = Color::kRed;
  card.title = "Service a paused";
  card.sections = {
      ChangeSection{"", {{"Image", "1", "2"}, {"User", std::nullopt, "x"}}, 1},
      DiffSection{
          "Environment", {{v1::FIELD_CHANGE_KIND_ADDED, "A", std::nullopt, "1", "masked"}}, "variables", 2},
      LinesSection{"Args", {"a"}, {"b", "c"}, "reordered", 3},
      FactsSection{{{"By", "anna"}}, "Facts"},
      QuoteSection{"The scheduler says", "no node"},
      OutputSection{"Last output", {"<script>"}, "note"},
      MetaSection{{"a", "b"}},
      DigestSection{{{Color::kBlue, "t", "d"}}, 4}};
  card.links = {{"Logs", "https://logs.example"}};
  card.commands = {"docker ps"};
  const Json json = CardJson(card);
  EXPECT_EQ(json["color"], "red");
  EXPECT_EQ(json["sections"][0], Json::parse(R"({"type": "changes", "title": "", "left_out": 1, "rows": [
      {"label": "Image", "before": "1", "after": "2"}, {"label": "User", "before": null, "after": "x"}]})"));
  EXPECT_EQ(json["sections"][1],
            Json::parse(R"({"type": "diff", "title": "Environment", "left_out": 2, "rows": [
      {"kind": "added", "label": "A", "before": null, "after": "1", "note": "masked"}]})"));
  EXPECT_EQ(json["sections"][2], Json::parse(R"({"type": "lines", "title": "Args", "before": ["a"],
      "after": ["b", "c"], "note": "reordered", "left_out": 3})"));
  EXPECT_EQ(json["sections"][3]["facts"][0]["value"], "anna");
  EXPECT_EQ(json["sections"][4]["text"], "no node");
  EXPECT_EQ(json["sections"][5]["lines"][0], "<script>");
  EXPECT_EQ(json["sections"][6]["text"], "a · b");
  EXPECT_EQ(json["sections"][7]["rows"][0]["color"], "blue");
  EXPECT_EQ(json["links"][0]["url"], "https://logs.example");
  EXPECT_EQ(json["commands"][0], "docker ps");
}

}  // namespace
}  // namespace swarmbell
