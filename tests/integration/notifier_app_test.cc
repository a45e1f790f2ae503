// A whole notifier between real change feeds and webhooks that only listen.
#include "notifier/app/notifier_app.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <limits>
#include <sstream>

#include "common/grpc/auth.h"
#include "common/grpc/grpc_server.h"
#include "common/http/http_client.h"
#include "notifier/app/commands.h"
#include "notifier/config/load.h"
#include "tests/fakes/fake_engine_server.h"
#include "tests/notifier/feed/collected.h"
#include "tests/notifier/feed/test_collector.h"
#include "tests/notifier/pipeline/sample_events.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

v1::ChangeEvent Appeared(const std::string& id, const std::string& name) {
  v1::ChangeEvent event = SampleEvent(id, v1::RESOURCE_KIND_SERVICE, name);
  event.set_action(v1::ACTION_CREATED);
  *event.mutable_observe_time() = ToProto(Clock::Real().Now());
  event.mutable_service_appeared()->mutable_service()->set_image("web:1");
  return event;
}

class NotifierAppTest : public testing::Test {
 protected:
  NotifierAppTest() {
    spdlog::set_default_logger(
        std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(logged_)));
    spdlog::set_level(spdlog::level::trace);
    FakeAnswer ok;
    ok.body = "ok";
    webhooks_.Answer("/slack/SECRET", ok);
    webhooks_.Answer("/teams/SECRET", ok);
    environment_ = {{"SWARMBELL_COLLECTORS", one_.Target() + "," + two_.Target()},
                    {"SWARMBELL_SLACK_WEBHOOK_URL", webhooks_.Url("/slack/SECRET")},
                    {"SWARMBELL_TEAMS_WEBHOOK_URL", webhooks_.Url("/teams/SECRET")},
                    {"SWARMBELL_LISTEN", "127.0.0.1:0"},
                    {"SWARMBELL_METRICS_LISTEN", "127.0.0.1:0"},
                    {"SWARMBELL_GROUPING_WINDOW", "0"}};
  }

  ~NotifierAppTest() override {
    app_.reset();
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("none"));
    EXPECT_THAT(logged_.str(), Not(HasSubstr("SECRET")));
  }

  void Start() {
    const auto loaded = LoadNotifierConfig({"", environment_});
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    auto app = NotifierApp::Start(loaded->config, console_);
    ASSERT_TRUE(app.ok()) << app.status();
    app_ = *std::move(app);
    stub_ = v1::NotifierService::NewStub(grpc::CreateChannel(Target(), grpc::InsecureChannelCredentials()));
  }

  std::string Target() const { return absl::StrCat("127.0.0.1:", app_->Port()); }

  void Reload() {
    const auto loaded = LoadNotifierConfig({"", environment_});
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    const absl::Status status = app_->Reload(loaded->config);
    ASSERT_TRUE(status.ok()) << status;
  }

  bool Follows(std::size_t count) {
    return Eventually([&] { return app_->Following() == count; });
  }

  void Happens(const v1::ChangeEvent& event) {
    first_log_.Append({event});
    second_log_.Append({event});
  }

  std::vector<std::string> Posted(const std::string& path) {
    std::vector<std::string> bodies;
    for (const FakeRequest& request : webhooks_.Requests()) {
      if (request.path == path) bodies.push_back(request.body);
    }
    return bodies;
  }

  std::string Metric(const std::string& name) {
    HttpRequest request;
    request.url = absl::StrCat("http://127.0.0.1:", app_->MetricsPort(), "/metrics");
    const auto answer = HttpClient().Send(request);
    if (!answer.ok()) return "";
    const std::size_t at = answer->body.find("\n" + name + "{");
    return at == std::string::npos ? "" : answer->body.substr(at + 1, answer->body.find('\n', at + 1) - at);
  }

  absl::Duration TimeToEnd() {
    const auto before = std::chrono::steady_clock::now();
    app_.reset();
    return absl::FromChrono(std::chrono::steady_clock::now() - before);
  }

  MemoryChangeLog first_log_;
  MemoryChangeLog second_log_;
  TestCollector one_{first_log_};
  TestCollector two_{second_log_};
  FakeEngineServer webhooks_;
  std::map<std::string, std::string> environment_;
  std::ostringstream logged_;
  std::ostringstream console_;
  std::unique_ptr<NotifierApp> app_;
  std::unique_ptr<v1::NotifierService::Stub> stub_;
};

