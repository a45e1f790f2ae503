#include "common/http/http_client.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <map>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/fakes/fake_engine_server.h"

namespace swarmbell {
namespace {

using testing::HasSubstr;
using testing::Not;

HttpRequest Get(const std::string& url) { return {.display_name = "the server", .url = url}; }

std::string Text(const absl::Status& status) { return std::string(status.message()); }

TEST(HttpClient, ReturnsStatusHeadersAndBody) {
  FakeEngineServer server;
  server.Answer("/x", {.status = 429, .body = "slow down", .headers = {{"Retry-After", "7"}}});
  HttpClient client;
  const auto answer = client.Send(Get(server.Url("/x")));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 429);
  EXPECT_EQ(answer->body, "slow down");
  EXPECT_EQ(answer->headers.at("retry-after"), "7");
}

TEST(HttpClient, PostsBodyAndHeaders) {
  FakeEngineServer server;
  server.Answer("/hook", {});
  HttpClient client;
  HttpRequest request = Get(server.Url("/hook"));
  request.method = "POST";
  request.headers = {"Content-Type: application/json"};
  request.body = std::string(100'000, 'x');
  ASSERT_TRUE(client.Send(request).ok());
  const FakeRequest seen = server.Requests().at(0);
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.body, request.body);
  EXPECT_EQ(seen.headers.at("content-type"), "application/json");
  EXPECT_FALSE(seen.headers.contains("expect"));
}

TEST(HttpClient, AnEmptyPostHasALengthOfZero) {
  FakeEngineServer server;
  server.Answer("/hook", {});
  HttpClient client;
  HttpRequest request = Get(server.Url("/hook"));
  request.method = "POST";
  ASSERT_TRUE(client.Send(request).ok());
  EXPECT_EQ(server.Requests().at(0).headers.at("content-length"), "0");
}

TEST(HttpClient, KeepsItsConnection) {
  FakeEngineServer server;
  server.Answer("/x", {.body = "1"});
  server.Answer("/y", {.body = "2", .ending = FakeEnding::kChunked});
  HttpClient client;
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(client.Send(Get(server.Url("/x")))->body, "1");
    ASSERT_EQ(client.Send(Get(server.Url("/y")))->body, "2");
  }
  EXPECT_EQ(server.Connections(), 1u);
}

TEST(HttpClient, DoesNotFollowRedirects) {
  FakeEngineServer server;
  server.Answer("/x", {.status = 302, .headers = {{"Location", "/y"}}});
  HttpClient client;
  EXPECT_EQ(client.Send(Get(server.Url("/x")))->status, 302);
  EXPECT_EQ(server.Count("/y"), 0u);
}

