#include "collector/docker/engine_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/fakes/fake_engine_server.h"
#include "tests/fakes/tls_server.h"

namespace swarmbell {
namespace {

using absl::StatusCode;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kVersion1705[] = R"({"Version":"17.05.0-ce","ApiVersion":"1.29","MinAPIVersion":"1.12"})";
constexpr char kVersion2010[] = R"({"Version":"20.10.24","ApiVersion":"1.41","MinAPIVersion":"1.12"})";
constexpr char kVersion297[] = R"({"Version":"29.7.2","ApiVersion":"1.55","MinAPIVersion":"1.40"})";

class EngineTest : public testing::Test {
 protected:
  EngineTest() {
    server_.Answer("/version", {.body = kVersion2010});
    server_.Answer("/services", {.body = "[]"});
    server_.SetHeader("Server", "Docker/20.10.24 (linux)");
    options_.host = server_.DockerHost();
    options_.swarm_timeout = absl::Seconds(10);
  }

  std::unique_ptr<EngineClient> Client() {
    auto client = EngineClient::Create(options_);
    EXPECT_TRUE(client.ok()) << client.status();
    return *std::move(client);
  }

  absl::StatusOr<EngineAnswer> Read(EngineClient& client, Endpoint endpoint = Endpoint::kServices) {
    body_.clear();
    return client.Get(endpoint,
                      [this](std::string_view piece) { return body_.append(piece), absl::OkStatus(); }, {});
  }

  std::string LastTarget() const { return server_.Requests().back().target; }

  static absl::Status Ignore(std::string_view) { return absl::OkStatus(); }

