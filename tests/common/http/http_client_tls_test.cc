#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "common/http/http_client.h"
#include "tests/fakes/tls_server.h"

namespace swarmbell {
namespace {

class HttpClientTls : public testing::Test {
 protected:
  static void SetUpTestSuite() { folder_ = MakeCertificates(); }
  static void TearDownTestSuite() { std::filesystem::remove_all(folder_); }
  void SetUp() override { ASSERT_NE(folder_, ""); }

  static HttpRequest Get(const TlsServer& server) {
    return {.display_name = "the engine", .url = absl::StrCat("https://127.0.0.1:", server.port(), "/x")};
  }

  static inline std::string folder_;
};

TEST_F(HttpClientTls, VerifiesTheServerAgainstTheCa) {
  TlsServer server(folder_, false);
  server.Answer("/x", "safe");
  HttpClient client;
  HttpRequest request = Get(server);
  request.tls.ca_file = folder_ + "/ca.pem";
  const auto answer = client.Send(request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->body, "safe");
}

TEST_F(HttpClientTls, AnUnknownCaIsAFailedPrecondition) {
  TlsServer server(folder_, false);
  server.Answer("/x", "safe");
  HttpClient client;
  const absl::Status status = client.Send(Get(server)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("certificate"));
}

TEST_F(HttpClientTls, AnotherNameIsAFailedPrecondition) {
  TlsServer server(folder_, false);
  HttpClient client;
  HttpRequest request = Get(server);
  request.tls.ca_file = folder_ + "/ca.pem";
  request.url = absl::StrCat("https://localhost:", server.port(), "/x");
  EXPECT_EQ(client.Send(request).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(HttpClientTls, AMissingCaFileIsAFailedPrecondition) {
  TlsServer server(folder_, false);
  HttpClient client;
  HttpRequest request = Get(server);
  request.tls.ca_file = folder_ + "/missing.pem";
  EXPECT_EQ(client.Send(request).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(HttpClientTls, ShowsItsOwnCertificate) {
  TlsServer server(folder_, true);
  server.Answer("/x", "you again");
  HttpClient client;
  HttpRequest request = Get(server);
  request.tls.ca_file = folder_ + "/ca.pem";
  EXPECT_FALSE(client.Send(request).ok());
  request.tls.cert_file = folder_ + "/cert.pem";
  request.tls.key_file = folder_ + "/key.pem";
  const auto answer = client.Send(request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->body, "you again");
}

TEST_F(HttpClientTls, TakesAnyServerWhenToldNotToVerify) {
  TlsServer server(folder_, false);
  server.Answer("/x", "whoever");
  HttpClient client;
  HttpRequest request = Get(server);
  request.tls.verify_peer = false;
  EXPECT_TRUE(client.Send(request).ok());
}

}  // namespace
}  // namespace swarmbell
