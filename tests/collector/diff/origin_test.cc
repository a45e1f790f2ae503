// Whose change of a service it is, and whether it can be rolled back.

#include "collector/diff/origin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/change/change_field.h"
#include "tests/collector/diff/swarm_fixture.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class OriginTest : public SwarmFixture {
 protected:
  OriginTest() {
    services_.push_back(ServiceJson("s1", "web", 1));
    Labels() = {
        {"swarmbell.by", "alice"}, {"swarmbell.revision", "aaa"}, {"swarmbell.source", "https://g/r"}};
  }

  Json& Labels() { return Spec()["Labels"]; }
  // A deployment, as the engine stores it.
  void Deploy(const std::string& image, const Json& labels) {
    services_[0]["PreviousSpec"] = Spec();
    Container()["Image"] = image;
    Labels().update(labels);
  }
  void SetStatus(const std::string& state, int second) {
    services_[0]["UpdateStatus"] = Status(state, second);
  }

  // `by|pipeline|previous revision>revision`, `none` without an origin.
  static std::string Said(const v1::ChangeEvent& event) {
    if (!event.has_origin()) return "none";
    const v1::ChangeOrigin& origin = event.origin();
    return absl::StrCat(origin.by(), "|", origin.pipeline(), "|", origin.previous_revision(), ">",
                        origin.revision());
  }
  // One reading: each change with its origin.
  std::vector<std::string> SaidOfAll() {
    std::vector<std::string> said;
    for (const v1::ChangeEvent& event : Read())
      said.push_back(absl::StrCat(ChangeName(event), " ", Said(event)));
    return said;
  }
};

TEST_F(OriginTest, AChangeAndItsUpdateSayWhoseTheyAre) {
  Read();
  Deploy("web:2", {{"swarmbell.by", "bob"}, {"swarmbell.revision", "bbb"}, {"swarmbell.pipeline", "812"}});
  SetStatus("updating", 10);
  EXPECT_THAT(SaidOfAll(), ElementsAre("service_task_template_changed bob|812|aaa>bbb",
                                       "service_labels_changed bob|812|aaa>bbb",
                                       "service_update_state_changed bob|812|aaa>bbb"));
  SetStatus("completed", 10);
  EXPECT_THAT(SaidOfAll(), ElementsAre("service_update_state_changed bob|812|aaa>bbb"));
}

TEST_F(OriginTest, AChangeThatLeavesTheLabelsIsNobodys) {
  Read();
  Deploy("web:2", Json::object());
  SetStatus("updating", 10);
  EXPECT_THAT(SaidOfAll(),
              ElementsAre("service_task_template_changed none", "service_update_state_changed none"));
}

// Bob changes only some of the labels that a pipeline of alice wrote.
TEST_F(OriginTest, ALabelThatStayedIsOfAnEarlierChange) {
  Labels()["swarmbell.pipeline"] = "811";
  Read();
  Deploy("web:2", {{"swarmbell.by", "bob"}, {"swarmbell.revision", "bbb"}});
  EXPECT_EQ(Said(Read().at(0)), "bob||aaa>bbb");
  Deploy("web:3", {{"swarmbell.revision", "ccc"}});
  EXPECT_EQ(Said(Read().at(0)), "||bbb>ccc");
  Deploy("web:4", {{"swarmbell.source", "https://g/other"}});
  EXPECT_EQ(Said(Read().at(0)), "none");
  Deploy("web:5", {{"swarmbell.by", "carol"}});
  EXPECT_EQ(Said(Read().at(0)), "carol||ccc>ccc");
  Labels().erase("swarmbell.pipeline");
  services_[0]["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"] = "web:6";
  EXPECT_EQ(Said(Read().at(0)), "none");
}

TEST_F(OriginTest, APipelineThatIsNewNamesItsAuthorAgain) {
  Labels()["swarmbell.pipeline"] = "811";
  Read();
  Deploy("web:2", {{"swarmbell.by", "alice"}, {"swarmbell.pipeline", "812"}, {"swarmbell.revision", "bbb"}});
  EXPECT_EQ(Said(Read().at(0)), "alice|812|aaa>bbb");
}