TEST(HttpClient, NoConnectionIsUnavailableAndDoesNotShowTheUrl) {
  std::string url;
  {
    FakeEngineServer gone;
    url = gone.Url("/secret-path");
  }
  HttpClient client;
  const absl::Status status = client.Send(Get(url)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(Text(status), HasSubstr("could not connect to the server: Connection refused"));
  EXPECT_THAT(Text(status), Not(HasSubstr("secret-path")));
}

TEST(HttpClient, BadUrlsAndOtherProtocolsAreRefusedWithoutShowingThem) {
  HttpClient client;
  for (const char* url : {"file:///etc/passwd", "ftp://127.0.0.1/secret", "http://secret host/", ""}) {
    const absl::Status status = client.Send(Get(url)).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << url;
    EXPECT_THAT(Text(status), Not(HasSubstr("secret")));
    EXPECT_THAT(Text(status), Not(HasSubstr("passwd")));
  }
}

class BrokenAnswers : public testing::TestWithParam<FakeEnding> {};

TEST_P(BrokenAnswers, AreAborted) {
  FakeEngineServer server;
  server.Answer("/x", {.body = std::string(2500, 'x'), .ending = GetParam()});
  HttpClient client;
  const absl::Status status = client.Send(Get(server.Url("/x"))).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_THAT(Text(status), HasSubstr("the answer of the server broke off"));
}

INSTANTIATE_TEST_SUITE_P(Endings, BrokenAnswers,
                         testing::Values(FakeEnding::kTruncated, FakeEnding::kChunkedCut,
                                         FakeEnding::kHangsUp));

class SlowAnswers : public testing::TestWithParam<FakeEnding> {};

TEST_P(SlowAnswers, EndAtTheDeadline) {
  FakeEngineServer server;
  server.Answer("/x", {.body = "x", .ending = GetParam()});
  HttpClient client;
  HttpRequest request = Get(server.Url("/x"));
  request.timeout = absl::Milliseconds(50);
  const absl::Status status = client.Send(request).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(Text(status), HasSubstr("the server did not answer within 50ms"));
}

INSTANTIATE_TEST_SUITE_P(Endings, SlowAnswers,
                         testing::Values(FakeEnding::kNeverAnswers, FakeEnding::kHeadersOnly));

TEST(HttpClient, WorksAgainAfterADeadline) {
  FakeEngineServer server;
  server.AnswerOnce("/x", {.ending = FakeEnding::kNeverAnswers});
  server.Answer("/x", {.body = "well"});
  HttpClient client;
  HttpRequest request = Get(server.Url("/x"));
  request.timeout = absl::Milliseconds(50);
  EXPECT_FALSE(client.Send(request).ok());
  request.timeout = absl::Seconds(10);
  EXPECT_EQ(client.Send(request)->body, "well");
}

TEST(HttpClient, ALargerBodyThanTheBoundIsRefused) {
  FakeEngineServer server;
  HttpClient client;
  for (FakeEnding ending : {FakeEnding::kComplete, FakeEnding::kChunked}) {
    server.Answer("/x", {.body = std::string(5001, 'x'), .ending = ending});
    HttpRequest request = Get(server.Url("/x"));
    request.max_body_bytes = 5000;
    EXPECT_EQ(client.Send(request).status().code(), absl::StatusCode::kResourceExhausted);
    request.max_body_bytes = 5001;
    EXPECT_TRUE(client.Send(request).ok());
  }
}

HttpRequest Cutting(const std::string& url) {
  HttpRequest request = Get(url);
  request.max_body_bytes = 1000;
  request.timeout = absl::Seconds(1);
  request.cut_body = true;
  return request;
}

TEST(HttpClient, ABodyThatIsCutIsStillAnAnswer) {
  FakeEngineServer server;
  const std::string body(5000, 'x');
  server.Answer("/long", {.status = 503, .body = body});
  server.Answer("/chunked", {.status = 502, .body = body, .ending = FakeEnding::kChunked});
  server.Answer("/endless", {.status = 500, .body = body, .ending = FakeEnding::kEndless});
  HttpClient client;
  for (const auto& [path, status] :
       std::map<std::string, int>{{"/long", 503}, {"/chunked", 502}, {"/endless", 500}}) {
    const auto answer = client.Send(Cutting(server.Url(path)));
    ASSERT_TRUE(answer.ok()) << path << answer.status();
    EXPECT_EQ(answer->status, status);
    EXPECT_EQ(answer->body, body.substr(0, 1000)) << path;
    EXPECT_TRUE(answer->cut);
  }
}

TEST(HttpClient, ABodyThatBreaksOffOrNeverEndsIsCutThere) {
  FakeEngineServer server;
  server.Answer("/truncated", {.body = "o", .ending = FakeEnding::kTruncated});
  server.Answer("/chunks", {.body = "o", .ending = FakeEnding::kChunkedCut});
  server.Answer("/headers", {.body = "ok", .ending = FakeEnding::kHeadersOnly});
  HttpClient client;
  for (const char* path : {"/truncated", "/chunks", "/headers"}) {
    const auto answer = client.Send(Cutting(server.Url(path)));
    ASSERT_TRUE(answer.ok()) << path << answer.status();
    EXPECT_EQ(answer->status, 200);
    EXPECT_TRUE(answer->cut);
  }
}

TEST(HttpClient, AWholeBodyIsNotCutAndNoAnswerIsStillAnError) {
  FakeEngineServer server;
  server.Answer("/whole", {.body = std::string(1000, 'x')});
  server.Answer("/none", {.ending = FakeEnding::kHangsUp});
  HttpClient client;
  const auto whole = client.Send(Cutting(server.Url("/whole")));
  ASSERT_TRUE(whole.ok());
  EXPECT_FALSE(whole->cut);
  EXPECT_FALSE(client.Send(Cutting(server.Url("/none"))).ok());
}

// Answers each connection with a text, whatever it asks.
class BannerServer {
 public:
  explicit BannerServer(std::string banner) : banner_(std::move(banner)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_, generic, size) != 0 || listen(listener_, 4) != 0) std::abort();
    getsockname(listener_, generic, &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this] { Serve(); });
  }
  ~BannerServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  BannerServer(const BannerServer&) = delete;
  BannerServer& operator=(const BannerServer&) = delete;

  std::string Url() const { return absl::StrCat("http://127.0.0.1:", port_, "/"); }

 private:
  void Serve() {
    for (int fd = accept(listener_, nullptr, nullptr); fd >= 0; fd = accept(listener_, nullptr, nullptr)) {
      std::array<char, 4096> request{};
      if (read(fd, request.data(), request.size()) > 0) {
        send(fd, banner_.data(), banner_.size(), MSG_NOSIGNAL);
      }
      shutdown(fd, SHUT_WR);
      close(fd);
    }
  }

  const std::string banner_;
  int listener_ = -1;
  int port_ = 0;
  std::jthread thread_;  // last: uses everything above
};

