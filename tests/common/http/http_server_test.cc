#include "common/http/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/http/http_client.h"

namespace swarmbell {
namespace {

using testing::HasSubstr;

class HttpServerTest : public testing::Test {
 protected:
  void Serve(HttpServer::Handler handler, HttpServerOptions options = {}) {
    options.listen = "127.0.0.1:0";
    options.purpose = "the test";
    auto server = HttpServer::Start(options, std::move(handler));
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  static HttpServerOptions Streaming() {
    HttpServerOptions options;
    options.streams = true;
    return options;
  }

  HttpResponse Ask(const std::string& path) {
    HttpRequest request;
    request.display_name = "the test's server";
    request.url = absl::StrCat("http://127.0.0.1:", server_->Port(), path);
    request.timeout = absl::Seconds(10);
    request.headers = {"Authorization: Bearer one"};
    request.cut_body = true;  // of a server that ends
    HttpClient client;
    return client.Send(request, {}).value_or(HttpResponse{});
  }

  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, TheHandlerSeesPathQueryAndHeadersDecoded) {
  Serve([](const HttpQuestion& question) -> HttpAnswer {
    return {.status = 203,
            .body = absl::StrCat(question.path, "|", question.Parameter("q"), "|", question.Parameter("none"),
                                 "|", question.Header("authorization"), "|", question.peer)};
  });
  const HttpResponse response = Ask("/a%20b?q=%3Cx%3E+y&r=1");
  EXPECT_EQ(response.status, 203);
  EXPECT_EQ(response.body, "/a b|<x> y||Bearer one|127.0.0.1");
}

TEST_F(HttpServerTest, AStreamGoesOnUntilItEnds) {
  std::atomic<int> pieces = 0;
  Serve(
      [&](const HttpQuestion&) -> HttpAnswer {
        return {.stream = [&](const std::stop_token&) -> std::optional<std::string> {
          if (++pieces > 3) return std::nullopt;
          return std::string(10'000, static_cast<char>('0' + pieces));
        }};
      },
      Streaming());
  const std::string body = Ask("/").body;
  EXPECT_EQ(body, std::string(10'000, '1') + std::string(10'000, '2') + std::string(10'000, '3'));
}

TEST_F(HttpServerTest, AStreamThatWaitsEndsWithTheServer) {
  std::atomic<bool> waits = false;
  Serve(
      [&](const HttpQuestion&) -> HttpAnswer {
        return {
            .stream = [&, sent = false](const std::stop_token& stop) mutable -> std::optional<std::string> {
              if (!std::exchange(sent, true)) return "first";
              waits = true;
              while (!stop.stop_requested()) std::this_thread::yield();
              return std::nullopt;
            }};
      },
      Streaming());
  std::jthread caller([this] { EXPECT_EQ(Ask("/").body, "first"); });
  while (!waits) std::this_thread::yield();
  server_.reset();
}

TEST_F(HttpServerTest, AWaitingStreamDelaysNobodyElse) {
  std::atomic<bool> waits = false;
  Serve(
      [&](const HttpQuestion& question) -> HttpAnswer {
        if (question.path != "/stream") return {.body = "answered"};
        return {.stream = [&](const std::stop_token& stop) -> std::optional<std::string> {
          waits = true;
          while (!stop.stop_requested()) std::this_thread::yield();
          return std::nullopt;
        }};
      },
      Streaming());
  std::jthread caller([this] { Ask("/stream"); });
  while (!waits) std::this_thread::yield();
  EXPECT_EQ(Ask("/other").body, "answered");
  server_.reset();
}

TEST(HttpServer, AnAddressOfAnotherFormIsAnError) {
  for (const char* address : {"8080", "localhost:", "::1:80"}) {
    const auto server = HttpServer::Start({.listen = address, .purpose = "x"},
                                          [](const HttpQuestion&) -> HttpAnswer { return {}; });
    EXPECT_EQ(server.status().code(), absl::StatusCode::kInvalidArgument) << address;
    EXPECT_THAT(std::string(server.status().message()), HasSubstr(address));
  }
}

}  // namespace
}  // namespace swarmbell
