// Both programs as processes: a collector that asks for a certificate, a name and a token, and notifiers that
// come without the right one. Both logs say why, the chat hears of it, and nobody hears the token.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "tests/common/grpc/test_certificates.h"
#include "tests/fakes/fake_engine_server.h"
#include "tests/integration/program.h"

namespace swarmbell {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kToken[] = "t0ken-of-the-test";
constexpr char kWrongToken[] = "wr0ng-token-of-the-test";

using Environment = std::map<std::string, std::string>;

class RefusalsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    certs_ = new TestCertificates;
    certs_->MakeAuthority("ca");
    certs_->MakeAuthority("other-ca");
    certs_->MakeCertificate("server", "ca");
    certs_->MakeCertificate("elsewhere", "ca", "DNS:elsewhere.example");
    certs_->MakeCertificate("client", "ca", "DNS:notifier");
    certs_->MakeCertificate("nobody", "ca", "DNS:nobody");
    certs_->MakeCertificate("stranger", "other-ca", "DNS:notifier");
    certs_->MakeExpiredCertificate("expired", "ca");
  }
  static void TearDownTestSuite() { delete certs_; }

  RefusalsTest() { slack_.Answer("/hook", {.body = "ok"}); }

  ~RefusalsTest() override {
    for (const std::string& told : {collector_->Output(), notifier_->Output(), Posted()}) {
      EXPECT_THAT(told, Not(HasSubstr(kToken)));
      EXPECT_THAT(told, Not(HasSubstr(kWrongToken)));
      EXPECT_THAT(told, Not(HasSubstr("PRIVATE KEY")));
    }
    // The libraries' messages are lines of the programs' logs.
    EXPECT_THAT(collector_->Output() + notifier_->Output(), Not(HasSubstr("ssl_transport_security")));
  }

  void StartCollector(const std::string& certificate = "server",
                      Environment environment = {{"SWARMBELL_AUTH_TOKEN", kToken}}) {
    environment.insert({{"SWARMBELL_DOCKER_HOST", "unix:///nowhere/docker.sock"},
                        {"SWARMBELL_LISTEN", "127.0.0.1:0"},
                        {"SWARMBELL_METRICS_LISTEN", "off"},
                        {"SWARMBELL_TLS_CERT", certs_->Cert(certificate)},
                        {"SWARMBELL_TLS_KEY", certs_->Key(certificate)},
                        {"SWARMBELL_TLS_CLIENT_CA", certs_->Cert("ca")},
                        {"SWARMBELL_TLS_CLIENT_NAMES", "notifier"}});
    collector_ = std::make_unique<RunningProgram>(SWARMBELL_COLLECTOR, environment);
  }

  static Environment Presenting(const std::string& name, const std::string& token = kToken) {
    return {{"SWARMBELL_TLS_CA", certs_->Cert("ca")},
            {"SWARMBELL_TLS_CERT", certs_->Cert(name)},
            {"SWARMBELL_TLS_KEY", certs_->Key(name)},
            {"SWARMBELL_AUTH_TOKEN", token}};
  }

  void StartNotifier(Environment environment) {
    environment.insert({{"SWARMBELL_COLLECTORS", "localhost:" + collector_->WaitForField("grpc_port")},
                        {"SWARMBELL_LISTEN", "127.0.0.1:0"},
                        {"SWARMBELL_METRICS_LISTEN", "off"},
                        {"SWARMBELL_GROUPING_WINDOW", "0"},
                        {"SWARMBELL_FEED_DISCONNECTED_AFTER", "1s"},
                        {"SWARMBELL_SLACK_WEBHOOK_URL", slack_.Url("/hook")}});
    notifier_ = std::make_unique<RunningProgram>(SWARMBELL_NOTIFIER, environment);
  }

  std::string Posted() const {
    std::string all;
    for (const FakeRequest& request : slack_.Requests()) all += request.body;
    return all;
  }

  // The notifier's log and the chat tell the one cause, the collector's log the other.
  void ExpectRefused(const std::string& notifier, const std::string& collector) {
    EXPECT_TRUE(notifier_->WaitForOutput(notifier));
    EXPECT_TRUE(collector_->WaitForOutput(collector));
    ASSERT_TRUE(slack_.WaitForRequests("/hook", 1));
    EXPECT_THAT(Posted(), HasSubstr(notifier));
    EXPECT_THAT(notifier_->Output(), Not(HasSubstr("A feed is following")));
  }

  static TestCertificates* certs_;
  FakeEngineServer slack_;
  std::unique_ptr<RunningProgram> collector_, notifier_;
};
TestCertificates* RefusalsTest::certs_ = nullptr;

