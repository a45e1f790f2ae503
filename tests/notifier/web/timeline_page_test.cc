#include "notifier/web/timeline_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/http/http_client.h"
#include "notifier/web/assets.h"
#include "tests/notifier/web/changes.h"

namespace swarmbell {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

class TimelinePageTest : public testing::Test {
 protected:
  TimelinePageTest() { Serve({}); }
  ~TimelinePageTest() override { page_->Stop(); }

  void Serve(const AuthToken& token) {
    if (page_) page_->Stop();
    page_ = std::make_unique<TimelinePage>(
        TimelinePageOptions{.listen = "127.0.0.1:0", .external_url = "", .window = {}, .token = token},
        TimelineSources{.rules = [] { return std::make_shared<const RuleSet>(BuiltInRuleSet()); },
                        .links =
                            [] {
                              return std::vector<LinkConfig>{{"Logs", "service", "https://logs/{name}"},
                                                             {"Timeline", kRedCards, "https://self/"}};
                            },
                        .state =
                            [] {
                              return Json{{"standby", false}};
                            },
                        .read_last_words =
                            [this](const LastWordsSource& source, const auto& wanted) {
                              ++asked_;
                              wanted->Set({.lines = {"printed by " + source.task_id}, .missing = ""});
                            }},
        Clock::Real());
    ASSERT_TRUE(page_->Listen().ok());
  }

  HttpRequest To(const std::string& path) const {
    HttpRequest request;
    request.display_name = "the timeline";
    request.url = absl::StrCat("http://127.0.0.1:", page_->Port(), path);
    return request;
  }

  HttpResponse Ask(const std::string& path, std::vector<std::string> headers = {}) const {
    HttpRequest request = To(path);
    request.headers = std::move(headers);
    HttpClient client;
    return client.Send(request).value_or(HttpResponse{});
  }

  // Returns the stream up to `last`; `act` is called after the first piece.
  std::string Stream(const std::string& path, const std::string& last,
                     const std::function<void()>& act = nullptr) {
    HttpClient client;
    std::string got;
    const auto status = client.Receive(To(path),
                                       [&](std::string_view data) {
                                         if (act && got.empty()) act();
                                         got += data;
                                         return got.find(last) == std::string::npos;
                                       },
                                       {});
    return got;
  }

  std::string Cursor() const { return Json::parse(Ask("/rows").body)["cursor"]; }

