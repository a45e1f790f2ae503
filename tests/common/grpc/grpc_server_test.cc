#include "common/grpc/grpc_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "common/grpc/health_check.h"
#include "grpcpp/create_channel.h"
#include "tests/common/grpc/raw_reflection.h"
#include "tests/common/grpc/test_certificates.h"

namespace swarmbell {
namespace {

using testing::HasSubstr;

constexpr absl::Duration kTimeout = absl::Seconds(10);

std::unique_ptr<GrpcServer> Started(const ServerTls& tls = {}) {
  auto server = GrpcServer::Start("127.0.0.1:0", tls, {});
  EXPECT_TRUE(server.ok()) << server.status();
  return *std::move(server);
}

std::string Target(const GrpcServer& server) { return "127.0.0.1:" + std::to_string(server.Port()); }

absl::Status Health(const GrpcServer& server, const ChannelTls& tls = {}, const std::string& service = "") {
  return CheckHealth(Target(server), tls, kTimeout, service);
}

TEST(GrpcServerTest, ServesHealthFromTheStart) {
  const auto server = Started();
  EXPECT_GT(server->Port(), 0);
  EXPECT_TRUE(Health(*server).ok()) << Health(*server);
}

TEST(GrpcServerTest, HealthFollowsSetServing) {
  const auto server = Started();
  server->SetServing("", false);
  EXPECT_TRUE(absl::IsFailedPrecondition(Health(*server)));
  EXPECT_THAT(std::string(Health(*server).message()), HasSubstr("NOT_SERVING"));
  server->SetServing("", true);
  EXPECT_TRUE(Health(*server).ok());
  EXPECT_TRUE(absl::IsNotFound(Health(*server, {}, "a.Service")));
  server->SetServing("a.Service", true);
  EXPECT_TRUE(Health(*server, {}, "a.Service").ok());
}

TEST(GrpcServerTest, ReflectionListsAndDescribesHealth) {
  const auto server = Started();
  const auto channel = grpc::CreateChannel(Target(*server), grpc::InsecureChannelCredentials());
  EXPECT_THAT(ReflectServices(channel), HasSubstr("grpc.health.v1.Health"));
  EXPECT_THAT(ReflectFileWithSymbol(channel, "grpc.health.v1.Health"), HasSubstr("HealthCheckRequest"));
}

TEST(GrpcServerTest, ATakenPortIsAnErrorThatNamesIt) {
  const auto server = Started();
  const std::string address = "127.0.0.1:" + std::to_string(server->Port());
  const auto second = GrpcServer::Start(address, {}, {});
  EXPECT_TRUE(absl::IsUnavailable(second.status()));
  EXPECT_THAT(std::string(second.status().message()), HasSubstr(address));
}

TEST(GrpcServerTest, AfterShutdownNothingAnswers) {
  const auto server = Started();
  const std::string target = Target(*server);
  server->Shutdown(absl::Seconds(1));
  server->Shutdown(absl::Seconds(1));
  const absl::Status status = CheckHealth(target, {}, kTimeout);
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(target));
}

TEST(HealthCheckTest, LocalTargetReplacesWildcards) {
  EXPECT_EQ(LocalTarget("0.0.0.0:50051"), "127.0.0.1:50051");
  EXPECT_EQ(LocalTarget("[::]:50051"), "[::1]:50051");
  EXPECT_EQ(LocalTarget(":50051"), "127.0.0.1:50051");
  EXPECT_EQ(LocalTarget("10.0.0.5:50051"), "10.0.0.5:50051");
}

class GrpcServerTlsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    certs_ = new TestCertificates;
    certs_->MakeAuthority("ca");
    certs_->MakeAuthority("other-ca");
    certs_->MakeCertificate("server", "ca");
    certs_->MakeCertificate("client", "ca");
    certs_->MakeCertificate("stranger", "other-ca");
  }
  static void TearDownTestSuite() { delete certs_; }

  static ServerTls Tls() { return {.cert_file = certs_->Cert("server"), .key_file = certs_->Key("server")}; }
  static ServerTls MutualTls() {
    ServerTls tls = Tls();
    tls.client_ca_file = certs_->Cert("ca");
    return tls;
  }
  static ChannelTls Trusting(const std::string& ca) { return {.ca_file = certs_->Cert(ca)}; }
  static ChannelTls Presenting(const std::string& name) {
    return {.ca_file = certs_->Cert("ca"), .cert_file = certs_->Cert(name), .key_file = certs_->Key(name)};
  }

  static TestCertificates* certs_;
};
TestCertificates* GrpcServerTlsTest::certs_ = nullptr;

TEST_F(GrpcServerTlsTest, TheRightAuthorityConnects) {
  const auto server = Started(Tls());
  EXPECT_TRUE(Health(*server, Trusting("ca")).ok()) << Health(*server, Trusting("ca"));
}

TEST_F(GrpcServerTlsTest, OthersDoNot) {
  const auto server = Started(Tls());
  EXPECT_TRUE(absl::IsUnavailable(Health(*server, Trusting("other-ca"))));
  EXPECT_TRUE(absl::IsUnavailable(Health(*server, {.enabled = true})));
  EXPECT_TRUE(absl::IsUnavailable(Health(*server, {})));
}

TEST_F(GrpcServerTlsTest, TlsClientsDoNotTalkToPlaintextServers) {
  const auto server = Started();
  EXPECT_TRUE(absl::IsUnavailable(Health(*server, Trusting("ca"))));
}

TEST_F(GrpcServerTlsTest, MutualTlsWantsACertificateOfTheAuthority) {
  const auto server = Started(MutualTls());
  EXPECT_TRUE(Health(*server, Presenting("client")).ok()) << Health(*server, Presenting("client"));
  EXPECT_TRUE(absl::IsUnavailable(Health(*server, Trusting("ca"))));
  EXPECT_TRUE(absl::IsUnavailable(Health(*server, Presenting("stranger"))));
}

TEST_F(GrpcServerTlsTest, RotatedFilesAreServedWithoutARestart) {
  TestCertificates certs;
  certs.MakeAuthority("old-ca");
  certs.MakeAuthority("new-ca");
  certs.MakeCertificate("server", "old-ca");
  const auto server =
      Started({.cert_file = certs.Cert("server"), .key_file = certs.Key("server"), .refresh_seconds = 1});
  ASSERT_TRUE(Health(*server, {.ca_file = certs.Cert("old-ca")}).ok());
  certs.MakeCertificate("server", "new-ca");
  const absl::Time deadline = absl::Now() + absl::Seconds(20);
  absl::Status status;
  do {
    status = Health(*server, {.ca_file = certs.Cert("new-ca")});
  } while (!status.ok() && absl::Now() < deadline);
  EXPECT_TRUE(status.ok()) << status;
}

}  // namespace
}  // namespace swarmbell
