// A change of a service's task template may mean more than its fields.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/collector/diff/swarm_fixture.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;

constexpr char kImageLabel[] = "com.docker.stack.image";

class TemplateMeaningTest : public SwarmFixture {
 protected:
  TemplateMeaningTest() {
    services_ = Json::array({ServiceJson("s1", "shop_web", 1)});
    SetImages("web:1", "web:1@sha256:aa");
    Container()["Secrets"] = Json::array({File("Secret", "pw1", "db", "db_v1")});
    Container()["Configs"] = Json::array({File("Config", "cf1", "/etc/n.conf", "n_v1")});
    Read();
  }

  static Json File(const std::string& kind, const std::string& id, const std::string& file,
                   const std::string& name) {
    return {{kind + "ID", id}, {kind + "Name", name}, {"File", {{"Name", file}, {"UID", "0"}}}};
  }
  void SetImages(const std::string& of_stack, const std::string& image) {
    Spec()["Labels"][kImageLabel] = of_stack;
    Container()["Image"] = image;
  }
  Events ReadChanged() {
    services_[0]["Version"]["Index"] = services_[0]["Version"]["Index"].get<int>() + 1;
    return Read();
  }
};

TEST_F(TemplateMeaningTest, AnImageThatTheStackDoesNotSayWasChangedByHand) {
  SetImages("web:1", "web:2@sha256:bb");
  const Events events = ReadChanged();
  ASSERT_THAT(Names(events), ElementsAre("service_task_template_changed", "service_image_changed_by_hand"));
  EXPECT_EQ(events[1].service_image_changed_by_hand().stack_image(), "web:1");
  EXPECT_EQ(events[1].service_image_changed_by_hand().image(), "web:2");
  EXPECT_EQ(events[1].resource().name(), "shop_web");
  EXPECT_NE(events[0].event_id(), events[1].event_id());
}

TEST_F(TemplateMeaningTest, ADeployOfTheStackIsNotByHand) {
  SetImages("web:2", "web:2@sha256:bb");
  EXPECT_THAT(Names(ReadChanged()), ElementsAre("service_task_template_changed", "service_labels_changed"));
  // Back to the image of the stack, another digest of it, and what a client adds to a name.
  for (const auto& [of_stack, image] :
       std::map<std::string, std::string>{{"web:2", "web:2@sha256:cc"},
                                          {"nginx", "nginx:latest@sha256:dd"},
                                          {"docker.io/library/a", "a:latest"}}) {
    SetImages(of_stack, "other:9");
    ReadChanged();
    SetImages(of_stack, image);
    EXPECT_THAT(Names(ReadChanged()), ElementsAre("service_task_template_changed")) << image;
  }
}

TEST_F(TemplateMeaningTest, ADigestCountsIfTheStackSaysOne) {
  SetImages("web@sha256:aa", "web@sha256:aa");
  ReadChanged();
  SetImages("web@sha256:aa", "web@sha256:bb");
  EXPECT_THAT(Names(ReadChanged()),
              ElementsAre("service_task_template_changed", "service_image_changed_by_hand"));
}

TEST_F(TemplateMeaningTest, OtherSettingsAndServicesWithoutAStackSayNothing) {
  SetImages("web:1", "web:2");
  ReadChanged();
  Container()["Env"] = Json::array({"A=1"});
  EXPECT_THAT(Names(ReadChanged()), ElementsAre("service_task_template_changed"));
  Spec()["Labels"].erase(kImageLabel);
  ReadChanged();
  Container()["Image"] = "web:3";
  EXPECT_THAT(Names(ReadChanged()), ElementsAre("service_task_template_changed"));
}

TEST_F(TemplateMeaningTest, ARollbackIsNotByHand) {
  SetImages("web:1", "web:0");
  services_[0]["UpdateStatus"] = Status("rollback_started", 10);
  EXPECT_THAT(Names(ReadChanged()), testing::Not(testing::Contains("service_image_changed_by_hand")));
}

TEST_F(TemplateMeaningTest, AnotherSecretOrConfigForTheSameFileIsRotated) {
  Container()["Secrets"] =
      Json::array({File("Secret", "pw2", "db", "db_v2"), File("Secret", "k", "key", "k")});
  Container()["Configs"] = Json::array({File("Config", "cf2", "/etc/n.conf", "n_v2")});
  const Events events = ReadChanged();
  ASSERT_THAT(Names(events), ElementsAre("service_task_template_changed", "service_secret_rotated",
                                         "service_config_rotated"));
  EXPECT_EQ(events[1].service_secret_rotated().file(), "db");
  EXPECT_EQ(events[1].service_secret_rotated().old_name(), "db_v1");
  EXPECT_EQ(events[1].service_secret_rotated().new_name(), "db_v2");
  EXPECT_EQ(events[2].service_config_rotated().new_name(), "n_v2");
}

TEST_F(TemplateMeaningTest, ANewFileIsNotRotated) {
  Container()["Secrets"] = Json::array({File("Secret", "pw1", "db2", "db_v1")});
  EXPECT_THAT(Names(ReadChanged()), ElementsAre("service_task_template_changed"));
}

}  // namespace
}  // namespace swarmbell
