#include "gmock/gmock.h"
#include "notifier/cards/build_card.h"
#include "notifier/chat/console/console.h"
#include "notifier/chat/slack/slack.h"
#include "notifier/chat/teams/teams.h"
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
  EXPECT_EQ(rows[1].detail, "3 more replicas are wanted. Labels traefik.http.routers.shop.rule, team.");
  EXPECT_EQ(rows[2].color, Color::kGreen);
}

TEST(Digest, SaysHowLongItTookAndTheStackThatAllShare) {
  const Card card =
      Digest({AlertOf("update-started", "a", Color::kYellow), AlertOf("mode-changed", "b", Color::kBlue, 4)});
  EXPECT_EQ(card.subtitle, "1 blue, 1 yellow. All in stack shop, within 4 seconds.");
}

Alert InSwarmOf(Alert alert, const std::string& id, const std::string& name) {
  alert.event.mutable_cluster()->set_id(id);
  alert.event.mutable_cluster()->set_name(name);
  return alert;
}

TEST(Digest, OfSeveralSwarmsNamesThatOfEachObject) {
  const Alert eu = InSwarmOf(AlertOf("update-paused", "api", Color::kRed), "1", "prod-eu");
  const Alert us = InSwarmOf(AlertOf("update-completed", "api", Color::kGreen), "2", "prod-us");
  const Card card = Digest({eu, us});
  EXPECT_EQ(card.cluster, "2 swarms");
  const auto rows = SectionOf<DigestSection>(card).rows;
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].title, "prod-eu · Service api update paused");
  EXPECT_EQ(rows[1].title, "prod-us · Service api update completed");
}

TEST(Digest, OfOneSwarmNamesItOnce) {
  const Card card = Digest({InSwarmOf(AlertOf("update-paused", "api", Color::kRed), "1", "prod-eu"),
                            InSwarmOf(AlertOf("update-paused", "web", Color::kRed), "1", "prod-eu")});
  EXPECT_EQ(card.cluster, "prod-eu");
  EXPECT_EQ(SectionOf<DigestSection>(card).rows[0].title, "Service api update paused");
}

// A change of one environment variable of a service, in a reading of its own.
Alert EnvChange(int number, const std::string& service = "api") {
  v1::ChangeEvent event;
  event.mutable_resource()->set_kind(v1::RESOURCE_KIND_SERVICE);
  event.mutable_resource()->set_id(service);
  event.mutable_resource()->set_name(service);
  event.mutable_observe_time()->set_seconds(1'700'000'000 + number);
  v1::FieldChange& field = *event.mutable_service_task_template_changed()->add_fields();
  field.set_group("Environment");
  field.set_name("KEY_" + std::to_string(number));
  field.set_kind(v1::FIELD_CHANGE_KIND_ADDED);
  field.set_current_value("v" + std::to_string(number));
  return {event, "task-template-changed", Color::kYellow, {"receiver"}, ""};
}

TEST(Digest, ChangesOfOneObjectAreOneOrdinaryCardWithAllOfThem) {
  std::vector<Alert> alerts;
  for (int i = 1; i <= 20; ++i) alerts.push_back(EnvChange(i));
  const Card card = Digest(alerts);
  EXPECT_EQ(card.title, "Service api updated");
  const auto rows = SectionOf<DiffSection>(card).rows;
  ASSERT_EQ(rows.size(), 20U);
  EXPECT_EQ(rows[0].key, "KEY_1");
  EXPECT_EQ(rows[19].key, "KEY_20");
  const auto notes = SectionOf<MetaSection>(card).items;
  EXPECT_EQ(notes.front(), "20 changes in one card: first value → last value");
  for (const std::string& rendered : {RenderSlack(card), RenderTeams(card), RenderTerminal(card, {})}) {
    for (int i = 1; i <= 20; ++i) {
      EXPECT_THAT(rendered, testing::HasSubstr("KEY_" + std::to_string(i))) << rendered;
    }
  }
}

TEST(Digest, RowsNameWhatChangedAndHowManyMore) {
  std::vector<Alert> alerts;
  for (int i = 1; i <= 20; ++i) alerts.push_back(EnvChange(i, "api"));
  alerts.push_back(EnvChange(21, "web"));
  const auto rows = SectionOf<DigestSection>(Digest(alerts)).rows;
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].detail,
            "Env KEY_1, KEY_2, KEY_3, KEY_4, KEY_5, KEY_6, KEY_7, KEY_8, KEY_9, KEY_10, KEY_11, KEY_12, +8.");
  EXPECT_EQ(rows[1].detail, "Env KEY_21.");
}

TEST(Digest, RowsNameEntriesWithoutNamesByTheirValues) {
  Alert ports = EnvChange(1, "web");
  v1::ChangeEvent& event = ports.event;
  event.mutable_service_endpoint_spec_changed();
  for (const char* port : {"8080->80/tcp", "8443->443/tcp"}) {
    v1::FieldChange& field = *event.mutable_service_endpoint_spec_changed()->add_fields();
    field.set_group("Published ports");
    field.set_kind(v1::FIELD_CHANGE_KIND_ADDED);
    field.set_current_value(port);
  }
  const auto rows = SectionOf<DigestSection>(Digest({ports, EnvChange(2, "api")})).rows;
  EXPECT_EQ(rows[0].detail, "Published ports 8080->80/tcp, 8443->443/tcp.");
}

TEST(Digest, RowsTellWhatElseHappenedToTheObject) {
  Alert degraded = AlertOf("service-degraded", "api", Color::kRed);
  degraded.event.clear_cluster();
  const auto rows =
      SectionOf<DigestSection>(Digest({EnvChange(1, "api"), degraded, EnvChange(2, "web")})).rows;
  EXPECT_THAT(rows[0].detail, testing::HasSubstr("tasks"));
  EXPECT_THAT(rows[0].detail, testing::EndsWith("Env KEY_1."));
}

TEST(Digest, WhatAllRowsShareIsSaidOnce) {
  const Card card = Digest({EnvChange(7, "api"), EnvChange(7, "web"), EnvChange(7, "db")});
  EXPECT_EQ(card.subtitle, "Each: env KEY_7.");
  for (const DigestRow& row : SectionOf<DigestSection>(card).rows) EXPECT_EQ(row.detail, "");
  const Card gone = Digest(
      {AlertOf("service-disappeared", "a", Color::kRed), AlertOf("service-disappeared", "b", Color::kRed)});
  EXPECT_EQ(gone.subtitle, "All in stack shop.");
  for (const DigestRow& row : SectionOf<DigestSection>(gone).rows) EXPECT_EQ(row.detail, "");
}

}  // namespace
}  // namespace swarmbell