TEST_F(NotifierAppTest, AChangeThatTwoCollectorsSawRingsOnceInEachChat) {
  Start();
  ASSERT_TRUE(Follows(2));
  Happens(Appeared("a", "shop_web"));
  Happens(Appeared("b", "shop_api"));
  ASSERT_TRUE(webhooks_.WaitForRequests("/slack/SECRET", 2));
  ASSERT_TRUE(webhooks_.WaitForRequests("/teams/SECRET", 2));
  app_.reset();
  for (const char* path : {"/slack/SECRET", "/teams/SECRET"}) {
    EXPECT_THAT(Posted(path), ElementsAre(HasSubstr("shop_web"), HasSubstr("shop_api")));
  }
}

TEST_F(NotifierAppTest, TitlesNameTheSwarmOnceTwoAreFollowed) {
  v1::ChangeEvent in_eu = Appeared("a", "shop_web");
  in_eu.mutable_cluster()->set_name("prod-eu");
  v1::ChangeEvent in_us = Appeared("b", "shop_api");
  in_us.mutable_cluster()->set_id("us");
  in_us.mutable_cluster()->set_name("prod-us");
  Start();
  ASSERT_TRUE(Follows(2));
  first_log_.Append({in_eu});
  ASSERT_TRUE(webhooks_.WaitForRequests("/slack/SECRET", 1));
  second_log_.Append({in_us});
  ASSERT_TRUE(webhooks_.WaitForRequests("/slack/SECRET", 2));
  app_.reset();
  EXPECT_THAT(Posted("/slack/SECRET"),
              ElementsAre(Not(HasSubstr("prod-eu · Service")), HasSubstr("prod-us · Service shop_api")));
}

TEST_F(NotifierAppTest, WhatIsQueuedGoesToTheNewUrlOfAReceiverThatStays) {
  FakeAnswer busy;
  busy.status = 503;
  webhooks_.Answer("/slack/SECRET", busy);
  FakeAnswer ok;
  ok.body = "ok";
  webhooks_.Answer("/slack/NEW-SECRET", ok);
  Start();
  ASSERT_TRUE(Follows(2));
  Happens(Appeared("a", "shop_web"));
  ASSERT_TRUE(webhooks_.WaitForRequests("/slack/SECRET", 1));
  environment_["SWARMBELL_SLACK_WEBHOOK_URL"] = webhooks_.Url("/slack/NEW-SECRET");
  Reload();
  ASSERT_TRUE(webhooks_.WaitForRequests("/slack/NEW-SECRET", 1));
  EXPECT_THAT(Posted("/slack/NEW-SECRET"), ElementsAre(HasSubstr("shop_web")));
}

TEST_F(NotifierAppTest, AReloadChangesRulesReceiversAndTitlesAndNothingElse) {
  Start();
  ASSERT_TRUE(Follows(2));
  Happens(Appeared("a", "shop_web"));
  ASSERT_TRUE(webhooks_.WaitForRequests("/slack/SECRET", 1));
  ASSERT_TRUE(webhooks_.WaitForRequests("/teams/SECRET", 1));
  environment_.erase("SWARMBELL_TEAMS_WEBHOOK_URL");
  environment_["SWARMBELL_CONFIG_YAML"] =
      "rules: [{name: service-appeared, title: 'Hello {name}'}]\n"
      "mute: [{name: quiet, match: {name: ['quiet*']}}]";
  Reload();
  EXPECT_EQ(app_->Following(), 2U);
  Happens(Appeared("b", "quiet_api"));
  Happens(Appeared("c", "shop_api"));
  ASSERT_TRUE(webhooks_.WaitForRequests("/slack/SECRET", 2));
  EXPECT_THAT(Posted("/slack/SECRET"), ElementsAre(HasSubstr("shop_web"), HasSubstr("Hello shop_api")));
  EXPECT_THAT(Posted("/teams/SECRET"), SizeIs(1));
}

