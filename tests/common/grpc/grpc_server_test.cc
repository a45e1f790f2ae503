#include "common/grpc/grpc_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <filesystem>
#include <string>

#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/support/channel_arguments.h"
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

// A status that is set each second must not be a message each second.
TEST(GrpcServerTest, WhoWatchesHealthHearsOfChangesAlone) {
  const auto server = Started();
  server->SetServing("a.Service", true);
  const auto stub = grpc::health::v1::Health::NewStub(
      grpc::CreateChannel(Target(*server), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + kTimeout));
  grpc::health::v1::HealthCheckRequest request;
  request.set_service("a.Service");
  const auto watch = stub->Watch(&context, request);
  grpc::health::v1::HealthCheckResponse told;
  ASSERT_TRUE(watch->Read(&told));
  EXPECT_EQ(told.status(), grpc::health::v1::HealthCheckResponse::SERVING);
  for (int second = 0; second < 5; ++second) server->SetServing("a.Service", true);
  server->SetServing("a.Service", false);
  ASSERT_TRUE(watch->Read(&told));
  EXPECT_EQ(told.status(), grpc::health::v1::HealthCheckResponse::NOT_SERVING);
  context.TryCancel();
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

TEST(GrpcServerTest, ARequestThatIsTooLargeIsRefused) {
  const auto server = Started();
  EXPECT_FALSE(absl::IsResourceExhausted(Health(*server, {}, std::string(1 << 20, 'x'))));
  EXPECT_TRUE(absl::IsResourceExhausted(Health(*server, {}, std::string((4 << 20) + 1, 'x'))));
}

// One connection; whatever is asked on it beyond the limit waits for its turn.
TEST(GrpcServerTest, AConnectionHasAtMostAHundredCallsAtOnce) {
  const auto server = Started();
  grpc::ChannelArguments own;
  own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  const auto stub = grpc::health::v1::Health::NewStub(
      grpc::CreateCustomChannel(Target(*server), grpc::InsecureChannelCredentials(), own));
  const auto watch = [&](grpc::ClientContext& context) { return stub->Watch(&context, {}); };
  std::deque<grpc::ClientContext> contexts(100);
  std::vector<std::unique_ptr<grpc::ClientReader<grpc::health::v1::HealthCheckResponse>>> readers;
  grpc::health::v1::HealthCheckResponse response;
  for (grpc::ClientContext& context : contexts) {
    readers.push_back(watch(context));
    ASSERT_TRUE(readers.back()->Read(&response));
  }
  grpc::ClientContext late;
  late.set_deadline(absl::ToChronoTime(absl::Now() + absl::Milliseconds(300)));
  EXPECT_FALSE(watch(late)->Read(&response));
  contexts.front().TryCancel();
  EXPECT_FALSE(readers.front()->Read(&response));
  grpc::ClientContext next;
  next.set_deadline(absl::ToChronoTime(absl::Now() + kTimeout));
  EXPECT_TRUE(watch(next)->Read(&response));
  for (grpc::ClientContext& context : contexts) context.TryCancel();
  next.TryCancel();
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

// Rotation takes the watch's two looks, and gRPC's own second.
class RotationTest : public testing::Test {
 protected:
  RotationTest() {
    for (const char* name : {"old-ca", "new-ca"}) {
      certs.MakeAuthority(name);
      std::filesystem::copy(certs.Cert(name), certs.Cert(std::string(name) + ".kept"));
    }
    std::filesystem::copy(certs.Cert("old-ca"), certs.Cert("clients"));
    certs.MakeCertificate("server", "old-ca");
    certs.MakeCertificate("client", "old-ca");
    certs.MakeCertificate("new-client", "new-ca");
  }

  std::unique_ptr<GrpcServer> Start(bool mutual) {
    return Started({.cert_file = certs.Cert("server"),
                    .key_file = certs.Key("server"),
                    .client_ca_file = mutual ? certs.Cert("clients") : "",
                    .look_every = kLook});
  }
  ChannelTls From(const std::string& ca, const std::string& client = "") const {
    ChannelTls tls{.ca_file = certs.Cert(ca)};
    if (!client.empty()) tls.cert_file = certs.Cert(client), tls.key_file = certs.Key(client);
    return tls;
  }
  // True if that happens within 20 seconds.
  static bool Becomes(bool wanted, const GrpcServer& server, const ChannelTls& tls) {
    const absl::Time deadline = absl::Now() + absl::Seconds(20);
    while (absl::Now() < deadline) {
      if (Health(server, tls).ok() == wanted) return true;
    }
    return false;
  }

  static constexpr absl::Duration kLook = absl::Milliseconds(50);
  TestCertificates certs;
};

TEST_F(RotationTest, ANewServerCertificateIsServedWithoutARestart) {
  const auto server = Start(false);
  ASSERT_TRUE(Health(*server, From("old-ca")).ok());
  certs.MakeCertificate("server", "new-ca");
  EXPECT_TRUE(Becomes(true, *server, From("new-ca")));
  EXPECT_FALSE(Health(*server, From("old-ca")).ok());
}

TEST_F(RotationTest, ANewClientAuthorityDecidesAboutClientsThatComeLater) {
  const auto server = Start(true);
  ASSERT_TRUE(Health(*server, From("old-ca", "client")).ok());
  ASSERT_FALSE(Health(*server, From("old-ca", "new-client")).ok());
  std::filesystem::rename(certs.Cert("new-ca"), certs.Cert("clients"));
  EXPECT_TRUE(Becomes(true, *server, From("old-ca", "new-client")));
  EXPECT_FALSE(Health(*server, From("old-ca", "client")).ok());
}

// One channel that lives on, as a notifier's does: what it connects with later is new.
TEST_F(RotationTest, AClientConnectsAgainWithItsNewCertificateAndAuthority) {
  ChannelTls tls = From("clients", "client");
  tls.look_every = kLook;
  const auto credentials = MakeChannelCredentials(tls);
  ASSERT_TRUE(credentials.ok());
  certs.MakeCertificate("server", "new-ca");
  const auto server = Started({.cert_file = certs.Cert("server"),
                               .key_file = certs.Key("server"),
                               .client_ca_file = certs.Cert("new-ca.kept")});
  const auto connects = [&] {
    grpc::ChannelArguments own;
    own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel(Target(*server), *credentials, own)
        ->WaitForConnected(absl::ToChronoTime(absl::Now() + absl::Seconds(1)));
  };
  EXPECT_FALSE(connects());
  std::filesystem::rename(certs.Cert("new-ca"), certs.Cert("clients"));
  std::filesystem::rename(certs.Key("new-client"), certs.Key("client"));
  std::filesystem::rename(certs.Cert("new-client"), certs.Cert("client"));
  const absl::Time deadline = absl::Now() + absl::Seconds(20);
  bool connected = connects();
  while (!connected && absl::Now() < deadline) connected = connects();
  EXPECT_TRUE(connected);
}

TEST_F(RotationTest, FilesThatCannotBeUsedLeaveTheOldOnesInUseUntilTheyAreGood) {
  const auto server = Start(false);
  certs.MakeCertificate("other", "new-ca");
  std::filesystem::rename(certs.Cert("other"), certs.Cert("server"));  // of another key
  absl::SleepFor(absl::Milliseconds(1500));  // what must not happen would have happened by then
  EXPECT_TRUE(Health(*server, From("old-ca")).ok());
  std::filesystem::rename(certs.Key("other"), certs.Key("server"));
  EXPECT_TRUE(Becomes(true, *server, From("new-ca")));
}

}  // namespace
}  // namespace swarmbell
