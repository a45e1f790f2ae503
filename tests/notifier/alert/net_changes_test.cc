#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "notifier/alert/alert_group.h"
#include "notifier/alert/change_facts.h"

namespace swarmbell {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Value = std::optional<std::string>;

v1::FieldChange Field(const std::string& name, const Value& before, const Value& after) {
  v1::FieldChange field;
  field.set_group("Environment");
  field.set_name(name);
  field.set_kind(!before  ? v1::FIELD_CHANGE_KIND_ADDED
                 : !after ? v1::FIELD_CHANGE_KIND_REMOVED
                          : v1::FIELD_CHANGE_KIND_CHANGED);
  if (before) field.set_previous_value(*before);
  if (after) field.set_current_value(*after);
  return field;
}

Alert ChangeOf(const std::vector<v1::FieldChange>& fields, const std::string& service = "api") {
  Alert alert;
  alert.event.mutable_resource()->set_id(service);
  auto& changed = *alert.event.mutable_service_task_template_changed();
  for (const v1::FieldChange& field : fields) *changed.add_fields() = field;
  return alert;
}

Alert Step(int run, v1::UpdateState state, Color color) {
  Alert alert;
  alert.color = color;
  alert.event.mutable_resource()->set_id("api");
  auto& step = *alert.event.mutable_service_update_state_changed();
  step.set_current_state(state);
  step.mutable_start_time()->set_seconds(run);
  return alert;
}

Alert Scaled(std::uint64_t from, std::uint64_t to) {
  Alert alert;
  alert.event.mutable_resource()->set_id("api");
  alert.event.mutable_service_mode_changed()->mutable_previous_mode()->set_replicas(from);
  alert.event.mutable_service_mode_changed()->mutable_current_mode()->set_replicas(to);
  return alert;
}

// `NAME before>after`, with `-` for none.
std::vector<std::string> Shown(const Alert& alert) {
  std::vector<std::string> shown;
  for (const v1::FieldChange& field : *ChangedFields(alert.event)) {
    shown.push_back(field.name() + " " + (field.has_previous_value() ? field.previous_value() : "-") + ">" +
                    (field.has_current_value() ? field.current_value() : "-"));
  }
  return shown;
}

TEST(NetChangesTest, FirstValueBeforeAndLastValueAfter) {
  const NetAlerts net =
      NetOf({ChangeOf({Field("A", "1", "2")}), ChangeOf({Field("A", "2", "3"), Field("B", {}, "x")}),
             ChangeOf({Field("B", "x", "y")}), ChangeOf({Field("C", "old", {})})});
  ASSERT_THAT(net.alerts, SizeIs(1));
  EXPECT_THAT(Shown(net.alerts[0]), ElementsAre("A 1>3", "B ->y", "C old>-"));
  EXPECT_EQ(ChangedFields(net.alerts[0].event)->at(1).kind(), v1::FIELD_CHANGE_KIND_ADDED);
  EXPECT_EQ(net.joined, 4U);
  EXPECT_THAT(net.restored, IsEmpty());
}

TEST(NetChangesTest, ChangedBackIsNamedAsThat) {
  const NetAlerts net = NetOf({ChangeOf({Field("A", "1", "2"), Field("B", {}, "x"), Field("C", "1", "2")}),
                               ChangeOf({Field("A", "2", "1"), Field("B", "x", {})})});
  ASSERT_THAT(net.alerts, SizeIs(1));
  EXPECT_THAT(Shown(net.alerts[0]), ElementsAre("C 1>2"));
  EXPECT_THAT(net.restored, ElementsAre("A", "B"));
}

TEST(NetChangesTest, MaskedValuesThatReadTheSameAreNoReturn) {
  v1::FieldChange field = Field("TOKEN", "•••", "•••");
  field.set_masked(true);
  const NetAlerts net = NetOf({ChangeOf({field}), ChangeOf({field})});
  ASSERT_THAT(net.alerts, SizeIs(1));
  EXPECT_THAT(Shown(net.alerts[0]), SizeIs(1));
  EXPECT_THAT(net.restored, IsEmpty());
}

TEST(NetChangesTest, NothingButAReturnIsStillTold) {
  const NetAlerts net = NetOf({Scaled(1, 3), Scaled(3, 1)});
  EXPECT_THAT(net.alerts, SizeIs(1));
}

TEST(NetChangesTest, SizesJoinAndOtherObjectsStayApart) {
  const NetAlerts net = NetOf({Scaled(1, 3), ChangeOf({Field("A", "1", "2")}, "web"), Scaled(3, 5)});
  ASSERT_THAT(net.alerts, SizeIs(2));
  EXPECT_THAT(Shown(net.alerts[0]), ElementsAre("A 1>2"));
  EXPECT_EQ(net.alerts[1].event.service_mode_changed().previous_mode().replicas(), 1U);
  EXPECT_EQ(net.alerts[1].event.service_mode_changed().current_mode().replicas(), 5U);
}

TEST(NetChangesTest, OfUpdatesTheLastOneAndWhatFailed) {
  const NetAlerts net = NetOf({Step(1, v1::UPDATE_STATE_UPDATING, Color::kYellow),
                               Step(1, v1::UPDATE_STATE_PAUSED, Color::kRed),
                               Step(2, v1::UPDATE_STATE_UPDATING, Color::kYellow),
                               Step(2, v1::UPDATE_STATE_COMPLETED, Color::kGreen)});
  ASSERT_THAT(net.alerts, SizeIs(3));
  EXPECT_EQ(net.alerts[0].color, Color::kRed);
}

v1::FieldChange Port(const Value& before, const Value& after) {
  v1::FieldChange field = Field("", before, after);
  field.set_group("Published ports");
  return field;
}

TEST(NetChangesTest, EntriesWithoutNamesAreToldApartByTheirValues) {
  const NetAlerts net = NetOf({ChangeOf({Port({}, "8080"), Port({}, "8081")}), ChangeOf({Port("443", {})}),
                               ChangeOf({Port("8081", {}), Port("8080", "9090")})});
  ASSERT_THAT(net.alerts, SizeIs(1));
  EXPECT_THAT(Shown(net.alerts[0]), ElementsAre(" ->9090", " 443>-"));
  EXPECT_THAT(net.restored, ElementsAre("Published ports"));
}

TEST(NetChangesTest, EntriesThatShareANameAreToldApartByTheirValues) {
  const NetAlerts net = NetOf({ChangeOf({Field("Constraint", {}, "a"), Field("Constraint", {}, "b")}),
                               ChangeOf({Field("Constraint", "c", {})})});
  ASSERT_THAT(net.alerts, SizeIs(1));
  EXPECT_THAT(Shown(net.alerts[0]), ElementsAre("Constraint ->a", "Constraint ->b", "Constraint c>-"));
}

TEST(NetChangesTest, AnUpdateIsAboutWhatTheJoinedChangesTell) {
  Alert completed = Step(2, v1::UPDATE_STATE_COMPLETED, Color::kGreen);
  *completed.event.mutable_service_update_state_changed()->add_fields() = Field("A", "2", "3");
  *completed.event.mutable_service_update_state_changed()->add_fields() = Field("B", "y", "x");
  const NetAlerts net = NetOf({ChangeOf({Field("A", "1", "2"), Field("B", "x", "y")}),
                               ChangeOf({Field("A", "2", "3"), Field("B", "y", "x")}), completed});
  ASSERT_THAT(net.alerts, SizeIs(2));
  const auto& fields = net.alerts[1].event.service_update_state_changed().fields();
  ASSERT_EQ(fields.size(), 1);
  EXPECT_EQ(fields[0].previous_value(), "1");
}

TEST(NetChangesTest, TheGravestRuleSpeaksForAll) {
  Alert grave = ChangeOf({Field("A", "1", "2")});
  grave.color = Color::kRed;
  grave.title = "The database moved";
  Alert calm = ChangeOf({Field("B", "1", "2")});
  calm.color = Color::kYellow;
  const NetAlerts net = NetOf({grave, calm});
  ASSERT_THAT(net.alerts, SizeIs(1));
  EXPECT_EQ(net.alerts[0].color, Color::kRed);
  EXPECT_EQ(net.alerts[0].title, "The database moved");
}

TEST(NetChangesTest, OneChangeIsLeftAsItIs) {
  const NetAlerts net = NetOf({ChangeOf({Field("A", "1", "2")})});
  EXPECT_EQ(net.joined, 0U);
  EXPECT_THAT(net.alerts, SizeIs(1));
}

TEST(NetChangesTest, ACardNeedsALineForEachField) {
  EXPECT_EQ(LinesFor({ChangeOf({Field("A", "1", "2"), Field("B", "1", "2")}), Scaled(1, 2)}), 3U);
}

Alert Of(Alert alert, const std::string& by, const std::string& before, const std::string& now) {
  v1::ChangeOrigin& origin = *alert.event.mutable_origin();
  origin.set_by(by);
  origin.set_pipeline("7");
  origin.set_previous_revision(before);
  origin.set_revision(now);
  return alert;
}

TEST(NetOriginTest, ChangesThatAreJoinedNameAllTheirAuthorsAndTheWholeWay) {
  const NetAlerts net = NetOf({Of(ChangeOf({Field("A", "1", "2")}), "alice", "r1", "r2"),
                               Of(ChangeOf({Field("A", "2", "3")}), "bob", "r2", "r3"),
                               Of(ChangeOf({Field("A", "3", "4")}), "alice", "r3", "r4")});
  const v1::ChangeOrigin& origin = net.alerts.at(0).event.origin();
  EXPECT_EQ(origin.by(), "alice and bob");
  EXPECT_EQ(origin.previous_revision(), "r1");
  EXPECT_EQ(origin.revision(), "r4");
}

TEST(NetOriginTest, IfOneIsNobodysNobodyIsNamed) {
  const NetAlerts net =
      NetOf({Of(ChangeOf({Field("A", "1", "2")}), "alice", "r1", "r2"), ChangeOf({Field("A", "2", "3")})});
  const v1::ChangeOrigin& origin = net.alerts.at(0).event.origin();
  EXPECT_EQ(origin.by(), "");
  EXPECT_EQ(origin.pipeline(), "");
  EXPECT_EQ(origin.revision(), "r2");
}

TEST(NetOriginTest, LabelsThatTheCardSaysInWordsAreNoFields) {
  v1::FieldChange label = Field("swarmbell.revision", "r1", "r2");
  label.set_path("TaskTemplate.ContainerSpec.Labels");
  const Alert change = Of(ChangeOf({Field("A", "1", "2"), label}), "alice", "r1", "r2");
  EXPECT_THAT(Shown(NetOf({change}).alerts.at(0)), ElementsAre("A 1>2"));
  // Without an origin, nothing else would show it.
  EXPECT_THAT(Shown(NetOf({ChangeOf({Field("A", "1", "2"), label})}).alerts.at(0)), SizeIs(2));
  // A rule asked for it.
  EXPECT_THAT(Shown(NetOf({Of(ChangeOf({label}), "alice", "r1", "r2")}).alerts.at(0)), SizeIs(1));
}

}  // namespace
}  // namespace swarmbell
