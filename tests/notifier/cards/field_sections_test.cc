#include "gmock/gmock.h"
#include "notifier/cards/story.h"
#include "tests/notifier/cards/card_testing.h"

namespace swarmbell::cards {
namespace {

using testing::ElementsAre;

v1::FieldChange Field(const std::string& group, const std::string& name, std::optional<std::string> before,
                      std::optional<std::string> after) {
  v1::FieldChange field;
  field.set_group(group);
  field.set_name(name);
  field.set_kind(v1::FIELD_CHANGE_KIND_CHANGED);
  if (before) field.set_previous_value(*before);
  if (after) field.set_current_value(*after);
  if (!before) field.set_kind(v1::FIELD_CHANGE_KIND_ADDED);
  if (!after) field.set_kind(v1::FIELD_CHANGE_KIND_REMOVED);
  return field;
}

TEST(FieldSections, AnEnvironmentIsADiffEvenIfItsNamesLookLikeTerms) {
  const auto sections = FieldSections({Field("Environment", "Path", "a", "b")});
  ASSERT_EQ(sections.size(), 1U);
  EXPECT_EQ(std::get<DiffSection>(sections[0]).rows[0].key, "Path");
  EXPECT_EQ(std::get<DiffSection>(sections[0]).noun, "environment variables");
}

TEST(FieldSections, AMaskedValueSaysSo) {
  v1::FieldChange field = Field("Environment", "DB_PASSWORD", "••••", "••••");
  field.set_masked(true);
  EXPECT_EQ(std::get<DiffSection>(FieldSections({field})[0]).rows[0].note, "masked");
}

TEST(FieldSections, AnotherOrderSaysSo) {
  v1::FieldChange field = Field("Mounts", "", "/a, /b", "/b, /a");
  field.set_kind(v1::FIELD_CHANGE_KIND_REORDERED);
  EXPECT_EQ(std::get<LinesSection>(FieldSections({field})[0]).note, "reordered");
  EXPECT_EQ(FieldSummary({field}), "order of mounts");
}

TEST(FieldSections, TermsMakeATable) {
  const auto sections = FieldSections({Field("Resources", "Memory limit", "512 MiB", "1 GiB"),
                                       Field("Resources", "CPU limit", std::nullopt, "0.5 CPU")});
  ASSERT_EQ(sections.size(), 1U);
  EXPECT_THAT(std::get<ChangeSection>(sections[0]).rows,
              ElementsAre(ChangeRow{"Memory limit", "512 MiB", "1 GiB"},
                          ChangeRow{"CPU limit", std::nullopt, "0.5 CPU"}));
}

TEST(FieldSections, LongTextGoesOnLinesOfItsOwn) {
  const auto sections = FieldSections({Field("Arguments", "", "--a 1", "--a 2\n--b")});
  const auto& lines = std::get<LinesSection>(sections[0]);
  EXPECT_THAT(lines.before, ElementsAre("--a 1"));
  EXPECT_THAT(lines.after, ElementsAre("--a 2", "--b"));
}

TEST(FieldSections, ADigestIsLeftOutWhereTheTagTells) {
  const auto sections = FieldSections(
      {Field("Image", "", "r:5000/a:1@sha256:0123456789abcdef", "r:5000/a:2@sha256:fedcba9876543210")});
  EXPECT_THAT(std::get<ChangeSection>(sections[0]).rows, ElementsAre(ChangeRow{"Image", "1", "2"}));
}

TEST(FieldSections, AnotherRepositoryIsShownAsAWhole) {
  const auto sections = FieldSections({Field("Image", "", "r:5000/a:1", "r:5000/b:1")});
  const auto& lines = std::get<LinesSection>(sections[0]);
  EXPECT_THAT(lines.before, ElementsAre("r:5000/a:1"));
  EXPECT_THAT(lines.after, ElementsAre("r:5000/b:1"));
}

TEST(FieldSections, TheSameTagWithAnotherDigestShowsTheDigests) {
  const FieldChanges fields = {
      Field("Image", "", "a:1@sha256:0123456789abcdef", "a:1@sha256:fedcba9876543210")};
  const auto sections = FieldSections(fields);
  const auto& lines = std::get<LinesSection>(sections[0]);
  EXPECT_EQ(lines.note, "same tag, new digest");
  EXPECT_THAT(lines.after, ElementsAre("a:1@sha256:fedcba987654"));
  EXPECT_EQ(FieldSummary(fields), "image (same tag, new digest)");
}

TEST(FieldSections, EntriesWithoutNamesAreLines) {
  const FieldChanges fields = {Field("Ports", "", "8080 → 80/tcp", "80 → 80/tcp"),
                               Field("Ports", "", std::nullopt, "443 → 443/tcp")};
  const auto sections = FieldSections(fields);
  const auto& lines = std::get<LinesSection>(sections[0]);
  EXPECT_THAT(lines.before, ElementsAre("8080 → 80/tcp"));
  EXPECT_THAT(lines.after, ElementsAre("80 → 80/tcp", "443 → 443/tcp"));
  EXPECT_EQ(FieldSummary(fields), "2 published ports");
}

TEST(FieldSections, ConstraintsAreADiff) {
  const FieldChanges fields = {Field("Placement", "Constraint", std::nullopt, "node.role==worker"),
                               Field("Placement", "Constraint", "node.labels.a==b", std::nullopt)};
  const auto sections = FieldSections(fields);
  EXPECT_EQ(std::get<DiffSection>(sections[0]).rows.size(), 2U);
  EXPECT_EQ(FieldSummary(fields), "2 constraints");
}

TEST(FieldSections, AnEndpointsModeNeedsNoTitle) {
  const FieldChanges fields = {Field("Endpoint", "Mode", "vip", "dnsrr")};
  const auto sections = FieldSections(fields);
  EXPECT_EQ(std::get<ChangeSection>(sections[0]),
            (ChangeSection{"", {{"Endpoint mode", "vip", "dnsrr"}}, 0}));
  EXPECT_EQ(FieldSummary(fields), "endpoint mode");
}

TEST(FieldSummary, NamesAWholeGroupByItsTitle) {
  EXPECT_EQ(FieldSummary({Field("Arguments", "", "a b", "c d"), Field("Arguments", "Entrypoint", "x", "y"),
                          Field("Forced update", "", "1", "2"), Field("Other settings", "A.B", "1", "2")}),
            "arguments, entrypoint, forced update, 1 other setting");
}

TEST(FieldSummary, CountsEntriesAndNamesTerms) {
  EXPECT_EQ(
      FieldSummary({Field("Environment", "A", "1", "2"), Field("Environment", "B", "1", "2"),
                    Field("Arguments", "", "x y", "y z"), Field("Resources", "Memory limit", "1", "2")}),
      "2 environment variables, arguments, memory limit");
}

// The command of a health check is not the container's.
TEST(FieldSummary, SaysWhatATermIsOfWhereItDoesNotSayItself) {
  EXPECT_EQ(
      FieldSummary({Field("Healthcheck", "Command", "a", "b"), Field("Healthcheck", "Retries", "1", "2"),
                    Field("Restart policy", "Delay", "1s", "2s"), Field("DNS", "Search", "a", "b")}),
      "health check command, health check retries, restart policy delay, DNS search");
}

TEST(FieldSummary, KeepsAbbreviations) {
  EXPECT_EQ(FieldSummary({Field("Resources", "CPU limit", "1", "2"), Field("TTY", "", "on", "off")}),
            "CPU limit, TTY");
}

TEST(FieldSummary, StopsAtSome) {
  FieldChanges fields;
  for (const char* name : {"Aa", "Bb", "Cc", "Dd", "Ee", "Ff", "Gg"})
    fields.push_back(Field("X", name, "1", "2"));
  EXPECT_EQ(FieldSummary(fields), "aa, bb, cc, dd, ee and 2 more");
}

}  // namespace
}  // namespace swarmbell::cards
