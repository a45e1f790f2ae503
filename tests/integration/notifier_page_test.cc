// A whole notifier and its timeline, between a real change feed and an HTTP client.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "common/http/http_client.h"
#include "notifier/app/notifier_app.h"
#include "notifier/config/load.h"
#include "tests/notifier/feed/collected.h"
#include "tests/notifier/feed/test_collector.h"
#include "tests/notifier/pipeline/sample_events.h"

namespace swarmbell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;
using Json = nlohmann::json;

class NotifierPageTest : public testing::Test {
 protected:
  void Start() {
    const auto loaded = LoadNotifierConfig({"",
                                            {{"SWARMBELL_COLLECTORS", collector_.Target()},
                                             {"SWARMBELL_LISTEN", "127.0.0.1:0"},
                                             {"SWARMBELL_METRICS_LISTEN", "off"},
                                             {"SWARMBELL_GROUPING_WINDOW", "0"},
                                             {"SWARMBELL_WEB_LISTEN", "127.0.0.1:0"}}});
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    auto app = NotifierApp::Start(loaded->config, console_);
    ASSERT_TRUE(app.ok()) << app.status();
    app_ = *std::move(app);
    ASSERT_TRUE(Eventually([this] { return app_->Following() == 1; }));
  }

  HttpRequest To(const std::string& path) const {
    HttpRequest request;
    request.display_name = "the timeline";
    request.url = absl::StrCat("http://127.0.0.1:", app_->WebPort(), path);
    return request;
  }

  std::vector<std::string> Ids() const {
    const Json page = Json::parse(HttpClient().Send(To("/rows")).value_or(HttpResponse{}).body);
    std::vector<std::string> ids;
    for (const Json& row : page["rows"]) ids.push_back(row["id"]);
    return ids;
  }

  v1::ChangeEvent Observed(v1::ChangeEvent event) {
    *event.mutable_observe_time() = ToProto(Clock::Real().Now());
    return event;
  }

  MemoryChangeLog log_;
  TestCollector collector_{log_};
  std::ostringstream console_;
  std::unique_ptr<NotifierApp> app_;
};

TEST_F(NotifierPageTest, EachChangeIsARowAlsoOneThatNoRulePostsAndAfterARestart) {
  Start();
  log_.Append({Observed(NodeEvent("node", "node1"))});
  ASSERT_TRUE(Eventually([&] { return Ids().size() == 1; }));
  log_.Append({Observed(TaskFailure("task", "web", Clock::Real().Now()))});
  ASSERT_TRUE(Eventually([&] { return Ids().size() == 2; }));
  EXPECT_THAT(Ids(), ElementsAre("task", "node"));
  app_.reset();
  Start();
  EXPECT_TRUE(Eventually([&] { return Ids().size() == 2; }));
  EXPECT_THAT(Ids(), UnorderedElementsAre("node", "task"));
}

TEST_F(NotifierPageTest, AnOpenPageSeesItsHealthAndEndsWithTheNotifier) {
  Start();
  std::string got;
  std::atomic<bool> heard = false;
  std::jthread reader([&] {
    const auto ended = HttpClient().Receive(To("/changes"),
                                            [&](std::string_view data) {
                                              got += data;
                                              heard = true;
                                              return true;
                                            },
                                            {});
  });
  ASSERT_TRUE(Eventually([&] { return heard.load(); }));
  app_.reset();
  reader.join();
  EXPECT_THAT(got, HasSubstr("event: reset"));
}

}  // namespace
}  // namespace swarmbell
