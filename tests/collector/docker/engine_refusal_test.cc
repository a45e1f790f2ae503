#include "collector/docker/engine_answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace swarmbell {
namespace {

using absl::StatusCode;
using testing::HasSubstr;

TEST(EngineWords, AreTheMessageOrTheText) {
  EXPECT_EQ(EngineWords(R"({"message":"page not found"})"), "page not found");
  EXPECT_EQ(EngineWords("client version 1.11 is too old.\n"), "client version 1.11 is too old.");
  EXPECT_EQ(EngineWords("{\"message\":7}"), "{\"message\":7}");
  EXPECT_EQ(EngineWords(""), "");
}

TEST(EngineWords, AreOneBoundedLineOfAscii) {
  EXPECT_EQ(EngineWords("a\nb\x1b\xff"), "a b ?");
  EXPECT_EQ(EngineWords(std::string(9999, 'x')).size(), 500u);
}

struct Case {
  int status;
  const char* body;
  StatusCode code;
  const char* advice;
};

class Refusals : public testing::TestWithParam<Case> {};

TEST_P(Refusals, CarryTheEnginesWordsAndWhatToDo) {
  const Case& c = GetParam();
  HttpResponse answer;
  answer.status = c.status;
  answer.body = c.body;
  const absl::Status status = EngineRefusal(answer, "cannot read /nodes", "the engine");
  EXPECT_EQ(status.code(), c.code);
  const std::string text(status.message());
  EXPECT_THAT(text, testing::StartsWith("cannot read /nodes: the engine answered "));
  EXPECT_THAT(text, HasSubstr(EngineWords(c.body)));
  EXPECT_THAT(text, HasSubstr(c.advice));
}

// The bodies are real ones of 17.05, 20.10 and 29.7.
INSTANTIATE_TEST_SUITE_P(
    Answers, Refusals,
    testing::Values(
        Case{
            503,
            R"({"message":"This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state. Please run this command on a manager node or promote the current node to a manager."})",
            StatusCode::kFailedPrecondition, "docker node promote"},
        Case{
            503,
            R"({"message":"This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node to swarm and try again."})",
            StatusCode::kFailedPrecondition, "in no swarm"},
        Case{
            503,
            R"({"message":"This node is not a swarm manager. Manager is being prepared or has trouble connecting to the cluster."})",
            StatusCode::kUnavailable, "wait"},
        Case{
            503,
            R"({"message":"Swarm is encrypted and needs to be unlocked before it can be used. Please use \"docker swarm unlock\" to unlock it."})",
            StatusCode::kFailedPrecondition, "docker swarm unlock"},
        Case{503, R"({"message":"rpc error: code = Unavailable desc = transport is closing"})",
             StatusCode::kUnavailable, "changing roles"},
        Case{500, R"({"message":"rpc error: code = DeadlineExceeded desc = context deadline exceeded"})",
             StatusCode::kUnavailable, "more than half"},
        Case{
            500,
            R"({"message":"rpc error: code = Unknown desc = The swarm does not have a leader. It's possible that too few managers are online. Make sure more than half of the managers are online."})",
            StatusCode::kUnavailable, "bring back enough managers"},
        Case{500, "boom", StatusCode::kUnavailable, ""},
        Case{400, R"({"message":"client version 1.42 is too new. Maximum supported API version is 1.41"})",
             StatusCode::kFailedPrecondition, "DOCKER_API_VERSION"},
        Case{400, "Client sent an HTTP request to an HTTPS server.\n", StatusCode::kFailedPrecondition,
             "DOCKER_TLS_VERIFY=1"},
        Case{403, "", StatusCode::kPermissionDenied, "allow GET of /version"},
        Case{404, R"({"message":"page not found"})", StatusCode::kNotFound, "is this a Docker Engine?"},
        Case{302, "", StatusCode::kUnknown, ""}));

}  // namespace
}  // namespace swarmbell