TEST_F(OriginTest, SeveralChangesBetweenTwoReadingsAreNobodys) {
  Read();
  Deploy("web:1", {{"swarmbell.by", "bob"}, {"swarmbell.revision", "bbb"}});
  Deploy("web:2", Json::object());
  SetStatus("updating", 10);
  EXPECT_THAT(SaidOfAll(),
              ElementsAre("service_task_template_changed ||aaa>bbb", "service_labels_changed ||aaa>bbb",
                          "service_update_state_changed none"));
}

TEST_F(OriginTest, WithoutLabelsThereIsNone) {
  Labels() = Json::object();
  Read();
  Deploy("web:2", Json::object());
  services_.push_back(ServiceJson("s2", "new", 1));
  EXPECT_THAT(SaidOfAll(), ElementsAre("service_task_template_changed none", "service_appeared none"));
}

TEST_F(OriginTest, ANewServiceSaysItsRevision) {
  Read();
  services_.push_back(ServiceJson("s2", "new", 1));
  Spec(1)["Labels"] = {{"org.opencontainers.image.revision", "ccc"}};
  EXPECT_THAT(SaidOfAll(), ElementsAre("service_appeared ||>ccc"));
}

TEST_F(OriginTest, OwnLabelsComeBeforeThoseOfImagesAndServicesBeforeContainers) {
  Labels() = {{"org.opencontainers.image.revision", "of-service"}};
  Container()["Labels"] = {{"org.opencontainers.image.revision", "of-container"}};
  Read();
  Deploy("web:2", {{"org.opencontainers.image.revision", "of-service-2"}});
  EXPECT_EQ(Said(Read().at(0)), "||of-service>of-service-2");
  Deploy("web:2", Json::object());
  Container()["Labels"]["swarmbell.revision"] = "own";
  EXPECT_EQ(Said(Read().at(0)), "||of-service-2>own");
  Deploy("web:2", Json::object());
  Container()["Labels"]["swarmbell.by"] = "carol";
  EXPECT_EQ(Said(Read().at(0)), "carol||own>own");
}

TEST_F(OriginTest, ARollbackByHandIsNotTheAuthorsWhoWroteTheLabels) {
  Read();
  Deploy("web:2", {{"swarmbell.by", "bob"}, {"swarmbell.revision", "bbb"}});
  SetStatus("completed", 10);
  Read();
  std::swap(services_[0]["PreviousSpec"], services_[0]["Spec"]);
  SetStatus("rollback_started", 20);
  EXPECT_THAT(SaidOfAll(),
              ElementsAre("service_task_template_changed ||bbb>aaa", "service_labels_changed ||bbb>aaa",
                          "service_update_state_changed ||bbb>aaa"));
}

TEST_F(OriginTest, AnAutomaticRollbackSaysWhoseUpdateFailed) {
  Read();
  Deploy("web:2", {{"swarmbell.by", "bob"}, {"swarmbell.revision", "bbb"}});
  SetStatus("updating", 10);
  Read();
  Spec() = services_[0]["PreviousSpec"];
  services_[0].erase("PreviousSpec");
  SetStatus("rollback_started", 10);
  EXPECT_EQ(SaidOfAll().back(), "service_update_state_changed bob||aaa>bbb");
}

TEST_F(OriginTest, ATextIsOneLineMaskedAndBounded) {
  Read();
  Deploy("web:2", {{"swarmbell.by", " al\nice\x1b[31m "},
                   {"swarmbell.source", "https://bob:hunter2hunter2@git.example/r"},
                   {"swarmbell.pipeline", std::string(201, 'x')},
                   {"swarmbell.revision", std::string(200, 'a')}});
  const v1::ChangeOrigin origin = Read().at(0).origin();
  EXPECT_EQ(origin.by(), "al ice [31m");
  EXPECT_THAT(origin.source(), testing::Not(testing::HasSubstr("hunter2")));
  EXPECT_EQ(origin.pipeline(), "");
  EXPECT_EQ(origin.revision().size(), 200U);
}