  std::atomic<int> asked_ = 0;
  std::unique_ptr<TimelinePage> page_;
};

TEST_F(TimelinePageTest, NothingComesFromElsewhereOrIsInline) {
  const HttpResponse page = Ask("/");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.headers.at("content-type"), "text/html; charset=utf-8");
  EXPECT_THAT(
      page.headers.at("content-security-policy"),
      AllOf(HasSubstr("default-src 'none'"), HasSubstr("frame-ancestors 'none'"), Not(HasSubstr("unsafe"))));
  EXPECT_EQ(page.headers.at("x-content-type-options"), "nosniff");
  EXPECT_EQ(page.headers.at("referrer-policy"), "no-referrer");
  EXPECT_THAT(page.body,
              AllOf(Not(HasSubstr("style=")), Not(HasSubstr("<style")), Not(HasSubstr(" onclick"))));
  std::size_t bytes = 0;
  for (const char* path : {"/", "/page.css", "/page.js", "/icon.svg"}) {
    const HttpResponse asset = Ask(path);
    EXPECT_EQ(asset.status, 200) << path;
    EXPECT_THAT(asset.body, Not(HasSubstr("innerHTML"))) << path;
    bytes += asset.body.size();
  }
  EXPECT_LT(bytes, 60'000);
}

TEST_F(TimelinePageTest, OtherPathsMethodsAndHostsAreRefused) {
  EXPECT_EQ(Ask("/etc/passwd").status, 404);
  HttpRequest post = To("/rows");
  post.method = "POST";
  post.body = "x";
  HttpClient client;
  EXPECT_EQ(client.Send(post).value_or(HttpResponse{}).status, 405);
  for (const char* path : {"/", "/rows", "/changes", "/row?id=a", "/page.js"})
    EXPECT_EQ(Ask(path, {"Host: evil.example"}).status, 403) << path;
}

TEST_F(TimelinePageTest, NothingIsServedWithoutTheToken) {
  page_->Add(ServiceDown("a", "topsecret", kNoon));
  Serve("s3cret");
  page_->Add(ServiceDown("a", "topsecret", kNoon));
  for (const char* path : {"/", "/rows", "/changes", "/row?id=a", "/page.js", "/nothing"}) {
    for (const std::string& header : {std::string("X: y"), std::string("Authorization: Bearer wrong"),
                                      "Authorization: Basic " + absl::Base64Escape("s3cret:")}) {
      const HttpResponse refused = Ask(path, {header});
      EXPECT_EQ(refused.status, 401) << path;
      EXPECT_THAT(refused.headers.at("www-authenticate"), HasSubstr("Basic"));
      EXPECT_THAT(refused.body, Not(HasSubstr("topsecret")));
    }
  }
  EXPECT_THAT(Ask("/rows", {"Authorization: Basic " + absl::Base64Escape("anna:s3cret")}).body,
              HasSubstr("topsecret"));
}

TEST_F(TimelinePageTest, RowsComeInPages) {
  for (int i = 0; i < 5; ++i)
    page_->Add(ServiceDown(absl::StrCat(i), absl::StrCat("s", i), kNoon + absl::Seconds(i)));
  const Json page = Json::parse(Ask("/rows?skip=1&limit=2").body);
  EXPECT_EQ(page["total"], 5);
  ASSERT_EQ(page["rows"].size(), 2);
  EXPECT_EQ(page["rows"][0]["id"], "3");
  EXPECT_EQ(page["rows"][1]["name"], "s2");
  EXPECT_EQ(page["rows"][1]["color"], "red");
  EXPECT_EQ(Json::parse(Ask("/rows?skip=x&limit=-1").body)["rows"].size(), 5);
}

TEST_F(TimelinePageTest, AnOpenPageSeesTheStateAndEachNewRow) {
  page_->Add(ServiceDown("old", "web", kNoon));
  const std::string got = Stream("/changes?after=" + Cursor(), "\"id\":\"new\"",
                                 [&] { page_->Add(ServiceDown("new", "web", kNoon + absl::Seconds(9))); });
  EXPECT_THAT(
      got, AllOf(HasSubstr("event: state\ndata: {\"standby\":false}\n\n"), Not(HasSubstr("\"id\":\"old\""))));
}

TEST_F(TimelinePageTest, APageOfAnotherProcessIsTold) {
  EXPECT_THAT(Stream("/changes?after=00000000.7", "\n\n"), HasSubstr("event: reset\n"));
  EXPECT_THAT(Stream("/changes", "\n\n"), HasSubstr("event: reset\n"));
}

TEST_F(TimelinePageTest, ARowOpensToItsCard) {
  page_->Add(ServiceDown("a", "web", kNoon));
  const Json row = Json::parse(Ask("/row?id=a").body);
  EXPECT_EQ(row["card"]["title"], "Service web update paused");
  EXPECT_FALSE(row["card"]["sections"].empty());
  EXPECT_EQ(row["card"]["links"].back()["url"], "https://logs/web");
  EXPECT_EQ(row["events"][0]["eventId"], "a");
  EXPECT_EQ(Ask("/row?id=b").status, 404);
}

TEST_F(TimelinePageTest, ARedRowHasItsCauseAndTheOutputOfItsTask) {
  v1::ChangeEvent failed = SampleOf("task-crash-loop", kNoon);
  v1::ChangeEvent cause = SampleOf("task-template-changed", kNoon - absl::Minutes(3));
  cause.set_event_id("cause");
  *cause.mutable_resource() = failed.resource();
  *cause.mutable_cluster() = failed.cluster();
  cause.clear_occur_time();
  failed.clear_occur_time();
  page_->Add(cause);
  page_->Add(failed);
  const std::string path = "/row?id=" + failed.event_id();
  const std::string body = Ask(path).body;
  EXPECT_THAT(body, AllOf(HasSubstr("printed by "), HasSubstr("Just before")));
  Ask(path);
  EXPECT_EQ(asked_, 1);
}

TEST_F(TimelinePageTest, TheOutputThatAMessageShowedIsKept) {
  const v1::ChangeEvent failed = SampleOf("task-crash-loop", kNoon);
  page_->Add(failed);
  auto words = std::make_shared<PendingLastWords>(Clock::Real().Steady());
  words->Set({.lines = {"seen in the chat"}, .missing = ""});
  page_->KeepLastWords(GroupOf({failed}, BuiltInRuleSet()), words);
  EXPECT_THAT(Ask("/row?id=" + failed.event_id()).body, HasSubstr("seen in the chat"));
  EXPECT_EQ(asked_, 0);
}

}  // namespace
}  // namespace swarmbell
