#include "notifier/chat/webhook/signed_webhook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nlohmann/json.hpp"
#include "notifier/chat/webhook.h"
#include "notifier/chat/webhook/cloud_event.h"
#include "notifier/chat/webhook/signature.h"
#include "notifier/config/signing.h"
#include "tests/notifier/chat/notices.h"

namespace swarmbell {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

json Event(const std::vector<Alert>& alerts) {
  const std::vector<std::string> bodies = RenderEach(RenderCloudEvent, alerts);
  EXPECT_EQ(bodies.size(), 1U);
  return json::parse(bodies.front());
}

Alert Paused() { return AlertOf(OfShop(UpdateState("paused", "web", v1::UPDATE_STATE_PAUSED)), Color::kRed); }

Alert CompletedLater() {
  v1::ChangeEvent event =
      OfShop(UpdateState("completed", "web", v1::UPDATE_STATE_COMPLETED), absl::Minutes(5));
  event.add_ended_alarm_keys("swarm1/web/run");
  return AlertOf(event, Color::kGreen);
}

TEST(RenderCloudEvent, HasTheMembersThatCloudEventsRequires) {
  const json event = Event({Paused()});
  EXPECT_EQ(event["specversion"], "1.0");
  EXPECT_EQ(event["source"], "urn:swarmbell:swarm1");
  EXPECT_EQ(event["type"], "swarmbell.alert.open");
  EXPECT_EQ(event["subject"], "service/shop_api");
  EXPECT_EQ(event["time"], "2023-11-14T22:13:20Z");
  EXPECT_THAT(event["id"].get<std::string>(), testing::MatchesRegex("msg_[0-9a-f]{32}"));
}

TEST(RenderCloudEvent, AnAlarmAndItsEndHaveOneKeyAndDifferentIdentifiers) {
  const json open = Event({Paused()});
  const json resolved = Event({CompletedLater()});
  EXPECT_EQ(open["data"]["status"], "open");
  EXPECT_EQ(resolved["data"]["status"], "resolved");
  EXPECT_EQ(open["data"]["key"], resolved["data"]["key"]);
  EXPECT_NE(open["id"], resolved["id"]);
  EXPECT_EQ(resolved["data"]["ended"], "2023-11-14T22:18:20Z");
  // Rendered again, as after a restart, it is the same event.
  EXPECT_EQ(open["id"], Event({Paused()})["id"]);
}

TEST(RenderCloudEvent, TellsWhatACardTells) {
  v1::ChangeEvent change = OfShop(ServiceChange("changed", "web"));
  v1::FieldChange& field = *change.mutable_service_task_template_changed()->add_fields();
  field.set_group("Environment");
  field.set_name("LOG_LEVEL");
  field.set_previous_value("info");
  field.set_current_value("debug");
  const json data = Event({AlertOf(change, Color::kYellow)})["data"];
  EXPECT_EQ(data["status"], "info");
  EXPECT_EQ(data["color"], "yellow");
  EXPECT_EQ(data["swarm"], "prod-eu");
  EXPECT_EQ(data["stack"], "shop");
  EXPECT_THAT(data["title"].get<std::string>(), HasSubstr("shop_api"));
  EXPECT_THAT(data["fields"].dump(), HasSubstr(R"("before":"info")"));
  EXPECT_EQ(data["changes"][0]["eventId"], "changed");
}

TEST(RenderCloudEvent, StaysWithinItsBound) {
  std::vector<Alert> alerts;
  for (int i = 0; i < 3000; ++i) {
    alerts.push_back(AlertOf(OfShop(ServiceChange(std::string(200, 'x') + std::to_string(i), "web"))));
  }
  EXPECT_LE(RenderEach(RenderCloudEvent, alerts).front().size(), std::size_t{256} << 10);
}

TEST(RenderCloudEvent, ATestSaysSo) {
  const json event = json::parse(RenderTest(RenderCloudEvent));
  EXPECT_EQ(event["type"], "swarmbell.alert.test");
  EXPECT_EQ(event["source"], "urn:swarmbell:notifier");
}

TEST(CloudEventId, IsThatOfTheBody) {
  const std::string body = RenderEach(RenderCloudEvent, {Paused()}).front();
  EXPECT_EQ(CloudEventId(body), json::parse(body)["id"]);
  EXPECT_EQ(CloudEventId("no JSON"), CloudEventId("no JSON"));
  EXPECT_THAT(CloudEventId("no JSON"), Not(HasSubstr(".")));
}

// The example of the specification.
TEST(SignaturesOf, IsWhatStandardWebhooksSays) {
  const std::vector<std::string> keys = SigningKeys("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  ASSERT_EQ(keys.size(), 1U);
  EXPECT_EQ(SignaturesOf(keys, "msg_p5jXN8AQM9LWM0D4loKWxJek", absl::FromUnixSeconds(1614265330),
                         R"({"test": 2432232314})"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(SignaturesOf, TwoSecretsGiveTwoSignatures) {
  const std::vector<std::string> keys =
      SigningKeys("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw, whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
  ASSERT_EQ(keys.size(), 2U);
  const std::string both = SignaturesOf(keys, "id", kThen, "body");
  EXPECT_EQ(both, SignaturesOf({keys[0]}, "id", kThen, "body") + " " +
                      SignaturesOf({keys[1]}, "id", kThen, "body"));
  EXPECT_EQ(SignaturesOf({}, "id", kThen, "body"), "");
}

TEST(SigningSecretProblem, NamesTheFormAndNeverTheSecret) {
  EXPECT_EQ(SigningSecretProblem("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), std::nullopt);
  for (const char* bad : {"", "secret", "whsec_", "whsec_AAAA", "whsec_!!!!"}) {
    EXPECT_THAT(SigningSecretProblem(bad).value_or(""), HasSubstr("openssl rand")) << bad;
  }
  EXPECT_THAT(SigningSecretProblem("a b c").value_or(""), HasSubstr("more than two"));
}

TEST(JudgeProgramAnswer, AnySuccessThatIsNoPageAccepts) {
  const auto judge = [](int status, const std::string& body) {
    HttpResponse answer;
    answer.status = status;
    answer.body = body;
    return JudgeProgramAnswer(answer, "http://x/SECRETSECRET", kThen);
  };
  for (const char* body : {"", "ok", "{}", R"({"message":"Annotation added"})", "queued"}) {
    EXPECT_EQ(judge(202, body).outcome, Outcome::kAccepted) << body;
  }
  EXPECT_EQ(judge(200, "<!DOCTYPE html><html>log in").outcome, Outcome::kUntilMended);
  EXPECT_EQ(judge(401, "").outcome, Outcome::kUntilMended);
  EXPECT_EQ(judge(503, "SECRETSECRET").outcome, Outcome::kRetry);
  EXPECT_EQ(judge(400, "").outcome, Outcome::kFinal);
  EXPECT_THAT(judge(404, "SECRETSECRET").Words(), Not(HasSubstr("SECRETSECRET")));
}

}  // namespace
}  // namespace swarmbell
