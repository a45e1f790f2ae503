// The promises of every channel over HTTP, against a real server: what is tried again, how long, in which
// order, and that no error, log line or metric shows the webhook's URL.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <sstream>

#include "notifier/config/receiver_types.h"
#include "notifier/delivery/delivery_log.h"
#include "notifier/delivery/receivers.h"
#include "tests/fakes/fake_engine_server.h"
#include "tests/notifier/pipeline/sample_events.h"

namespace swarmbell {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kBase[] = "/services/T0SECRET/B0SECRET/tokenSECRET";

struct Kind {
  ReceiverType type = ReceiverType::kSlack;
  const char* path = "";  // after the receiver's URL
  const char* content_type = "application/json";
  const char* ok = "ok";
  bool takes_any_body = false;  // of a success
};

class ChannelContractTest : public testing::TestWithParam<Kind> {
 protected:
  ChannelContractTest() {
    DeclareDeliveryMetrics(metrics_);
    auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(logged_);
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("test", sink));
    spdlog::set_level(spdlog::level::trace);
    ReceiverConfig receiver;
    receiver.name = "chat";
    receiver.type = GetParam().type;
    receiver.url = server_.Url(kBase) + (IsBase() ? "" : "?sig=signatureSECRET");
    config_.receivers = {receiver};
    server_.Answer(path_, Ok());
  }

  ~ChannelContractTest() override {
    receivers_.reset();
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("none"));
    EXPECT_THAT(logged_.str(), Not(HasSubstr("SECRET")));
    EXPECT_THAT(metrics_.Render(), Not(HasSubstr("SECRET")));
    for (const DeliveryRecord& record : log_.Newest(100)) EXPECT_THAT(record.error, Not(HasSubstr("SECRET")));
  }

  // True if the URL is an address, to which the channel adds a path.
  static bool IsBase() { return *GetParam().path != '\0'; }

  static FakeAnswer Ok() {
    FakeAnswer answer;
    answer.body = GetParam().ok;
    return answer;
  }

  static FakeAnswer Status(int status) {
    FakeAnswer answer;
    answer.status = status;
    answer.body = "no such hook: tokenSECRET";
    return answer;
  }

  static FakeAnswer Ending(FakeEnding ending) {
    FakeAnswer answer = Ok();
    answer.ending = ending;
    return answer;
  }

  void Start() {
    receivers_ =
        std::make_unique<Receivers>(config_, MessageForm(), std::cout, Clock::Real(), metrics_, log_);
  }

  // Returns its number in the log.
  std::uint64_t Post(const std::string& title) {
    OutgoingGroup message;
    message.group.receiver = "chat";
    message.group.alerts = {
        {SampleEvent(title, v1::RESOURCE_KIND_SERVICE, "web"), "rule", Color::kRed, {"chat"}, title}};
    receivers_->Post(std::move(message));
    return posted_++;
  }

  DeliveryRecord Wait(std::uint64_t number) { return *log_.WaitFinished(number, absl::Seconds(20), {}); }

  // Posts one message whose first answer is `answer`.
  DeliveryRecord PostMeeting(const FakeAnswer& answer) {
    server_.AnswerOnce(path_, answer);
    Start();
    return Wait(Post("Title"));
  }

  const std::string path_ = std::string(kBase) + GetParam().path;
  FakeEngineServer server_;
  NotifierConfig config_;
  std::ostringstream logged_;
  Metrics metrics_;
  DeliveryLog log_;
  std::uint64_t posted_ = 0;
  std::unique_ptr<Receivers> receivers_;
};

TEST_P(ChannelContractTest, PostsJson) {
  Start();
  EXPECT_EQ(Wait(Post("Title")).progress, DeliveryProgress::kAccepted);
  const FakeRequest request = server_.Requests().front();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, path_);
  EXPECT_THAT(request.target, HasSubstr(IsBase() ? GetParam().path : "sig=signatureSECRET"));
  EXPECT_EQ(request.headers.at("content-type"), GetParam().content_type);
  EXPECT_THAT(request.body, HasSubstr("Title"));
}

TEST_P(ChannelContractTest, KeepsItsConnectionAndTheOrder) {
  Start();
  Post("first");
  Post("second");
  Wait(Post("third"));
  ASSERT_EQ(server_.Requests().size(), 3u);
  EXPECT_THAT(server_.Requests()[1].body, HasSubstr("second"));
  EXPECT_THAT(server_.Requests()[2].body, HasSubstr("third"));
  EXPECT_EQ(server_.Connections(), 1u);
}

TEST_P(ChannelContractTest, Retries5xx) {
  const DeliveryRecord record = PostMeeting(Status(503));
  EXPECT_EQ(record.progress, DeliveryProgress::kAccepted);
  EXPECT_EQ(record.attempts, 2u);
}

TEST_P(ChannelContractTest, Retries429AfterTheTimeAsked) {
  FakeAnswer limited = Status(429);
  limited.headers = {{"Retry-After", "1"}};
  const absl::Time before = Clock::Real().Now();
  const DeliveryRecord record = PostMeeting(limited);
  EXPECT_EQ(record.progress, DeliveryProgress::kAccepted);
  EXPECT_EQ(record.attempts, 2u);
  EXPECT_GE(Clock::Real().Now() - before, absl::Seconds(1));
}

