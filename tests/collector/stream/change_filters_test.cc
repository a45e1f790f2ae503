#include "collector/stream/change_filters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "google/protobuf/descriptor.h"
#include "tests/collector/stream/feed_harness.h"

namespace swarmbell {
namespace {

using testing::HasSubstr;

using FilterList = google::protobuf::RepeatedPtrField<v1::ChangeFilter>;

ChangeFilters Made(const FilterList& filters) {
  auto made = ChangeFilters::Make(filters);
  EXPECT_TRUE(made.ok()) << made.status();
  return *made;
}

TEST(ChangeFiltersTest, NoFiltersPassEverything) {
  EXPECT_TRUE(Made({}).Match(NodeEvent("a")));
  EXPECT_TRUE(Made({}).Match(v1::ChangeEvent()));
}

TEST(ChangeFiltersTest, AnEmptyFilterPassesEverything) {
  FilterList filters;
  filters.Add();
  EXPECT_TRUE(Made(filters).Match(NodeEvent("a")));
}

TEST(ChangeFiltersTest, MoreThanAnybodyNeedsAreRefused) {
  FilterList filters;
  for (int i = 0; i < 256; ++i) filters.Add()->set_stack(std::to_string(i));
  EXPECT_TRUE(ChangeFilters::Make(filters).ok());
  filters.Add();
  const auto refused = ChangeFilters::Make(filters);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("at most 256"));
}

TEST(ChangeFiltersTest, ByKind) {
  FilterList filters;
  filters.Add()->add_kinds(v1::RESOURCE_KIND_NODE);
  EXPECT_TRUE(Made(filters).Match(NodeEvent("a")));
  EXPECT_FALSE(Made(filters).Match(ServiceEvent("a")));
}

TEST(ChangeFiltersTest, ByStackExactly) {
  FilterList filters;
  filters.Add()->set_stack("shop");
  EXPECT_TRUE(Made(filters).Match(ServiceEvent("a", "shop")));
  EXPECT_FALSE(Made(filters).Match(ServiceEvent("a", "shop2")));
  EXPECT_FALSE(Made(filters).Match(ServiceEvent("a")));
}

TEST(ChangeFiltersTest, ByNameOfTheChange) {
  FilterList filters;
  filters.Add()->add_changes("service_appeared");
  EXPECT_TRUE(Made(filters).Match(ServiceEvent("a")));
  EXPECT_FALSE(Made(filters).Match(NodeEvent("a")));
  EXPECT_FALSE(Made(filters).Match(v1::ChangeEvent()));
}

TEST(ChangeFiltersTest, EveryPartOfAFilterMustMatchButOnlyOneFilter) {
  FilterList filters;
  filters.Add()->set_stack("shop");
  filters[0].add_kinds(v1::RESOURCE_KIND_NODE);
  EXPECT_FALSE(Made(filters).Match(NodeEvent("a")));
  EXPECT_FALSE(Made(filters).Match(ServiceEvent("a", "shop")));
  filters.Add()->add_changes("node_role_changed");
  EXPECT_TRUE(Made(filters).Match(NodeEvent("a")));
}

TEST(ChangeFiltersTest, AnUnknownKindIsNamed) {
  for (const int kind : {0, 99}) {
    FilterList filters;
    filters.Add();
    filters.Add()->add_kinds(static_cast<v1::ResourceKind>(kind));
    const absl::Status status = ChangeFilters::Make(filters).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status));
    EXPECT_THAT(std::string(status.message()), HasSubstr("filters[1].kinds has " + std::to_string(kind)));
    EXPECT_THAT(std::string(status.message()), HasSubstr("RESOURCE_KIND_SERVICE = 2"));
  }
}

TEST(ChangeFiltersTest, AnUnknownChangeIsNamedWithTheNearestKnown) {
  FilterList filters;
  filters.Add()->add_changes("node_rol_changed");
  const absl::Status status = ChangeFilters::Make(filters).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("filters[0].changes has \"node_rol_changed\""));
  EXPECT_THAT(std::string(status.message()), HasSubstr("did you mean \"node_role_changed\"?"));
  filters[0].set_changes(0, "no_such_change");
  EXPECT_TRUE(absl::IsInvalidArgument(ChangeFilters::Make(filters).status()));
}

TEST(ChangeFiltersTest, TheNamesOfChangesAreTheFieldsOfTheDetails) {
  FilterList filters;
  for (const char* name : {"node_appeared", "service_update_state_changed", "receiver_recovered"}) {
    filters.Add()->add_changes(name);
    EXPECT_TRUE(ChangeFilters::Make(filters).ok()) << name;
  }
}

TEST(ChangeFiltersTest, ProgressPassesOnlyThoseWhoAskForIt) {
  v1::ChangeEvent progress;
  progress.mutable_service_update_progress();
  FilterList all;
  all.Add();
  FilterList services;
  services.Add()->add_kinds(v1::RESOURCE_KIND_SERVICE);
  FilterList named;
  named.Add()->add_changes("service_update_progress");
  for (const FilterList& filters : {FilterList(), all, services}) {
    EXPECT_FALSE(ChangeFilters::Make(filters)->Match(progress));
    EXPECT_TRUE(ChangeFilters::Make(filters, /*update_progress=*/true)->Match(progress));
    EXPECT_NE(ChangeFilters::Make(filters)->Key(), ChangeFilters::Make(filters, true)->Key());
  }
  EXPECT_TRUE(ChangeFilters::Make(named)->Match(progress));
  EXPECT_FALSE(ChangeFilters().Match(progress));
}

// For each name in the proto: a filter by it passes the change with that field's number, and no other.
TEST(ChangeFiltersTest, TheNumberOfAChangeIsThatOfItsField) {
  const auto* details = v1::ChangeEvent::descriptor()->FindOneofByName("details");
  ASSERT_GT(details->field_count(), 1);
  v1::ChangeEvent other;
  for (int i = 0; i <= details->field_count(); ++i) {
    const auto* field = details->field(i % details->field_count());
    v1::ChangeEvent event;
    event.GetReflection()->MutableMessage(&event, field);
    ASSERT_EQ(static_cast<int>(event.details_case()), field->number());
    FilterList filters;
    filters.Add()->add_changes(std::string(field->name()));
    EXPECT_TRUE(Made(filters).Match(event)) << field->name();
    EXPECT_FALSE(Made(filters).Match(other)) << field->name();
    EXPECT_THAT(Made(filters).Key(), HasSubstr(" changes " + std::to_string(field->number()) + " "));
    other = event;
  }
}

TEST(ChangeFiltersTest, NoNameAndAFieldOfTheEventItselfAreNoChanges) {
  for (const char* name : {"", "event_id"}) {
    FilterList filters;
    filters.Add()->add_changes(name);
    const absl::Status status = ChangeFilters::Make(filters).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << name;
    EXPECT_THAT(std::string(status.message()), HasSubstr("which is no change")) << name;
  }
}

}  // namespace
}  // namespace swarmbell
