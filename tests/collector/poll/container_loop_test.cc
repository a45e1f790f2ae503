#include "collector/poll/container_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class PlainContainersTest : public testing::Test {
 protected:
  static absl::Time At(int second) { return absl::FromUnixSeconds(1'700'000'000 + second); }

  void Run(const std::string& id, const std::string& task = "") {
    auto container = std::make_shared<Container>();
    container->id = id;
    if (!task.empty()) {
      container->labels = {{"com.docker.swarm.task.id", task}, {"com.docker.swarm.service.id", "svc"}};
    }
    containers_.Add(std::move(container));
  }

  void List(const std::string& task, const std::string& container = "") {
    auto listed = std::make_shared<Task>();
    listed->id = task;
    listed->container_id = container;
    tasks_.tasks.Add(std::move(listed));
  }

  std::vector<std::string> Plain(int second, bool tasks_known = true) {
    std::vector<std::string> ids;
    for (const auto& [id, container] : plain_.Get(containers_, tasks_known ? &tasks_ : nullptr, At(second))) {
      ids.push_back(id);
    }
    return ids;
  }

  Objects<Container> containers_;
  ListedTasks tasks_{.tasks = {}, .asked_at = At(0)};
  PlainContainers plain_;
};

TEST_F(PlainContainersTest, ATasksContainerIsNotPlain) {
  Run("c1", "t1");
  Run("c2");
  List("t1", "c1");
  EXPECT_THAT(Plain(1), ElementsAre("c2"));
  // It stays the task's when the engine forgets the task.
  tasks_ = {.tasks = {}, .asked_at = At(50)};
  EXPECT_THAT(Plain(60), ElementsAre("c2"));
  EXPECT_FALSE(plain_.in_doubt());
}

TEST_F(PlainContainersTest, LabelsOfATaskThatIsGoneMakeNone) {
  Run("restored", "t-long-gone");
  EXPECT_THAT(Plain(5), IsEmpty());
  EXPECT_TRUE(plain_.in_doubt()) << "its task may not have been listed yet";
  EXPECT_THAT(Plain(15), IsEmpty());
  tasks_.asked_at = At(20);
  EXPECT_THAT(Plain(25), ElementsAre("restored"));
  EXPECT_FALSE(plain_.in_doubt());
  EXPECT_THAT(Plain(35), ElementsAre("restored"));
  EXPECT_THAT(Plain(45), ElementsAre("restored"));
}

TEST_F(PlainContainersTest, LabelsOfATaskThatHasAnotherContainerMakeNone) {
  Run("c1", "t1");
  Run("copy", "t1");
  List("t1", "c1");
  EXPECT_THAT(Plain(1), ElementsAre("copy"));
  tasks_ = {.tasks = {}, .asked_at = At(2)};
  EXPECT_THAT(Plain(3), ElementsAre("copy"));
}

TEST_F(PlainContainersTest, ATaskWithoutAKnownContainerMayHaveThisOne) {
  Run("c1", "t1");
  List("t1");
  EXPECT_THAT(Plain(1), IsEmpty());
  EXPECT_TRUE(plain_.in_doubt());
  List("t1", "c1");
  EXPECT_THAT(Plain(2), IsEmpty());
  EXPECT_FALSE(plain_.in_doubt());
}

TEST_F(PlainContainersTest, WithoutTasksOnlyLabelsLeaveADoubt) {
  Run("c1", "t1");
  Run("c2");
  EXPECT_THAT(Plain(1, /*tasks_known=*/false), ElementsAre("c2"));
  EXPECT_TRUE(plain_.in_doubt());
}

TEST_F(PlainContainersTest, TheSameContainersAreTheSameList) {
  Run("c1", "t1");
  Run("c2");
  List("t1", "c1");
  const Objects<Container> first = plain_.Get(containers_, &tasks_, At(1));
  Run("c1", "t1");  // changed
  EXPECT_TRUE(plain_.Get(containers_, &tasks_, At(2)).IsSame(first));
  Run("c2");
  EXPECT_FALSE(plain_.Get(containers_, &tasks_, At(3)).IsSame(first));
}

}  // namespace

}  // namespace swarmbell