TEST_F(RefusalsTest, WhoeverHasAllOfItFollows) {
  StartCollector();
  StartNotifier(Presenting("client"));
  EXPECT_TRUE(notifier_->WaitForOutput("A feed is following"));
}

TEST_F(RefusalsTest, WithoutTls) {
  StartCollector();
  StartNotifier({{"SWARMBELL_AUTH_TOKEN", kToken}});
  ExpectRefused("the collector asks for TLS: set tls.ca here", "it does not speak TLS: give it tls.ca");
}

TEST_F(RefusalsTest, WithoutACertificate) {
  StartCollector();
  StartNotifier({{"SWARMBELL_TLS_CA", certs_->Cert("ca")}, {"SWARMBELL_AUTH_TOKEN", kToken}});
  ExpectRefused("the collector asks for a client certificate: set tls.cert and tls.key here",
                "it shows no certificate, and tls.client_ca asks for one");
}

TEST_F(RefusalsTest, ACertificateOfAnotherAuthority) {
  StartCollector();
  StartNotifier(Presenting("stranger"));
  ExpectRefused("tls.cert here was signed by", "has expired or is not signed by tls.client_ca");
}

TEST_F(RefusalsTest, AnExpiredCertificate) {
  StartCollector();
  StartNotifier(Presenting("expired"));
  ExpectRefused("tls.cert here has expired on", "has expired or is not signed by tls.client_ca");
}

TEST_F(RefusalsTest, ACollectorOfAnotherAuthority) {
  StartCollector();
  Environment environment = Presenting("client");
  environment["SWARMBELL_TLS_CA"] = certs_->Cert("other-ca");
  StartNotifier(environment);
  ExpectRefused("the collector's certificate is not trusted",
                "it does not trust the certificate of tls.cert");
}

TEST_F(RefusalsTest, ACollectorOfAnotherName) {
  StartCollector("elsewhere");
  StartNotifier(Presenting("client"));
  ExpectRefused("reach the collector by a name of its certificate", "it does not trust the certificate");
}

TEST_F(RefusalsTest, ANameThatIsNotListed) {
  StartCollector();
  StartNotifier(Presenting("nobody"));
  ExpectRefused("which the server's tls.client_names does not list",
                "A call was refused. peer=ipv4:127.0.0.1");
}

TEST_F(RefusalsTest, WithoutAToken) {
  StartCollector();
  Environment environment = Presenting("client");
  environment.erase("SWARMBELL_AUTH_TOKEN");
  StartNotifier(environment);
  ExpectRefused("the call carries no token", "the call carries no token");
}

TEST_F(RefusalsTest, AWrongToken) {
  StartCollector();
  StartNotifier(Presenting("client", kWrongToken));
  ExpectRefused("the call's token is not the server's", "the call's token is not the server's");
}

// Refused at first; nothing is restarted.
TEST_F(RefusalsTest, ATokenThatBecomesRightIsTaken) {
  StartCollector();
  const std::string token = certs_->Write("token", kWrongToken);
  Environment environment = Presenting("client");
  environment.erase("SWARMBELL_AUTH_TOKEN");
  environment["SWARMBELL_AUTH_TOKEN_FILE"] = token;
  StartNotifier(environment);
  ASSERT_TRUE(collector_->WaitForOutput("the call's token is not the server's"));
  certs_->Write("token", std::string(kToken) + "\n");
  EXPECT_TRUE(notifier_->WaitForOutput("A feed is following"));
}

// The collector takes a new token besides the old one, then only the new one; whoever follows goes on.
TEST_F(RefusalsTest, ATokenIsChangedWithoutAGap) {
  const std::string token = certs_->Write("collectors-token", kToken);
  StartCollector("server", {{"SWARMBELL_AUTH_TOKEN_FILE", token}});
  StartNotifier(Presenting("client"));
  ASSERT_TRUE(notifier_->WaitForOutput("A feed is following"));
  certs_->Write("collectors-token", std::string("next-token\n") + kToken + "\n");
  ASSERT_TRUE(collector_->WaitForOutput("Reloaded the token"));
  const std::unique_ptr<RunningProgram> first = std::move(notifier_);
  StartNotifier(Presenting("client", "next-token"));
  EXPECT_TRUE(notifier_->WaitForOutput("A feed is following"));
  EXPECT_THAT(first->Output(), Not(HasSubstr("A feed is waiting")));
}

}  // namespace
}  // namespace swarmbell
