#include "notifier/app/explain.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "notifier/cards/samples.h"
#include "notifier/config/load.h"
#include "swarmbell/v1/change_feed.pb.h"
#include "tests/fakes/scratch_file.h"

namespace swarmbell {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr char kConfig[] = R"(
receivers: [{name: team-a, type: console}, {name: ops, type: console}]
rules:
  - {name: web-scaled, match: {change: service_mode_changed, name: 'web_*'}, color: black}
  - {name: mode-changed, receivers: [ops]}
mute: [{name: nightly, match: {stack: batch}}]
)";

std::string Json(const google::protobuf::Message& message) {
  std::string json;
  EXPECT_TRUE(google::protobuf::util::MessageToJsonString(message, &json).ok());
  return json;
}

v1::ChangeEvent SampleOf(const std::string& rule) {
  for (const Sample& sample : Samples()) {
    if (sample.rule == rule) return sample.events.front();
  }
  ADD_FAILURE() << rule;
  return {};
}

int Count(const std::string& text, const std::string& part) {
  int count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

struct Explained {
  absl::Status status;
  std::string out;
};

Explained ExplainText(const std::string& text) {
  const auto loaded = LoadNotifierConfig({"", {{"SWARMBELL_CONFIG_YAML", kConfig}}});
  EXPECT_TRUE(loaded.ok()) << loaded.status();
  std::istringstream in(text);
  std::ostringstream out;
  const absl::Status status = Explain("-", in, loaded->config, {}, absl::UnixEpoch(), out);
  return {status, out.str()};
}

TEST(ExplainTest, SaysWhichRuleMatchesWhyOthersDoNotAndWhereItGoes) {
  v1::ChangeEvent event = SampleOf("mode-changed");
  (*event.mutable_resource()->mutable_labels())["swarmbell.colors"] = "blue, purple";
  const Explained explained = ExplainText(Json(event));
  EXPECT_TRUE(explained.status.ok()) << explained.status;
  EXPECT_THAT(
      explained.out,
      AllOf(HasSubstr("change: service_mode_changed of shop_web\n"), HasSubstr("rule:   mode-changed\n"),
            HasSubstr("color:  blue\n"), HasSubstr("posts:  ops\n"),
            HasSubstr("rule web-scaled    does not match: name is \"shop_web\", not web_*\n"),
            HasSubstr("rule mode-changed  matches\n"),
            HasSubstr("mute nightly       does not match: stack is \"shop\", not batch\n"),
            HasSubstr("label:  swarmbell.colors=purple names no colour\n"), HasSubstr("scaled 2")));
}

TEST(ExplainTest, LabelsThatSayWhoseChangeItIsMakeNoCardAlone) {
  v1::ChangeEvent event = SampleOf("service-labels-changed");
  auto& fields = *event.mutable_service_labels_changed()->mutable_fields();
  fields.DeleteSubrange(1, fields.size() - 1);
  fields[0].set_name("swarmbell.revision");
  fields[0].set_path("Labels");
  EXPECT_THAT(ExplainText(Json(event)).out,
              AllOf(HasSubstr("why:    Only labels changed that say whose change it is"),
                    Not(HasSubstr("posts:  ops"))));
}

TEST(ExplainTest, SaysWhoSilencedAChangeAndUntilWhen) {
  v1::Silence silence;
  silence.set_id("3f9c21ab");
  silence.set_match("name=shop_*");
  silence.set_by("alice");
  silence.set_because("deploying\x1b[2J");
  silence.mutable_end_time()->set_seconds(3600);
  const auto loaded = LoadNotifierConfig({"", {{"SWARMBELL_CONFIG_YAML", kConfig}}});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const auto explain = [&](absl::Time now) {
    std::istringstream in(Json(SampleOf("mode-changed")));
    std::ostringstream out;
    EXPECT_TRUE(Explain("-", in, loaded->config, {}, now, out, [&] { return std::vector{silence}; }).ok());
    return out.str();
  };
  EXPECT_THAT(explain(absl::UnixEpoch()),
              AllOf(HasSubstr("silences       dropped: silenced by alice until "),
                    HasSubstr(": deploying\\x1b[2J\n"), HasSubstr("posts:  nothing for this change\n")));
  EXPECT_THAT(explain(absl::UnixEpoch() + absl::Hours(1)),
              AllOf(Not(HasSubstr("silenced by")), HasSubstr("posts:  ops\n")));
}

TEST(ExplainTest, AFileWithAnErrorIsNotExplainedInPartAndNobodyIsAskedForSilences) {
  const auto loaded = LoadNotifierConfig({"", {{"SWARMBELL_CONFIG_YAML", kConfig}}});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  int asked = 0;
  const auto explain = [&](const std::string& file) {
    std::istringstream in;
    std::ostringstream out;
    const absl::Status status = Explain(file, in, loaded->config, {}, absl::UnixEpoch(), out, [&asked] {
      ++asked;
      return std::vector<v1::Silence>();
    });
    return Explained{status, out.str()};
  };
  const std::string good = Json(SampleOf("mode-changed"));
  const ScratchFile broken("broken.json", good + "{\"resource\"");
  const ScratchFile empty("empty.json", "[]");
  for (const std::string& file : {std::string("/nowhere/x.json"), broken.Path(), empty.Path()}) {
    const Explained explained = explain(file);
    EXPECT_FALSE(explained.status.ok()) << file;
    EXPECT_EQ(explained.out, "") << file;
    EXPECT_EQ(asked, 0) << file;
  }
  const ScratchFile two("two.json", good + good);
  EXPECT_EQ(Count(explain(two.Path()).out, "rule:   mode-changed"), 2);
  EXPECT_EQ(asked, 1);
}

TEST(ExplainTest, TakesAWholeAnswerOfListChanges) {
  v1::ListChangesResponse list;
  *list.add_events() = SampleOf("mode-changed");
  *list.add_events() = SampleOf("node-drained");
  list.set_next_page_token("more");
  const Explained explained = ExplainText(Json(list));
  EXPECT_TRUE(explained.status.ok()) << explained.status;
  EXPECT_THAT(explained.out, AllOf(HasSubstr("rule:   mode-changed\n"), HasSubstr("rule:   node-drained\n")));
}

// The output of grpcurl for Subscribe: one answer after the other, most without a change.
TEST(ExplainTest, TakesTheAnswersOfSubscribe) {
  v1::SubscribeResponse opened;
  opened.mutable_opened()->mutable_progress_interval()->set_seconds(5);
  v1::SubscribeResponse changes;
  *changes.mutable_changes()->add_events() = SampleOf("mode-changed");
  *changes.mutable_changes()->add_events() = SampleOf("leader-changed");
  changes.mutable_cursor()->set_log_id("log");
  v1::SubscribeResponse progress;
  progress.mutable_progress();
  const Explained explained =
      ExplainText(Json(opened) + "\n" + Json(changes) + Json(progress) + "\n" + Json(changes) + "\n");
  EXPECT_TRUE(explained.status.ok()) << explained.status;
  EXPECT_THAT(Count(explained.out, "rule:   mode-changed\n"), 2);
  EXPECT_THAT(Count(explained.out, "rule:   leader-changed\n"), 2);
}

TEST(ExplainTest, TakesARequestOfPreview) {
  const Explained explained = ExplainText("{\"event\": " + Json(SampleOf("node-drained")) + "}");
  EXPECT_TRUE(explained.status.ok()) << explained.status;
  EXPECT_THAT(explained.out, HasSubstr("rule:   node-drained\n"));
}

TEST(ExplainTest, TakesSeveralChangesInAListOrOneAfterTheOther) {
  const std::string one = Json(SampleOf("node-drained"));
  for (const std::string& text : {"[" + one + ", " + one + "]", one + one, one + "\n\n" + one + "\n"}) {
    const Explained explained = ExplainText(text);
    EXPECT_TRUE(explained.status.ok()) << explained.status;
    EXPECT_THAT(Count(explained.out, "rule:   node-drained\n"), 2) << text;
  }
}

TEST(ExplainTest, WalksTheStagesInTheirOrder) {
  v1::ChangeEvent event = SampleOf("mode-changed");
  event.set_current_version(12);
  EXPECT_THAT(
      ExplainText(Json(event)).out,
      HasSubstr("stages: repeats        passed: it came for the first time\n"
                "        overlaps       passed: it is newer than the version that came before\n"
                "        stack-deploys  passed: it joins the message about the deploy of its stack\n"
                "        routing        passed: a rule wants an alert for it\n"
                "        grouping       waits: for other changes of the same object, then it is posted\n"
                "posts:  ops\n"));
}

TEST(ExplainTest, AChangeThatCameBeforeIsNotPosted) {
  const std::string one = Json(SampleOf("node-drained"));
  EXPECT_THAT(ExplainText(one + one).out,
              HasSubstr("stages: repeats  dropped: it came before, from this or another collector\n"
                        "posts:  nothing for this change\n"));
}

TEST(ExplainTest, FailuresOfACrashLoopSayWhatTheyBeginAndThatTheyAreTold) {
  std::string failures;
  for (int i = 0; i < 4; ++i) {
    v1::ChangeEvent failure = SampleOf("task-rejected");
    failure.set_event_id(std::to_string(i));
    failure.mutable_task_failed()->set_current_state(v1::TASK_STATE_FAILED);
    failure.mutable_task_failed()->mutable_task()->set_error("task: non-zero exit (1)");
    failures += Json(failure);
  }
  const std::string out = ExplainText(failures).out;
  EXPECT_THAT(out, HasSubstr("passed: it is the failure that begins a crash loop\n"));
  EXPECT_THAT(out, HasSubstr("passed, service_crash_loop of shop_api: a rule wants an alert for it\n"));
  EXPECT_THAT(out, HasSubstr("dropped: its service is in a crash loop, which has been reported\n"));
}

TEST(ExplainTest, ACrashLoopIsOverForAFailureHoursLater) {
  std::string failures;
  for (int i = 0; i < 4; ++i) {
    v1::ChangeEvent failure = SampleOf("task-rejected");
    failure.set_event_id(std::to_string(i));
    failure.mutable_observe_time()->set_seconds(1'000'000 + i + (i == 3 ? 6 * 3600 : 0));
    failure.mutable_task_failed()->set_current_state(v1::TASK_STATE_FAILED);
    failure.mutable_task_failed()->mutable_task()->set_error("task: non-zero exit (1)");
    failures += Json(failure);
  }
  const std::string out = ExplainText(failures).out;
  EXPECT_THAT(out, HasSubstr("passed: it is the failure that begins a crash loop\n"));
  EXPECT_THAT(out, Not(HasSubstr("its service is in a crash loop, which has been reported")));
}

TEST(ExplainTest, ChangesWithoutAnIdentifierAreNotTakenForOneAnother) {
  std::string changes;
  for (int i = 0; i < 3; ++i) {
    v1::ChangeEvent change = SampleOf("node-drained");
    change.clear_event_id();
    change.clear_current_version();
    change.mutable_observe_time()->set_seconds(1'000'000 + i);
    changes += Json(change);
  }
  const std::string out = ExplainText(changes).out;
  EXPECT_THAT(out, HasSubstr("rule:   node-drained\n"));
  EXPECT_THAT(out, Not(HasSubstr("posts:  nothing for this change")));
}

// Brackets and quotes in texts end nothing.
TEST(ExplainTest, TakesTextsWithAnyCharacters) {
  v1::ChangeEvent event = SampleOf("node-drained");
  event.mutable_resource()->set_name("a}]{[\"\\");
  EXPECT_THAT(ExplainText(Json(event)).out, HasSubstr("of a}]{[\"\\\n"));
}

// A stream may go on for days: each change is told when it is there.
TEST(ExplainTest, WhatCameBeforeAFaultIsTold) {
  const Explained explained = ExplainText(Json(SampleOf("node-drained")) + "{\"resource\": {\"colour\": 1}}");
  EXPECT_THAT(explained.out, HasSubstr("rule:   node-drained\n"));
  EXPECT_EQ(explained.status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(explained.status.message()), HasSubstr("colour"));
}

TEST(ExplainTest, AnAnswerWithoutAChangeSaysSo) {
  EXPECT_THAT(std::string(ExplainText("{\"cursor\": {\"logId\": \"log\"}}").status.message()),
              HasSubstr("holds no change"));
}

TEST(ExplainTest, AChangeThatIsNotKnownHasARuleToo) {
  EXPECT_THAT(ExplainText(Json(SampleOf("unknown-change"))).out,
              AllOf(HasSubstr("change: unknown of shop_api\n"), HasSubstr("rule:   unknown-change\n")));
}

TEST(ExplainTest, WhatIsNoChangeIsAnError) {
  const std::vector<std::string> texts = {"",
                                          "{}",
                                          "[]",
                                          "{\"colour\": 1}",
                                          "{\"events\": []}",
                                          "{\"event\": null}",
                                          "{\"resource\": {",
                                          "ERROR:",
                                          "{]",
                                          "[1]",
                                          std::string(200, '['),
                                          "\xff"};
  for (const std::string& text : texts) {
    const Explained explained = ExplainText(text);
    EXPECT_EQ(explained.status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_EQ(explained.out, "");
  }
}

}  // namespace
}  // namespace swarmbell
