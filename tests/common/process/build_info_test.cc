#include "common/process/build_info.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace swarmbell {
namespace {

TEST(BuildInfo, NamesProgramVersionAndLibraries) {
  EXPECT_THAT(BuildVersion(), testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
  EXPECT_THAT(BuildDescription("swarmbell-x"),
              testing::AllOf(testing::StartsWith("swarmbell-x " + BuildVersion()),
                             testing::HasSubstr("gRPC 1."), testing::HasSubstr("libcurl ")));
}

}  // namespace
}  // namespace swarmbell