// One of the notifier's commands, with the configuration of the running one.
std::pair<int, std::string> RunNotifierCommand(const std::string& target,
                                               const std::vector<const char*>& flags) {
  const auto loaded =
      LoadNotifierConfig({"", {{"SWARMBELL_LISTEN", target}, {"SWARMBELL_AUTH_TOKEN", "token-SECRET"}}});
  EXPECT_TRUE(loaded.ok()) << loaded.status();
  std::vector<const char*> arguments = {"swarmbell-notifier"};
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  const auto line = CommandLine::Parse(static_cast<int>(arguments.size()), arguments.data(), CommandFlags());
  EXPECT_TRUE(line.ok()) << line.status();
  std::ostringstream out;
  const int code = RunCommand(*line, loaded->config, out).value_or(-1);
  return {code, out.str()};
}

TEST_F(NotifierAppTest, ASilenceByTheCommandLineSurvivesARestartAndIsSummedUp) {
  environment_["SWARMBELL_AUTH_TOKEN"] = "token-SECRET";
  Start();
  // The collectors of the fixture want no token, and ignore it.
  ASSERT_TRUE(Follows(2));
  const auto begun = RunNotifierCommand(
      Target(), {"--silence", "name=shop_*", "--for", "1h", "--because", "deploying", "--by", "alice"});
  EXPECT_EQ(begun.first, 0);
  const std::string id = begun.second.substr(0, 8);
  ASSERT_TRUE(webhooks_.WaitForRequests("/slack/SECRET", 1));
  Happens(Appeared("a", "shop_web"));
  ASSERT_TRUE(Eventually([&] {
    return Metric("swarmbell_silenced_changes_total") ==
           "swarmbell_silenced_changes_total{rule=\"service-appeared\",color=\"green\"} 1\n";
  }));
  app_.reset();
  Start();
  ASSERT_TRUE(Follows(2));
  ASSERT_TRUE(Eventually([&] {
    return RunNotifierCommand(Target(), {"--silences"}).second.find("(1 alert not posted)") !=
           std::string::npos;
  }));
  Happens(Appeared("b", "shop_api"));
  Happens(Appeared("c", "blog_web"));
  ASSERT_TRUE(webhooks_.WaitForRequests("/slack/SECRET", 2));
  const auto ended = RunNotifierCommand(Target(), {"--unsilence", id.c_str(), "--by", "bob"});
  EXPECT_EQ(ended.first, 0);
  EXPECT_THAT(ended.second, HasSubstr("Not posted: 2 alerts;"));
  ASSERT_TRUE(webhooks_.WaitForRequests("/slack/SECRET", 3));
  EXPECT_EQ(RunNotifierCommand(Target(), {"--silences"}).second, "No silence is in force.\n");
  EXPECT_EQ(RunNotifierCommand(Target(), {"--unsilence", id.c_str()}).first, kExitFailure);
  app_.reset();
  const auto posted = Posted("/slack/SECRET");
  ASSERT_THAT(posted, SizeIs(3));
  EXPECT_THAT(posted[0], testing::AllOf(HasSubstr("alice"), HasSubstr("deploying"), HasSubstr("1 hour")));
  EXPECT_THAT(posted[1], HasSubstr("blog_web"));
  EXPECT_THAT(posted[2], testing::AllOf(HasSubstr("bob"), HasSubstr("shop_web"), HasSubstr("shop_api")));
}

