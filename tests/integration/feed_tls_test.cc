// The change feed over TLS and mutual TLS, and what a client finds without knowing the protos.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "common/grpc/grpc_server.h"
#include "grpcpp/create_channel.h"
#include "tests/collector/stream/feed_harness.h"
#include "tests/common/grpc/raw_reflection.h"
#include "tests/common/grpc/test_certificates.h"

namespace swarmbell {
namespace {

using testing::HasSubstr;

class FeedTlsTest : public testing::Test {
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

  static FeedSetup Setup(bool mutual) {
    FeedSetup setup{.feed = QuietFeed()};
    setup.tls.cert_file = certs_->Cert("server");
    setup.tls.key_file = certs_->Key("server");
    if (mutual) setup.tls.client_ca_file = certs_->Cert("ca");
    return setup;
  }
  static ChannelTls Presenting(const std::string& name) {
    return {.ca_file = certs_->Cert("ca"), .cert_file = certs_->Cert(name), .key_file = certs_->Key(name)};
  }
  static grpc::StatusCode CodeFor(const FeedHarness& harness, const ChannelTls& tls) {
    const auto stub = harness.Stub(tls);
    return FeedClient(*stub, FromNow()).Finish().error_code();
  }
  static void ExpectToFollow(FeedHarness& harness, const ChannelTls& tls) {
    const auto stub = harness.Stub(tls);
    FeedClient client(*stub, FromNow());
    client.Open();
    harness.log.Append(NodeEvents("a", 1));
    EXPECT_EQ(client.NextIds(), "a0");
  }

  static TestCertificates* certs_;
};
TestCertificates* FeedTlsTest::certs_ = nullptr;

TEST_F(FeedTlsTest, FollowsOverTls) {
  FeedHarness harness(Setup(false));
  ExpectToFollow(harness, {.ca_file = certs_->Cert("ca")});
}

TEST_F(FeedTlsTest, AServerOfAnotherAuthorityIsNotTrusted) {
  FeedHarness harness(Setup(false));
  EXPECT_EQ(CodeFor(harness, {.ca_file = certs_->Cert("other-ca")}), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(CodeFor(harness, {}), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(FeedTlsTest, FollowsOverMutualTls) {
  FeedHarness harness(Setup(true));
  ExpectToFollow(harness, Presenting("client"));
}

TEST_F(FeedTlsTest, MutualTlsRefusesThoseWithoutTheRightCertificate) {
  FeedHarness harness(Setup(true));
  EXPECT_EQ(CodeFor(harness, {.ca_file = certs_->Cert("ca")}), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(CodeFor(harness, Presenting("stranger")), grpc::StatusCode::UNAVAILABLE);
  EXPECT_FALSE(CheckHealth(harness.Target(), {.ca_file = certs_->Cert("ca")}, absl::Seconds(10)).ok());
}

TEST_F(FeedTlsTest, OnlyListedNamesMayCall) {
  FeedSetup setup = Setup(true);
  setup.feed.client_names = ClientNames({"ops-*", "NOTIFIER.example"});
  FeedHarness harness(setup);
  certs_->MakeCertificate("named", "ca", "DNS:notifier.example");
  certs_->MakeCertificate("ops-1", "ca", "");  // only a common name
  ExpectToFollow(harness, Presenting("named"));
  ExpectToFollow(harness, Presenting("ops-1"));

  const auto stub = harness.Stub(Presenting("client"));
  const grpc::Status refused = FeedClient(*stub, FromNow()).Finish();
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(refused.error_message(), HasSubstr("\"localhost\", \"127.0.0.1\""));
  EXPECT_THAT(refused.error_message(), HasSubstr("tls.client_names"));

  setup.feed.client_names.Set({"localhost"});
  ExpectToFollow(harness, Presenting("client"));
}

TEST(FeedReflectionTest, TheFeedIsDescribedAndHealthyWithoutAToken) {
  FeedSetup setup{.feed = QuietFeed()};
  setup.feed.auth_token = "s3cret";
  FeedHarness harness(setup);
  EXPECT_TRUE(CheckHealth(harness.Target(), {}, absl::Seconds(10)).ok());
  const auto channel = grpc::CreateChannel(harness.Target(), grpc::InsecureChannelCredentials());
  EXPECT_THAT(ReflectServices(channel), HasSubstr("swarmbell.v1.ChangeFeedService"));
  EXPECT_THAT(ReflectFileWithSymbol(channel, "swarmbell.v1.ChangeFeedService"),
              HasSubstr("SubscribeRequest"));
}

}  // namespace
}  // namespace swarmbell