TEST_F(OriginTest, ACommitIsNotMaskedAsASecret) {
  Read();
  Deploy("web:2", {{"swarmbell.revision", "9be04d2f6a1c3b5d7e8f90a1b2c3d4e5f6071829"}});
  EXPECT_EQ(Read().at(0).origin().revision(), "9be04d2f6a1c3b5d7e8f90a1b2c3d4e5f6071829");
}

TEST_F(OriginTest, OddLabelsAreNone) {
  Read();
  Labels() = Json::array({"swarmbell.by"});
  EXPECT_FALSE(OriginOfChange(Json::object(), Json{{"Labels", "text"}}));
  EXPECT_FALSE(OriginOfChange(Json::object(), Json{{"Labels", {{"swarmbell.by", 7}}}}));
  EXPECT_FALSE(OriginOfNew(Json()));
  EXPECT_FALSE(OriginOfNew(Json{{"TaskTemplate", {{"ContainerSpec", Json::array()}}}}));
}

class RollBackTest : public OriginTest {
 protected:
  // A task of the present template fails.
  v1::ChangeEvent Failure(absl::Duration after) {
    tasks_ = Json::array({TaskJson("t1", "s1", 1, "running")});
    tasks_[0]["Spec"] = Template();
    Read();
    tasks_[0]["Status"]["State"] = "failed";
    const Events events = Read(after);
    return events.empty() ? v1::ChangeEvent() : events.back();
  }
  void StartUpdate() {
    Deploy("web:2", {{"swarmbell.by", "bob"}, {"swarmbell.revision", "bbb"}});
    services_[0]["UpdateStatus"] = {{"State", "completed"}, {"StartedAt", absl::FormatTime(now_)}};
  }
};

TEST_F(RollBackTest, IsOfferedWhereTheEngineWouldAcceptIt) {
  Read();
  EXPECT_FALSE(Failure(absl::Seconds(10)).can_roll_back());  // never updated
  StartUpdate();
  Read();
  const v1::ChangeEvent failure = Failure(absl::Seconds(10));
  EXPECT_TRUE(failure.can_roll_back());
  EXPECT_EQ(Said(failure), "||>bbb");  // what runs, not whose fault it is
}

TEST_F(RollBackTest, IsNotOfferedForAnOldUpdate) {
  Read();
  StartUpdate();
  Read();
  EXPECT_FALSE(Failure(absl::Minutes(31)).can_roll_back());
}

TEST_F(RollBackTest, IsNotOfferedAfterARollback) {
  Read();
  StartUpdate();
  Read();
  std::swap(services_[0]["PreviousSpec"], services_[0]["Spec"]);
  services_[0]["UpdateStatus"] = {{"State", "rollback_completed"}, {"StartedAt", absl::FormatTime(now_)}};
  EXPECT_FALSE(Failure(absl::Seconds(10)).can_roll_back());
}

TEST_F(RollBackTest, APausedUpdateOffersIt) {
  Read();
  Deploy("web:2", Json::object());
  SetStatus("updating", 10);
  EXPECT_TRUE(Read().back().can_roll_back());
  SetStatus("paused", 10);
  EXPECT_TRUE(Read().back().can_roll_back());
}

TEST_F(RollBackTest, AFailingTaskOfAnEarlierTemplateSaysNothing) {
  Read();
  tasks_ = Json::array({TaskJson("t1", "s1", 1, "running")});
  tasks_[0]["Spec"] = Template();
  StartUpdate();
  Read();
  tasks_[0]["Status"]["State"] = "failed";
  const v1::ChangeEvent failure = Read().back();
  ASSERT_TRUE(failure.has_task_failed());
  EXPECT_FALSE(failure.can_roll_back());
  EXPECT_EQ(Said(failure), "none");
}

}  // namespace
}  // namespace swarmbell