TEST_F(NotifierAppTest, SilencesNeedTheToken) {
  environment_["SWARMBELL_AUTH_TOKEN"] = "token-SECRET";
  Start();
  grpc::ClientContext begin;
  v1::SilenceResponse begun;
  EXPECT_EQ(stub_->Silence(&begin, {}, &begun).error_code(), grpc::StatusCode::UNAUTHENTICATED);
  grpc::ClientContext list;
  v1::ListSilencesResponse listed;
  EXPECT_EQ(stub_->ListSilences(&list, {}, &listed).error_code(), grpc::StatusCode::UNAUTHENTICATED);
  grpc::ClientContext end;
  v1::UnsilenceResponse ended;
  EXPECT_EQ(stub_->Unsilence(&end, {}, &ended).error_code(), grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(NotifierAppTest, ASilenceThatIsWrongSaysWhatToWrite) {
  Start();
  const auto ask = [&](const v1::SilenceRequest& request) {
    grpc::ClientContext context;
    v1::SilenceResponse response;
    return stub_->Silence(&context, request, &response);
  };
  v1::SilenceRequest request;
  request.set_match("stak=shop");
  request.set_by("alice");
  request.mutable_duration()->set_seconds(60);
  EXPECT_EQ(ask(request).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(ask(request).error_message(), HasSubstr("did you mean \"stack\"?"));
  request.set_match("stack=shop");
  request.mutable_duration()->set_seconds(std::numeric_limits<std::int64_t>::max());
  EXPECT_THAT(ask(request).error_message(), HasSubstr("30 days"));
  request.mutable_duration()->set_seconds(std::numeric_limits<std::int64_t>::min());
  EXPECT_THAT(ask(request).error_message(), HasSubstr("30 days"));
}

TEST_F(NotifierAppTest, AReloadPutsAnotherTokenInForce) {
  environment_["SWARMBELL_AUTH_TOKEN"] = "old-SECRET";
  Start();
  environment_["SWARMBELL_AUTH_TOKEN"] = "new-SECRET";
  Reload();
  const auto ask = [&](const char* token) {
    grpc::ClientContext context;
    AddAuthToken(context, token);
    v1::ListDeliveriesResponse response;
    return stub_->ListDeliveries(&context, {}, &response).error_code();
  };
  EXPECT_EQ(ask("old-SECRET"), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(ask("new-SECRET"), grpc::StatusCode::OK);
}

TEST_F(NotifierAppTest, AnEndPostsWhatWaitsForItsWindow) {
  environment_["SWARMBELL_GROUPING_WINDOW"] = "30s";
  Start();
  ASSERT_TRUE(Follows(2));
  Happens(Appeared("a", "shop_web"));
  ASSERT_TRUE(Eventually([&] { return Metric("swarmbell_alerts_total").find("} 1") != std::string::npos; }));
  EXPECT_THAT(Posted("/slack/SECRET"), IsEmpty());
  EXPECT_LT(TimeToEnd(), absl::Seconds(5));
  EXPECT_THAT(Posted("/slack/SECRET"), ElementsAre(HasSubstr("shop_web")));
  EXPECT_THAT(Posted("/teams/SECRET"), ElementsAre(HasSubstr("shop_web")));
}

TEST_F(NotifierAppTest, AnEndDoesNotWaitForAWebhookThatHangs) {
  FakeAnswer hanging;
  hanging.ending = FakeEnding::kNeverAnswers;
  webhooks_.Answer("/slack/SECRET", hanging);
  Start();
  ASSERT_TRUE(Follows(2));
  Happens(Appeared("a", "shop_web"));
  ASSERT_TRUE(webhooks_.WaitForRequests("/slack/SECRET", 1));
  ASSERT_TRUE(webhooks_.WaitForRequests("/teams/SECRET", 1));
  EXPECT_LT(TimeToEnd(), absl::Seconds(5));
  EXPECT_THAT(logged_.str(), HasSubstr("outcome=lost"));
}

TEST_F(NotifierAppTest, IsHealthyOnceACollectorIsReached) {
  environment_["SWARMBELL_COLLECTORS"] = "127.0.0.1:1";
  Start();
  EXPECT_EQ(CheckHealth(Target(), {}, absl::Seconds(5)).code(), absl::StatusCode::kFailedPrecondition);
  app_.reset();
  environment_["SWARMBELL_COLLECTORS"] = one_.Target();
  Start();
  ASSERT_TRUE(Follows(1));
  EXPECT_TRUE(Eventually([&] { return CheckHealth(Target(), {}, absl::Seconds(5)).ok(); }));
}

TEST_F(NotifierAppTest, ACrashLoopIsOverOnlyInASwarmThatIsRead) {
  const absl::Time now = Clock::Real().Now();
  MemoryChangeLog log;
  const TestCollector reader(log, 0, "127.0.0.1", "", nullptr, now + absl::Hours(1));  // of swarm1 alone
  environment_["SWARMBELL_COLLECTORS"] = reader.Target();
  environment_["SWARMBELL_CRASH_LOOP_CALM"] = "1s";
  environment_["SWARMBELL_COLORS"] = "green";
  Start();
  ASSERT_TRUE(Follows(1));
  for (const char* swarm : {"swarm2", "swarm1"}) {
    for (const char* id : {"1", "2", "3"}) {
      v1::ChangeEvent failure = TaskFailure(absl::StrCat(swarm, id), absl::StrCat("web-of-", swarm), now);
      failure.mutable_cluster()->set_id(swarm);
      log.Append({failure});
    }
  }
  ASSERT_TRUE(webhooks_.WaitForRequests("/slack/SECRET", 1));
  app_.reset();
  EXPECT_THAT(Posted("/slack/SECRET"), ElementsAre(HasSubstr("web-of-swarm1")));
}

TEST_F(NotifierAppTest, PreviewIsExactlyWhatIsPosted) {
  Start();
  ASSERT_TRUE(Follows(2));
  const v1::ChangeEvent event = Appeared("a", "shop_web");
  grpc::ClientContext context;
  v1::PreviewRequest request;
  *request.mutable_event() = event;
  v1::PreviewResponse response;
  ASSERT_TRUE(stub_->Preview(&context, request, &response).ok());
  EXPECT_EQ(response.color(), "green");
  EXPECT_THAT(response.rule(), Not(IsEmpty()));
  ASSERT_THAT(response.messages(), SizeIs(2));
  Happens(event);
  ASSERT_TRUE(webhooks_.WaitForRequests("/slack/SECRET", 1));
  ASSERT_TRUE(webhooks_.WaitForRequests("/teams/SECRET", 1));
  EXPECT_THAT(Posted("/slack/SECRET"), ElementsAre(response.messages(0).body()));
  EXPECT_THAT(Posted("/teams/SECRET"), ElementsAre(response.messages(1).body()));
}

TEST_F(NotifierAppTest, PreviewSaysWhyNothingWouldBePosted) {
  environment_["SWARMBELL_COLORS"] = "red";
  Start();
  grpc::ClientContext context;
  v1::PreviewRequest request;
  *request.mutable_event() = Appeared("a", "shop_web");
  v1::PreviewResponse response;
  ASSERT_TRUE(stub_->Preview(&context, request, &response).ok());
  EXPECT_THAT(response.suppressed_reason(), Not(IsEmpty()));
  EXPECT_THAT(response.messages(), IsEmpty());
  grpc::ClientContext second;
  EXPECT_EQ(stub_->Preview(&second, v1::PreviewRequest(), &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(NotifierAppTest, ATestAlertTellsWhatBecameOfIt) {
  FakeAnswer gone;
  gone.status = 404;
  webhooks_.Answer("/teams/SECRET", gone);
  Start();
  grpc::ClientContext context;
  v1::SendTestResponse response;
  ASSERT_TRUE(stub_->SendTest(&context, v1::SendTestRequest(), &response).ok());
  ASSERT_THAT(response.deliveries(), SizeIs(2));
  EXPECT_EQ(response.deliveries(0).state(), v1::DELIVERY_STATE_ACCEPTED);
  EXPECT_EQ(response.deliveries(1).state(), v1::DELIVERY_STATE_FAILED);
  EXPECT_THAT(response.deliveries(1).error(), HasSubstr("404"));
  EXPECT_THAT(response.DebugString(), Not(HasSubstr("SECRET")));

  grpc::ClientContext listing;
  v1::ListDeliveriesRequest newest;
  newest.set_page_size(1);
  v1::ListDeliveriesResponse listed;
  ASSERT_TRUE(stub_->ListDeliveries(&listing, newest, &listed).ok());
  ASSERT_THAT(listed.deliveries(), SizeIs(1));
  EXPECT_EQ(listed.deliveries(0).receiver(), "teams");

  grpc::ClientContext unknown;
  v1::SendTestRequest nobody;
  nobody.set_receiver("nobody");
  EXPECT_EQ(stub_->SendTest(&unknown, nobody, &response).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(NotifierAppTest, TheTokenGuardsItsServiceToo) {
  environment_["SWARMBELL_AUTH_TOKEN"] = "token";
  Start();
  v1::ListDeliveriesResponse response;
  grpc::ClientContext without;
  EXPECT_EQ(stub_->ListDeliveries(&without, {}, &response).error_code(), grpc::StatusCode::UNAUTHENTICATED);
  grpc::ClientContext with;
  AddAuthToken(with, "token");
  EXPECT_TRUE(stub_->ListDeliveries(&with, {}, &response).ok());
}

}  // namespace
}  // namespace swarmbell
