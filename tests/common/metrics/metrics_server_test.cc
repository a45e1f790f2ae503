#include "common/metrics/metrics_server.h"

#include <curl/curl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <memory>
#include <mutex>
#include <string>

#include "common/process/process.h"

namespace swarmbell {
namespace {

using testing::HasSubstr;

struct Reply {
  long status = 0;
  std::string body;
  std::string content_type;
};

Reply Ask(const std::string& url, const char* method = "GET") {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), &curl_easy_cleanup);
  Reply reply;
  const auto collect = +[](char* data, std::size_t, std::size_t size, void* to) -> std::size_t {
    static_cast<std::string*>(to)->append(data, size);
    return size;
  };
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, method);
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, 10L);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, collect);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &reply.body);
  EXPECT_EQ(curl_easy_perform(curl.get()), CURLE_OK) << url;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &reply.status);
  const char* type = nullptr;
  curl_easy_getinfo(curl.get(), CURLINFO_CONTENT_TYPE, &type);
  reply.content_type = type == nullptr ? "" : type;
  return reply;
}

class MetricsServerTest : public testing::Test {
 protected:
  MetricsServerTest() {
    metrics_.Declare(MetricKind::kGauge, "up", "h");
    metrics_.Set("up", {}, 1);
    auto server = MetricsServer::Start("127.0.0.1:0", metrics_, [this] {
      const std::lock_guard lock(mutex_);
      return health_;
    });
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = std::move(*server);
  }

  void SetHealth(absl::Status status) {
    const std::lock_guard lock(mutex_);
    health_ = std::move(status);
  }
  std::string Url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(server_->Port()) + path;
  }

  Metrics metrics_;
  std::mutex mutex_;
  absl::Status health_;  // guarded by mutex_
  std::unique_ptr<MetricsServer> server_;
};

TEST_F(MetricsServerTest, ServesMetrics) {
  const Reply reply = Ask(Url("/metrics"));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(reply.body, testing::StartsWith("# HELP up h\n# TYPE up gauge\nup 1\n"));
}

TEST_F(MetricsServerTest, HealthFollowsTheProcess) {
  EXPECT_EQ(Ask(Url("/healthz")).status, 200);
  EXPECT_EQ(Ask(Url("/healthz")).body, "ok\n");
  SetHealth(absl::UnavailableError("cannot read /services: connection refused"));
  const Reply reply = Ask(Url("/healthz"));
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.body, "cannot read /services: connection refused\n");
}

TEST_F(MetricsServerTest, RefusesOtherPathsAndMethods) {
  EXPECT_EQ(Ask(Url("/")).status, 404);
  EXPECT_EQ(Ask(Url("/metrics/../etc/passwd")).status, 404);
  EXPECT_EQ(Ask(Url("/metrics"), "POST").status, 405);
  EXPECT_EQ(Ask(Url("/healthz"), "DELETE").status, 405);
}

TEST_F(MetricsServerTest, TakenPortIsAnErrorThatNamesIt) {
  const std::string address = "127.0.0.1:" + std::to_string(server_->Port());
  const auto second = MetricsServer::Start(address, metrics_, [] { return absl::OkStatus(); });
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr(address));
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("Address already in use"));
}

TEST_F(MetricsServerTest, PortIsFreeAgainAfterwards) {
  const std::string address = "127.0.0.1:" + std::to_string(server_->Port());
  EXPECT_EQ(Ask(Url("/healthz")).status, 200);
  server_.reset();
  EXPECT_TRUE(MetricsServer::Start(address, metrics_, [] { return absl::OkStatus(); }).ok());
}

TEST(MetricsServerAddressTest, BadAddressesAreNamed) {
  const Metrics metrics;
  for (const char* address :
       {"", "9464", "127.0.0.1:", "::1:9464", "127.0.0.1:http", "no.such.host.invalid:1"}) {
    const auto server = MetricsServer::Start(address, metrics, [] { return absl::OkStatus(); });
    EXPECT_EQ(server.status().code(), absl::StatusCode::kInvalidArgument) << address;
    EXPECT_THAT(std::string(server.status().message()), HasSubstr('"' + std::string(address) + '"'));
  }
}

TEST(MetricsServerAddressTest, ListensOnIpv6AndOnEveryAddress) {
  const Metrics metrics;
  for (const char* address : {"[::1]:0", ":0", "localhost:0"}) {
    const auto server = MetricsServer::Start(address, metrics, [] { return absl::OkStatus(); });
    ASSERT_TRUE(server.ok()) << server.status();
    EXPECT_GT((*server)->Port(), 0);
  }
}

TEST_F(MetricsServerTest, TellsOfTheProcessItself) {
  const std::string body = Ask(Url("/metrics")).body;
  EXPECT_THAT(body, HasSubstr("swarmbell_build_info{version=\"" + BuildVersion() + "\"} 1\n"));
  for (const char* name : {"process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds",
                           "process_start_time_seconds"}) {
    EXPECT_THAT(body, testing::ContainsRegex(std::string("\n") + name + " [0-9.]"));
  }
  const std::string started = body.substr(body.find("\nprocess_start_time_seconds ") + 28);
  EXPECT_NEAR(std::stod(started), static_cast<double>(std::time(nullptr)), 120);
}

}  // namespace
}  // namespace swarmbell
