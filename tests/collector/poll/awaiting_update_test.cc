#include "collector/poll/swarm_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Objects<Service> One(const std::string& image, int replicas) {
  Service service;
  service.id = "s";
  service.spec = "{\"Mode\":{\"Replicated\":{\"Replicas\":" + std::to_string(replicas) +
                 "}},\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"" + image + "\"}}}";
  return Objects<Service>::Of({std::make_shared<const Service>(std::move(service))});
}

TEST(ServicesAwaitingUpdateTest, ATemplateThatChangedWaitsForItsUpdate) {
  EXPECT_THAT(ServicesAwaitingUpdate(One("web:1", 1), One("web:2", 1)), ElementsAre("s"));
  EXPECT_THAT(ServicesAwaitingUpdate(One("web:1", 1), One("web:1", 2)), IsEmpty());
}

// The engine has nothing to replace, and makes no update.
TEST(ServicesAwaitingUpdateTest, WithoutTasksThereIsNothingToWaitFor) {
  EXPECT_THAT(ServicesAwaitingUpdate(One("web:1", 0), One("web:2", 0)), IsEmpty());
  EXPECT_THAT(ServicesAwaitingUpdate(One("web:1", 1), One("web:2", 0)), ElementsAre("s"));
}

}  // namespace
}  // namespace swarmbell