TEST_P(ChannelContractTest, RetriesAConnectionThatHangsUp) {
  const DeliveryRecord record = PostMeeting(Ending(FakeEnding::kHangsUp));
  EXPECT_EQ(record.progress, DeliveryProgress::kAccepted);
  EXPECT_GE(record.attempts, 1u);
}

TEST_P(ChannelContractTest, RetriesAnAnswerThatNeverComes) {
  config_.delivery.timeout = absl::Seconds(1);
  const DeliveryRecord record = PostMeeting(Ending(FakeEnding::kNeverAnswers));
  EXPECT_EQ(record.progress, DeliveryProgress::kAccepted);
  EXPECT_EQ(record.attempts, 2u);
}

TEST_P(ChannelContractTest, ARefusedMessageIsFinalAndTheNextGoes) {
  Start();
  for (const int status : {400, 413, 422}) {
    server_.AnswerOnce(path_, Status(status));
    const DeliveryRecord refused = Wait(Post("poison"));
    EXPECT_EQ(refused.progress, DeliveryProgress::kFailed) << status;
    EXPECT_EQ(refused.attempts, 1u) << status;
    EXPECT_THAT(refused.error, HasSubstr(std::to_string(status)));
  }
  EXPECT_EQ(Wait(Post("fine")).progress, DeliveryProgress::kAccepted);
}

TEST_P(ChannelContractTest, WhatAPersonCanMendIsTriedUntilItIsMended) {
  for (const int status : {302, 404}) server_.AnswerOnce(path_, Status(status));
  config_.delivery.give_up_after = absl::Seconds(60);
  Start();
  const DeliveryRecord record = Wait(Post("kept"));
  EXPECT_EQ(record.progress, DeliveryProgress::kAccepted);
  EXPECT_EQ(record.attempts, 3u);
}

TEST_P(ChannelContractTest, APassingFaultWithALongPageIsTriedAgain) {
  for (const int status : {503, 408}) {
    FakeAnswer page = Status(status);
    page.body = std::string(200'000, 'x');
    page.ending = status == 503 ? FakeEnding::kChunked : FakeEnding::kComplete;
    server_.AnswerOnce(path_, page);
  }
  Start();
  const DeliveryRecord record = Wait(Post("kept"));
  EXPECT_EQ(record.progress, DeliveryProgress::kAccepted);
  EXPECT_EQ(record.attempts, 3u);
}

TEST_P(ChannelContractTest, ASuccessWhoseBodyBreaksOffIsNotPostedAgain) {
  Start();
  for (const FakeEnding ending : {FakeEnding::kTruncated, FakeEnding::kChunkedCut}) {
    server_.AnswerOnce(path_, Ending(ending));
    const DeliveryRecord record = Wait(Post("Title"));
    EXPECT_EQ(record.progress, DeliveryProgress::kAccepted);
    EXPECT_EQ(record.attempts, 1u);
  }
}

TEST_P(ChannelContractTest, ASuccessWhoseBodyNeverEndsIsNotPostedAgain) {
  config_.delivery.timeout = absl::Seconds(1);
  const DeliveryRecord record = PostMeeting(Ending(FakeEnding::kHeadersOnly));
  EXPECT_EQ(record.progress, DeliveryProgress::kAccepted);
  EXPECT_EQ(record.attempts, 1u);
}

TEST_P(ChannelContractTest, AnUnknownBodyOfASuccessIsAcceptedWhereNoneIsPromised) {
  FakeAnswer garbage = Ok();
  garbage.body = std::string("\0\xff tokenSECRET", 14);
  config_.delivery.give_up_after = absl::ZeroDuration();
  const DeliveryRecord record = PostMeeting(garbage);
  EXPECT_EQ(record.progress,
            GetParam().takes_any_body ? DeliveryProgress::kAccepted : DeliveryProgress::kFailed);
  EXPECT_EQ(record.attempts, 1u);
}

TEST_P(ChannelContractTest, ANoServerIsTriedUntilItIsGivenUp) {
  config_.receivers[0].url = "http://127.0.0.1:1" + path_;
  config_.delivery.give_up_after = absl::Milliseconds(1);
  Start();
  const DeliveryRecord record = Wait(Post("Title"));
  EXPECT_EQ(record.progress, DeliveryProgress::kFailed);
  EXPECT_THAT(record.error, HasSubstr("given up"));
  EXPECT_THAT(record.error, HasSubstr("chat"));
}

TEST_P(ChannelContractTest, WhatIsQueuedForAUrlThatCannotBeUsedGoesToTheNextOne) {
  const std::string good = std::exchange(config_.receivers[0].url, "gopher://SECRET");
  Start();
  const std::uint64_t number = Post("Title");
  config_.receivers[0].url = good;
  receivers_->Configure(config_, MessageForm());
  EXPECT_EQ(Wait(number).progress, DeliveryProgress::kAccepted);
}

INSTANTIATE_TEST_SUITE_P(
    Channels, ChannelContractTest,
    testing::Values(
        Kind{.type = ReceiverType::kSlack}, Kind{.type = ReceiverType::kTeams, .takes_any_body = true},
        Kind{.type = ReceiverType::kWebhook,
             .content_type = "application/cloudevents+json",
             .takes_any_body = true},
        Kind{.type = ReceiverType::kAlertmanager, .path = "/api/v2/alerts", .takes_any_body = true},
        Kind{.type = ReceiverType::kGrafana, .path = "/api/annotations", .ok = R"({"id":1})"}),
    [](const auto& test) { return ReceiverTypeName(test.param.type); });

}  // namespace
}  // namespace swarmbell
