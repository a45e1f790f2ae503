#include "common/grpc/credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/common/grpc/test_certificates.h"

namespace swarmbell {
namespace {

using testing::HasSubstr;

class CredentialsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    certs_ = new TestCertificates;
    certs_->MakeAuthority("ca");
    certs_->MakeCertificate("one", "ca");
    certs_->MakeCertificate("two", "ca");
  }
  static void TearDownTestSuite() { delete certs_; }

  static std::string Why(const absl::Status& status) { return std::string(status.message()); }

  static TestCertificates* certs_;
};
TestCertificates* CredentialsTest::certs_ = nullptr;

TEST_F(CredentialsTest, NothingGivenIsPlaintext) {
  EXPECT_TRUE(MakeServerCredentials({}).ok());
  EXPECT_TRUE(MakeChannelCredentials({}).ok());
}

TEST_F(CredentialsTest, GoodFilesAreTaken) {
  EXPECT_TRUE(MakeServerCredentials({.cert_file = certs_->Cert("one"), .key_file = certs_->Key("one")}).ok());
  EXPECT_TRUE(MakeServerCredentials({.cert_file = certs_->Cert("one"),
                                     .key_file = certs_->Key("one"),
                                     .client_ca_file = certs_->Cert("ca")})
                  .ok());
  EXPECT_TRUE(MakeChannelCredentials({.enabled = true}).ok());
  EXPECT_TRUE(
      MakeChannelCredentials(
          {.ca_file = certs_->Cert("ca"), .cert_file = certs_->Cert("one"), .key_file = certs_->Key("one")})
          .ok());
}

TEST_F(CredentialsTest, AnIncompleteSetIsRefused) {
  for (const ServerTls& tls :
       {ServerTls{.cert_file = certs_->Cert("one")}, ServerTls{.key_file = certs_->Key("one")},
        ServerTls{.client_ca_file = certs_->Cert("ca")}}) {
    EXPECT_TRUE(absl::IsInvalidArgument(MakeServerCredentials(tls).status()));
  }
  EXPECT_TRUE(absl::IsInvalidArgument(MakeChannelCredentials({.cert_file = certs_->Cert("one")}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(MakeChannelCredentials({.key_file = certs_->Key("one")}).status()));
}

TEST_F(CredentialsTest, AMissingFileIsNamed) {
  const absl::Status cert =
      MakeServerCredentials({.cert_file = "/no/such.pem", .key_file = certs_->Key("one")}).status();
  EXPECT_TRUE(absl::IsNotFound(cert));
  EXPECT_THAT(Why(cert), HasSubstr("TLS certificate file \"/no/such.pem\": No such file or directory"));
  const absl::Status ca = MakeChannelCredentials({.ca_file = "/no/ca.pem"}).status();
  EXPECT_TRUE(absl::IsNotFound(ca));
  EXPECT_THAT(Why(ca), HasSubstr("TLS CA file \"/no/ca.pem\""));
}

TEST_F(CredentialsTest, AFileThatIsNoPemIsNamedAndNotShown) {
  const std::string file = certs_->Write("junk.pem", "hunter2");
  for (const absl::Status& status :
       {MakeServerCredentials({.cert_file = file, .key_file = certs_->Key("one")}).status(),
        MakeServerCredentials({.cert_file = certs_->Cert("one"), .key_file = file}).status(),
        MakeChannelCredentials({.ca_file = file}).status()}) {
    EXPECT_TRUE(absl::IsInvalidArgument(status));
    EXPECT_THAT(Why(status), HasSubstr(file));
    EXPECT_THAT(Why(status), testing::Not(HasSubstr("hunter2")));
  }
}

TEST_F(CredentialsTest, AKeyOfAnotherCertificateIsRefused) {
  const absl::Status status =
      MakeServerCredentials({.cert_file = certs_->Cert("one"), .key_file = certs_->Key("two")}).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(Why(status), HasSubstr(certs_->Key("two")));
  EXPECT_THAT(Why(status), HasSubstr("does not belong"));
}

}  // namespace
}  // namespace swarmbell