  FakeEngineServer server_;
  EngineOptions options_;
  std::string body_;
};

TEST_F(EngineTest, ABodyThatMakesNoSenseIsNotReadToItsEnd) {
  server_.Answer("/services", {.body = std::string(std::size_t{8} << 20, 'x')});
  const auto client = Client();
  std::size_t pieces = 0;
  const auto refuse = [&pieces](std::string_view) {
    ++pieces;
    return absl::InvalidArgumentError("this is no list");
  };
  EXPECT_EQ(client->Get(Endpoint::kServices, refuse, {}).status(),
            absl::InvalidArgumentError("this is no list"));
  EXPECT_EQ(pieces, 1u);
  server_.Answer("/services", {.body = "[]"});
  EXPECT_TRUE(Read(*client).ok());
}

TEST_F(EngineTest, AsksForAPart) {
  server_.Answer("/tasks", {.body = "[]"});
  const auto client = Client();
  const auto ask = [&](Endpoint endpoint, std::vector<std::string> ids) {
    EXPECT_TRUE(client->Get({endpoint, std::move(ids)}, Ignore, {}).ok());
    return LastTarget().substr(LastTarget().find('/', 1));
  };
  EXPECT_EQ(ask(Endpoint::kServices, {"a1", "b2"}),
            "/services?filters=%7B%22id%22%3A%5B%22a1%22%2C%22b2%22%5D%7D");
  EXPECT_EQ(ask(Endpoint::kTasks, {"a1"}), "/tasks?filters=%7B%22service%22%3A%5B%22a1%22%5D%7D");
  EXPECT_EQ(client->Get({Endpoint::kTasks, {"a1", "]&x="}}, Ignore, {}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(EngineTest, AgreesOnAVersionOnce) {
  const auto client = Client();
  EXPECT_EQ(client->Version().api, "");
  const auto answer = Read(*client);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(body_, "[]");
  EXPECT_EQ(answer->body_bytes, 2u);
  EXPECT_EQ(answer->server, "Docker/20.10.24 (linux)");
  EXPECT_EQ(LastTarget(), "/v1.41/services");
  ASSERT_TRUE(Read(*client).ok());
  EXPECT_EQ(server_.Count("/version"), 1u);
  EXPECT_EQ(client->Version().engine, "20.10.24");
  EXPECT_EQ(client->Version().api, "1.41");
}

TEST_F(EngineTest, Speaks129With1705) {
  server_.Answer("/version", {.body = kVersion1705});
  EXPECT_TRUE(Read(*Client()).ok());
  EXPECT_EQ(LastTarget(), "/v1.29/services");
}

TEST_F(EngineTest, RefusesEnginesThatAreTooOld) {
  server_.Answer("/version", {.body = R"({"Version":"17.03.0","ApiVersion":"1.27"})"});
  const auto answer = Read(*Client());
  EXPECT_EQ(answer.status().code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(answer.status().message()), HasSubstr("use Docker 17.05 or newer"));
  EXPECT_EQ(server_.Count("/services"), 0u);
}

TEST_F(EngineTest, EachEndpointHasItsPathAndConnection) {
  const auto client = Client();
  for (Endpoint endpoint : kEndpoints) {
    server_.Answer(std::string(EndpointPath(endpoint)), {.body = "x"});
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(Read(*client, endpoint).ok());
    if (endpoint == Endpoint::kContainers) {
      EXPECT_EQ(LastTarget(), "/v1.41/containers/json?all=1");
    }
  }
  EXPECT_EQ(server_.Connections(), std::size(kEndpoints));
}

TEST_F(EngineTest, UsesThePinnedVersion) {
  options_.api_version = "1.35";
  EXPECT_TRUE(Read(*Client()).ok());
  EXPECT_EQ(LastTarget(), "/v1.35/services");
}

TEST_F(EngineTest, APinnedVersionNeedsNoVersionPath) {
  options_.api_version = "v1.35";
  server_.Answer("/version", {.status = 403});
  const auto client = Client();
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(Read(*client).ok());
  EXPECT_EQ(LastTarget(), "/v1.35/services");
  EXPECT_EQ(server_.Count("/version"), 1u);
}

TEST_F(EngineTest, RefusesABadPinAtOnce) {
  for (const char* pin : {"new", "1.28", "41"}) {
    options_.api_version = pin;
    EXPECT_EQ(EngineClient::Create(options_).status().code(), StatusCode::kInvalidArgument) << pin;
  }
}

TEST_F(EngineTest, AgreesAgainWhenTheEngineFindsTheVersionTooOld) {
  const auto client = Client();
  ASSERT_TRUE(Read(*client).ok());
  server_.Answer("/version", {.body = kVersion297});
  server_.AnswerOnce(
      "/services",
      {.status = 400,
       .body = R"({"message":"client version 1.41 is too old. Minimum supported API version is 1.44"})"});
  const auto answer = Read(*client);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(LastTarget(), "/v1.55/services");
}

TEST_F(EngineTest, AgreesAgainWhenAnotherEngineVersionAnswers) {
  const auto client = Client();
  ASSERT_TRUE(Read(*client).ok());
  server_.SetHeader("Server", "Docker/29.7.2 (linux)");
  server_.Answer("/version", {.body = kVersion297});
  ASSERT_TRUE(Read(*client).ok());
  ASSERT_TRUE(Read(*client).ok());
  EXPECT_EQ(LastTarget(), "/v1.55/services");
  EXPECT_EQ(server_.Count("/version"), 2u);
}

TEST_F(EngineTest, AgreesAgainAfterALostConnection) {
  const auto client = Client();
  ASSERT_TRUE(Read(*client).ok());
  // Twice: a kept connection that was closed is tried again by itself.
  server_.AnswerOnce("/services", {.ending = FakeEnding::kHangsUp});
  server_.AnswerOnce("/services", {.ending = FakeEnding::kHangsUp});
  EXPECT_EQ(Read(*client).status().code(), StatusCode::kAborted);
  server_.Answer("/version", {.body = kVersion1705});
  ASSERT_TRUE(Read(*client).ok());
  EXPECT_EQ(LastTarget(), "/v1.29/services");
}

TEST_F(EngineTest, A503CarriesTheEnginesWordsAndAdvice) {
  server_.Answer("/services",
                 {.status = 503,
                  .body = R"({"message":"This node is not a swarm manager. Worker nodes can't be used."})"});
  const absl::Status status = Read(*Client()).status();
  EXPECT_EQ(status.code(), StatusCode::kFailedPrecondition);
  const std::string text(status.message());
  EXPECT_THAT(text, HasSubstr("cannot read /services: the Docker Engine at tcp://127.0.0.1:"));
  EXPECT_THAT(text, HasSubstr("Worker nodes can't be used"));
  EXPECT_THAT(text, HasSubstr("promote"));
}

TEST_F(EngineTest, APartOfABodyIsNoAnswer) {
  const auto client = Client();
  for (FakeEnding ending : {FakeEnding::kTruncated, FakeEnding::kChunkedCut}) {
    server_.Answer("/services", {.body = "[]", .ending = ending});
    EXPECT_EQ(Read(*client).status().code(), StatusCode::kAborted);
  }
}

TEST_F(EngineTest, EachKindOfEndpointHasItsDeadline) {
  options_.swarm_timeout = absl::Milliseconds(60);
  options_.local_timeout = absl::Milliseconds(90);
  const auto client = Client();
  server_.Answer("/services", {.ending = FakeEnding::kNeverAnswers});
  server_.Answer("/containers/json", {.ending = FakeEnding::kNeverAnswers});
  const absl::Status swarm = Read(*client).status();
  EXPECT_EQ(swarm.code(), StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(swarm.message()), HasSubstr("60ms"));
  const absl::Status local = Read(*client, Endpoint::kContainers).status();
  EXPECT_THAT(std::string(local.message()), HasSubstr("90ms"));
}

TEST_F(EngineTest, AHangingEndpointDoesNotHoldUpAnother) {
  const auto client = Client();
  ASSERT_TRUE(Read(*client).ok());
  server_.Answer("/containers/json", {.ending = FakeEnding::kNeverAnswers});
  std::stop_source stop;
  std::jthread hanging(
      [&] { EXPECT_FALSE(client->Get(Endpoint::kContainers, Ignore, stop.get_token()).ok()); });
  ASSERT_TRUE(server_.WaitForRequests("/containers/json", 1));
  EXPECT_TRUE(Read(*client).ok());
  stop.request_stop();
}

TEST_F(EngineTest, RefusesBodiesOverTheBound) {
  options_.max_body_bytes = 1000;
  server_.Answer("/services", {.body = std::string(1001, ' ')});
  EXPECT_EQ(Read(*Client()).status().code(), StatusCode::kResourceExhausted);
  server_.Answer("/services", {.body = std::string(1001, ' '), .ending = FakeEnding::kChunked});
  EXPECT_EQ(Read(*Client()).status().code(), StatusCode::kResourceExhausted);
}

// A body whose announced length is too large is refused at once.
TEST_F(EngineTest, RefusesBodiesThatAnnounceTooMuch) {
  server_.Answer("/services", {.ending = FakeEnding::kHeadersOnly, .announced = std::size_t{1} << 30});
  EXPECT_EQ(Read(*Client()).status().code(), StatusCode::kResourceExhausted);
}

TEST_F(EngineTest, SpeaksOverAUnixSocket) {
  FakeEngineServer server(absl::StrCat(testing::TempDir(), "/engine", getpid(), ".sock"));
  server.Answer("/version", {.body = kVersion2010});
  server.Answer("/nodes", {.body = "[]"});
  options_.host = server.DockerHost();
  EXPECT_TRUE(Read(*Client(), Endpoint::kNodes).ok());
}

TEST_F(EngineTest, SaysWhatToDoWithoutASocket) {
  options_.host = absl::StrCat("unix://", testing::TempDir(), "/none.sock");
  const absl::Status status = Read(*Client()).status();
  EXPECT_EQ(status.code(), StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("No such file or directory; check that the engine runs"));
}

// Root may use every socket: it asks as somebody else.
TEST_F(EngineTest, SaysWhichGroupMayUseTheSocket) {
  const bool root = geteuid() == 0;
  const gid_t group = root ? 998 : getegid();
  // Not below the working folder, which others may not enter.
  const std::string path = absl::StrCat("/tmp/swarmbell-engine", getpid(), ".sock");
  FakeEngineServer server(path);
  ASSERT_EQ(chmod(path.c_str(), root ? 0660 : 0), 0);
  if (root) {
    ASSERT_EQ(chown(path.c_str(), 0, group), 0);
  }
  options_.host = server.DockerHost();
  EXPECT_EXIT(
      {
        if (root && (setgid(65532) != 0 || setuid(65532) != 0)) _exit(2);
        const absl::Status status = Read(*Client()).status();
        std::cerr << status << std::endl;
        _exit(status.code() == StatusCode::kPermissionDenied ? 0 : 1);
      },
      testing::ExitedWithCode(0), absl::StrCat("the socket belongs to group ", group, ".*65532:", group));
}

TEST_F(EngineTest, SpeaksTlsWithAClientCertificate) {
  const std::string folder = MakeCertificates();
  ASSERT_NE(folder, "");
  TlsServer server(folder, true);
  server.Answer("/version", kVersion2010);
  server.Answer("/v1.41/services", "[]");
  options_.host = absl::StrCat("tcp://127.0.0.1:", server.port());
  options_.tls_verify = true;
  EXPECT_EQ(Read(*Client()).status().code(),
            StatusCode::kFailedPrecondition);  // the system does not know the CA
  options_.cert_path = folder;
  const auto answer = Read(*Client());
  EXPECT_TRUE(answer.ok()) << answer.status();
  std::filesystem::remove_all(folder);
}

class EventsTest : public testing::Test {
 protected:
  EventsTest() {
    server_.Answer("/version", {.body = R"({"Version":"x","ApiVersion":"1.41"})"});
    EngineOptions options;
    options.host = server_.DockerHost();
    client_ = *EngineClient::Create(options);
  }

  absl::Status Follow(std::stop_token stop = {}) {
    return client_->FollowEvents([&](std::string_view line) { lines_.emplace_back(line); }, stop);
  }

  FakeEngineServer server_;
  std::unique_ptr<EngineClient> client_;
  std::vector<std::string> lines_;
};

TEST_F(EventsTest, FirstSaysThatTheStreamIsOpen) {
  server_.Answer("/events", {.body = "{\"a\":1}\n{\"b\":2}\n", .ending = FakeEnding::kStream});
  std::jthread ender([&] {
    server_.WaitForStreams("/events", 1);
    server_.EndStreams();
  });
  const absl::Status status = Follow();
  EXPECT_EQ(status.code(), StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("ended the event stream"));
  EXPECT_THAT(lines_, ElementsAre("", "{\"a\":1}", "{\"b\":2}"));
}

TEST_F(EventsTest, AsksForServicesNodesAndContainers) {
  server_.Answer("/events", {.status = 500});
  EXPECT_EQ(Follow().code(), StatusCode::kUnavailable);
  EXPECT_EQ(server_.Requests().back().target,
            "/v1.41/"
            "events?filters=%7B%22type%22%3A%5B%22service%22%2C%22node%22%2C%22container%22%2C%22secret%22%2C"
            "%22config%22%2C%22network%22%5D%7D");
  EXPECT_TRUE(lines_.empty());
}

TEST_F(EventsTest, AStopEndsASilentStream) {
  server_.Answer("/events", {.ending = FakeEnding::kStream});
  std::stop_source stop;
  std::jthread stopper([&] {
    server_.WaitForStreams("/events", 1);
    stop.request_stop();
  });
  EXPECT_EQ(Follow(stop.get_token()).code(), StatusCode::kCancelled);
}

}  // namespace

}  // namespace swarmbell