TEST(HttpClient, AnAnswerThatIsNotHttpIsABrokenOneAndNoBadUrl) {
  for (const char* banner : {"upstream connect error or disconnect/reset before headers",
                             "220 mail.example ESMTP\r\n", "SSH-2.0-OpenSSH_9.2\r\n"}) {
    BannerServer server(banner);
    HttpClient client;
    const auto answer = client.Send(Cutting(server.Url()));
    EXPECT_EQ(answer.status().code(), absl::StatusCode::kAborted) << answer.status();
  }
}

TEST(HttpClient, AStopEndsAHangingRequestAtOnce) {
  FakeEngineServer server;
  server.Answer("/x", {.ending = FakeEnding::kNeverAnswers});
  HttpClient client;
  HttpRequest request = Get(server.Url("/x"));
  request.timeout = absl::Minutes(5);
  std::stop_source stop;
  std::jthread stopper([&] {
    server.WaitForRequests("/x", 1);
    stop.request_stop();
  });
  const absl::Time start = absl::Now();
  EXPECT_EQ(client.Send(request, stop.get_token()).status().code(), absl::StatusCode::kCancelled);
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
  EXPECT_EQ(client.Send(request, stop.get_token()).status().code(), absl::StatusCode::kCancelled);
}

TEST(HttpClient, ReconnectsWhenTheServerClosedTheKeptConnection) {
  HttpClient client;
  const std::string path = absl::StrCat(testing::TempDir(), "/again", getpid(), ".sock");
  HttpRequest request = Get("http://localhost/x");
  request.unix_socket = path;
  for (int i = 0; i < 2; ++i) {
    FakeEngineServer server(path);
    server.Answer("/x", {.body = "here"});
    const auto answer = client.Send(request);
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->body, "here");
  }
}

TEST(HttpClient, AUnixSocketNeverUsesAProxy) {
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
  const std::string path = absl::StrCat(testing::TempDir(), "/noproxy", getpid(), ".sock");
  FakeEngineServer server(path);
  server.Answer("/x", {.body = "direct"});
  HttpClient client;
  HttpRequest request = Get("http://localhost/x");
  request.unix_socket = path;
  const auto answer = client.Send(request);
  FakeEngineServer other;
  other.Answer("/x", {});
  const auto through_proxy = client.Send(Get(other.Url("/x")));
  unsetenv("http_proxy");
  unsetenv("ALL_PROXY");
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->body, "direct");
  EXPECT_EQ(through_proxy.status().code(), absl::StatusCode::kUnavailable);
}

