#include "notifier/chat/grafana/grafana.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tests/fakes/fake_engine_server.h"
#include "tests/notifier/chat/notices.h"

namespace swarmbell {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;

constexpr std::int64_t kMillis = 1'700'000'000'000;

json Annotation(const std::vector<Alert>& alerts) {
  const Card card = BuildCard({"grafana", alerts, GroupColor(alerts)}, {});
  return json::parse(RenderGrafana({card, alerts, {}}));
}

Alert Step(v1::UpdateState state, absl::Duration after) {
  return AlertOf(OfShop(UpdateState(std::to_string(state), "web", state), after), Color::kYellow);
}

TEST(RenderGrafana, ARolloutIsARegionOnceItIsOver) {
  const Alert started = Step(v1::UPDATE_STATE_UPDATING, absl::ZeroDuration());
  const json open = Annotation({started});
  EXPECT_EQ(open["time"], kMillis);
  EXPECT_FALSE(open.contains("timeEnd"));
  const json over = Annotation({started, Step(v1::UPDATE_STATE_COMPLETED, absl::Minutes(2))});
  EXPECT_EQ(over["time"], kMillis);
  EXPECT_EQ(over["timeEnd"], kMillis + 120'000);
}

TEST(RenderGrafana, ARolloutOfWhichOnlyTheEndIsLeftBeginsWithItsRun) {
  Alert completed = Step(v1::UPDATE_STATE_COMPLETED, absl::Minutes(2));
  *completed.event.mutable_service_update_state_changed()->mutable_start_time() = ToProto(kThen);
  EXPECT_EQ(Annotation({completed})["time"], kMillis);
}

TEST(RenderGrafana, TagsFindTheObject) {
  const json annotation = Annotation({Step(v1::UPDATE_STATE_UPDATING, absl::ZeroDuration())});
  EXPECT_THAT(annotation["tags"].get<std::vector<std::string>>(),
              IsSupersetOf({"swarmbell", "swarm:prod-eu", "service:shop_api", "stack:shop", "color:yellow"}));
}

// Grafana splits tags at colons, and refuses all of them beyond 500 bytes.
TEST(RenderGrafana, TagsAreWhatGrafanaKeeps) {
  Alert lost = Step(v1::UPDATE_STATE_UPDATING, absl::ZeroDuration());
  lost.event.mutable_resource()->set_name("manager1:50051 (10.0.0.1)");
  std::vector<Alert> alerts = {lost};
  for (int i = 0; i < 30; ++i) {
    alerts.push_back(lost);
    alerts.back().event.mutable_resource()->set_name(absl::StrCat("webshop_recommendation-worker-", i));
  }
  const json tags = Annotation(alerts)["tags"];
  EXPECT_THAT(tags.get<std::vector<std::string>>(), testing::Contains("service:manager1_50051 (10.0.0.1)"));
  EXPECT_LE(tags.dump().size(), 500u);
}

TEST(RenderGrafana, ADigestHasATagForEachSwarm) {
  Alert eu = Step(v1::UPDATE_STATE_UPDATING, absl::ZeroDuration());
  Alert us = eu;
  us.event.mutable_cluster()->set_id("us");
  us.event.mutable_cluster()->set_name("prod-us");
  const Card card = BuildCard({"grafana", {eu, us}, Color::kYellow, true}, {});
  const json tags = json::parse(RenderGrafana({card, {eu, us}, {}}))["tags"];
  EXPECT_THAT(tags.get<std::vector<std::string>>(), IsSupersetOf({"swarm:prod-eu", "swarm:prod-us"}));
}

TEST(RenderGrafana, TextIsNoMarkup) {
  v1::ChangeEvent event = OfShop(ServiceChange("a", "web"));
  event.mutable_resource()->set_name("<img src=x>&");
  event.mutable_service_mode_changed();
  const std::string text = Annotation({AlertOf(event)})["text"];
  EXPECT_THAT(text, Not(HasSubstr("<img")));
  EXPECT_THAT(text, HasSubstr("&lt;img"));
}

Verdict Judge(int status, const std::string& body, bool is_change) {
  HttpResponse answer;
  answer.status = status;
  answer.body = body;
  return JudgeGrafanaAnswer(answer, "glsa_secretsecret", is_change, kThen);
}

TEST(JudgeGrafanaAnswer, ANewAnnotationHasItsIdentifier) {
  const Verdict verdict = Judge(200, R"({"message":"Annotation added","id":17})", false);
  EXPECT_EQ(verdict.outcome, Outcome::kAccepted);
  ASSERT_TRUE(verdict.posted);
  EXPECT_EQ(verdict.posted->id, "17");
  EXPECT_EQ(Judge(200, "ok", false).outcome, Outcome::kUntilMended);
  EXPECT_EQ(Judge(200, R"({"message":"Annotation patched"})", true).outcome, Outcome::kAccepted);
}

TEST(JudgeGrafanaAnswer, AnAnnotationThatSomebodyDeletedIsGone) {
  EXPECT_TRUE(Judge(404, R"({"message":"annotation not found"})", true).gone);
  EXPECT_FALSE(Judge(404, "", false).gone);
  EXPECT_FALSE(Judge(500, "", true).gone);
}

Alert Started() { return Step(v1::UPDATE_STATE_UPDATING, absl::ZeroDuration()); }
Alert Completed() { return Step(v1::UPDATE_STATE_COMPLETED, absl::Minutes(2)); }

TEST(IsOwnAnnotation, AnEarlierStateOfTheStoryIsOwn) {
  const std::string body = Annotation({Started(), Completed()}).dump();
  json found = Annotation({Started()});
  EXPECT_TRUE(IsOwnAnnotation(found.dump(), body));
  found["tags"].push_back("reviewed");  // by a person
  EXPECT_TRUE(IsOwnAnnotation(found.dump(), body));
  found["tags"] = {"swarmbell", "service:shop_api"};  // its swarm was not known yet
  EXPECT_TRUE(IsOwnAnnotation(found.dump(), body));
}

TEST(IsOwnAnnotation, AStrangersAndOneOfAnotherObjectOrSwarmAreNot) {
  const std::string body = Annotation({Started(), Completed()}).dump();
  for (const char* tags :
       {R"([])", R"(["deploy","service:shop_api","swarm:prod-eu"])", R"(["swarmbell"])",
        R"(["swarmbell","swarm:prod-eu","stack:shop","color:yellow"])",
        R"(["swarmbell","swarm:prod-eu","service:shop_web"])",
        R"(["swarmbell","swarm:prod-us","service:shop_api"])", R"("swarmbell")", R"([1])"}) {
    EXPECT_FALSE(IsOwnAnnotation(absl::StrCat(R"({"id":1,"tags":)", tags, "}"), body)) << tags;
  }
  for (const char* found : {"", "[]", "<html>", "{}"}) EXPECT_FALSE(IsOwnAnnotation(found, body)) << found;
}

class GrafanaEditTest : public testing::Test {
 protected:
  // The verdict about the end of a rollout, if reading its annotation is answered so.
  Verdict Edit(int status, const std::string& body) {
    FakeAnswer read;
    read.status = status;
    read.body = body;
    server_.AnswerOnce(kPath, read);
    FakeAnswer changed;
    changed.body = R"({"message":"Annotation patched"})";
    server_.Answer(kPath, changed);
    ReceiverConfig receiver;
    receiver.name = "grafana";
    receiver.url = server_.Url("");
    receiver.token = "glsa_1";
    const auto channel = GrafanaChat().open(receiver, {}, std::cout, Clock::Real());
    return channel->Edit({"annotations", "17"}, Annotation({Started(), Completed()}).dump(), {});
  }
  std::vector<std::string> Methods() const {
    std::vector<std::string> methods;
    for (const FakeRequest& request : server_.Requests()) methods.push_back(request.method);
    return methods;
  }

  static constexpr char kPath[] = "/api/annotations/17";
  FakeEngineServer server_;
};

TEST_F(GrafanaEditTest, ChangesItsOwnAnnotation) {
  EXPECT_EQ(Edit(200, Annotation({Started()}).dump()).outcome, Outcome::kAccepted);
  EXPECT_THAT(Methods(), ElementsAre("GET", "PATCH"));
  EXPECT_EQ(server_.Requests()[0].headers.at("authorization"), "Bearer glsa_1");
  EXPECT_EQ(server_.Requests()[0].body, "");
}

TEST_F(GrafanaEditTest, LeavesAStrangersAnnotationAlone) {
  EXPECT_TRUE(Edit(200, R"({"id":17,"tags":["deploy"],"text":"by hand"})").gone);
  EXPECT_THAT(Methods(), ElementsAre("GET"));
}

TEST_F(GrafanaEditTest, ReadsAgainLaterIfGrafanaIsBusy) {
  const Verdict verdict = Edit(503, "");
  EXPECT_EQ(verdict.outcome, Outcome::kRetry);
  EXPECT_FALSE(verdict.gone);
  EXPECT_THAT(Methods(), ElementsAre("GET"));
}

TEST_F(GrafanaEditTest, ChangesWhatItMayNotRead) {
  EXPECT_EQ(Edit(403, R"({"message":"Access denied"})").outcome, Outcome::kAccepted);
  EXPECT_THAT(Methods(), ElementsAre("GET", "PATCH"));
}

}  // namespace
}  // namespace swarmbell
