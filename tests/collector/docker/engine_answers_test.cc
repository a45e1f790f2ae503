#include "collector/docker/engine_answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace swarmbell {
namespace {

using absl::StatusCode;
using testing::HasSubstr;

TEST(ApiVersion, IsComparedByNumber) {
  EXPECT_LT(*ParseApiVersion("1.9"), *ParseApiVersion("1.29"));
  EXPECT_LT(*ParseApiVersion("v1.55"), *ParseApiVersion("2.0"));
  for (const char* bad : {"", "1", "1.", ".1", "1.x", "1.-1", "1.4.1", "99999999999.1"}) {
    EXPECT_FALSE(ParseApiVersion(bad)) << bad;
  }
}

struct Case {
  const char* newest;
  const char* oldest;
  const char* pinned;
  const char* agreed;  // or words of the error
};

class Agreement : public testing::TestWithParam<Case> {};

TEST_P(Agreement, IsTheNewestOfBothOrThePinned) {
  const Case& c = GetParam();
  const EngineOffer offer{"x", *ParseApiVersion(c.newest), *ParseApiVersion(c.oldest)};
  const auto agreed = AgreeOnApi(offer, ParseApiVersion(c.pinned));
  if (agreed.ok()) {
    EXPECT_EQ(ToString(*agreed), c.agreed);
  } else {
    EXPECT_EQ(agreed.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(agreed.status().message()), HasSubstr(c.agreed));
  }
}

INSTANTIATE_TEST_SUITE_P(Engines, Agreement,
                         testing::Values(Case{"1.29", "1.12", "", "1.29"},  // 17.05
                                         Case{"1.41", "1.12", "", "1.41"},  // 20.10
                                         Case{"1.55", "1.40", "", "1.55"},  // 29.7
                                         Case{"1.60", "1.44", "", "1.55"},
                                         Case{"1.28", "1.12", "", "use Docker 17.05 or newer"},
                                         Case{"1.90", "1.56", "", "use a newer Swarmbell"},
                                         Case{"1.41", "1.12", "1.30", "1.30"},
                                         Case{"1.41", "1.12", "1.42", "DOCKER_API_VERSION asks for 1.42"},
                                         Case{"1.55", "1.40", "1.39", "DOCKER_API_VERSION asks for 1.39"}));

TEST(EngineOffer, ReadsWhat1705Says) {
  const auto offer =
      ParseEngineOffer(R"({"Version":"17.05.0-ce","ApiVersion":"1.29","MinAPIVersion":"1.12","Os":"linux"})");
  ASSERT_TRUE(offer.ok());
  EXPECT_EQ(offer->engine, "17.05.0-ce");
  EXPECT_EQ(offer->newest, (ApiVersion{1, 29}));
  EXPECT_EQ(offer->oldest, (ApiVersion{1, 12}));
}

TEST(EngineOffer, RefusesWhatIsNoEngine) {
  for (const char* body : {"", "hello", "[]", "{}", R"({"ApiVersion":7})", "\xff\xfe"}) {
    EXPECT_FALSE(ParseEngineOffer(body).ok()) << body;
  }
}

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

struct Refusal {
  int status;
  const char* body;
  StatusCode code;
  const char* advice;
};

class Refusals : public testing::TestWithParam<Refusal> {};

TEST_P(Refusals, CarryTheEnginesWordsAndWhatToDo) {
  const Refusal& c = GetParam();
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
        Refusal{
            503,
            R"({"message":"This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state. Please run this command on a manager node or promote the current node to a manager."})",
            StatusCode::kFailedPrecondition, "docker node promote"},
        Refusal{
            503,
            R"({"message":"This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node to swarm and try again."})",
            StatusCode::kFailedPrecondition, "in no swarm"},
        Refusal{
            503,
            R"({"message":"This node is not a swarm manager. Manager is being prepared or has trouble connecting to the cluster."})",
            StatusCode::kUnavailable, "wait"},
        Refusal{
            503,
            R"({"message":"Swarm is encrypted and needs to be unlocked before it can be used. Please use \"docker swarm unlock\" to unlock it."})",
            StatusCode::kFailedPrecondition, "docker swarm unlock"},
        Refusal{503, R"({"message":"rpc error: code = Unavailable desc = transport is closing"})",
                StatusCode::kUnavailable, "changing roles"},
        Refusal{500, R"({"message":"rpc error: code = DeadlineExceeded desc = context deadline exceeded"})",
                StatusCode::kUnavailable, "more than half"},
        Refusal{
            500,
            R"({"message":"rpc error: code = Unknown desc = The swarm does not have a leader. It's possible that too few managers are online. Make sure more than half of the managers are online."})",
            StatusCode::kUnavailable, "bring back enough managers"},
        Refusal{500, "boom", StatusCode::kUnavailable, ""},
        Refusal{400, R"({"message":"client version 1.42 is too new. Maximum supported API version is 1.41"})",
                StatusCode::kFailedPrecondition, "DOCKER_API_VERSION"},
        Refusal{400, "Client sent an HTTP request to an HTTPS server.\n", StatusCode::kFailedPrecondition,
                "DOCKER_TLS_VERIFY=1"},
        Refusal{403, "", StatusCode::kPermissionDenied, "allow GET of /version"},
        Refusal{404, R"({"message":"page not found"})", StatusCode::kNotFound, "is this a Docker Engine?"},
        Refusal{302, "", StatusCode::kUnknown, ""}));

}  // namespace

}  // namespace swarmbell