TEST(HttpClient, AMissingSocketIsUnavailable) {
  HttpClient client;
  HttpRequest request = Get("http://localhost/x");
  request.unix_socket = testing::TempDir() + "/missing.sock";
  const absl::Status status = client.Send(request).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(Text(status), HasSubstr("No such file or directory"));
}

TEST(HttpStream, HandsOutPiecesUntilTheServerEnds) {
  FakeEngineServer server;
  server.Answer("/events", {.body = "one\n", .ending = FakeEnding::kStream});
  HttpClient client;
  std::string seen;
  bool opened = false;
  const auto answer = client.Stream(Get(server.Url("/events")),
                                    [&](std::string_view piece) {
                                      if (piece.empty()) opened = true;
                                      if (seen.empty() && piece == "one\n")
                                        server.StreamTo("/events", "two\n");
                                      seen += piece;
                                      if (seen == "one\ntwo\n") server.EndStreams();
                                      return true;
                                    },
                                    {});
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_TRUE(opened);
  EXPECT_EQ(seen, "one\ntwo\n");
  EXPECT_EQ(answer->body, "");
}

TEST(HttpStream, EndsWhenTheReaderWants) {
  FakeEngineServer server;
  server.Answer("/events", {.body = "one\n", .ending = FakeEnding::kStream});
  HttpClient client;
  EXPECT_TRUE(
      client.Stream(Get(server.Url("/events")), [](std::string_view piece) { return piece.empty(); }, {})
          .ok());
  EXPECT_TRUE(client.Stream(Get(server.Url("/events")), [](std::string_view) { return false; }, {}).ok());
}

TEST(HttpStream, KeepsTheBodyOfARefusal) {
  FakeEngineServer server;
  server.Answer("/events", {.status = 503, .body = "no"});
  HttpClient client;
  const auto answer = client.Stream(Get(server.Url("/events")),
                                    [](std::string_view) {
                                      ADD_FAILURE() << "a refusal is no stream";
                                      return true;
                                    },
                                    {});
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->body, "no");
}

// The tunnel is there, but nobody at its end.
TEST(HttpStream, AProxysAnswerIsNotTheStreams) {
  FakeEngineServer proxy;
  proxy.Answer("engine.example:2376", {.ending = FakeEnding::kTruncated});
  setenv("https_proxy", proxy.Url("").c_str(), 1);
  HttpClient client;
  const auto answer = client.Stream(Get("https://engine.example:2376/events"),
                                    [](std::string_view) {
                                      ADD_FAILURE() << "the stream is not open";
                                      return true;
                                    },
                                    {});
  unsetenv("https_proxy");
  EXPECT_FALSE(answer.ok());
  EXPECT_EQ(proxy.Count("engine.example:2376"), 1u);
}

TEST(HttpClient, AProxysHeadersAreNotTheAnswers) {
  FakeEngineServer proxy;
  proxy.Answer("hooks.example:443", {.headers = {{"Retry-After", "7"}}, .ending = FakeEnding::kHangsUp});
  proxy.AnswerOnce("hooks.example:443", {.status = 503, .body = "busy", .headers = {{"Retry-After", "7"}}});
  setenv("https_proxy", proxy.Url("").c_str(), 1);
  HttpClient client;
  const auto refused = client.Send(Get("https://hooks.example/x"));
  const auto silent = client.Send(Get("https://hooks.example/x"));
  unsetenv("https_proxy");
  EXPECT_THAT(std::string(refused.status().message()), testing::HasSubstr("the proxy answered 503"));
  EXPECT_FALSE(silent.ok());
}

TEST(HttpStream, AStopEndsASilentStream) {
  FakeEngineServer server;
  server.Answer("/events", {.ending = FakeEnding::kStream});
  HttpClient client;
  std::stop_source stop;
  std::jthread stopper([&] {
    server.WaitForStreams("/events", 1);
    stop.request_stop();
  });
  const auto answer = client.Stream(
      Get(server.Url("/events")), [](std::string_view) { return true; }, stop.get_token());
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace swarmbell
