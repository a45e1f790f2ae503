// Both programs drop Abseil's checks of locks before they use gRPC: a probe that is preloaded tells.

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/integration/program.h"

namespace swarmbell {
namespace {

void ExpectDropped(const std::string& program, std::map<std::string, std::string> environment) {
  environment.insert({{"LD_PRELOAD", SWARMBELL_PROBE},
                      {"SWARMBELL_LISTEN", "127.0.0.1:0"},
                      {"SWARMBELL_METRICS_LISTEN", "off"}});
  const RunningProgram running(program, environment);
  ASSERT_TRUE(running.WaitForOutput("probe: gRPC begins"));
  const std::string output = running.Output();
  EXPECT_LT(output.find("probe: locks are not checked"), output.find("probe: gRPC begins")) << output;
}

TEST(LockChecksTest, TheCollectorDropsThemBeforeItUsesGrpc) {
  ExpectDropped(SWARMBELL_COLLECTOR, {{"SWARMBELL_DOCKER_HOST", "unix:///nowhere/docker.sock"}});
}

TEST(LockChecksTest, TheNotifierDropsThemBeforeItUsesGrpc) {
  ExpectDropped(SWARMBELL_NOTIFIER, {{"SWARMBELL_COLLECTORS", "127.0.0.1:1"},
                                     {"SWARMBELL_SLACK_WEBHOOK_URL", "http://127.0.0.1:1/hook"}});
}

}  // namespace
}  // namespace swarmbell
