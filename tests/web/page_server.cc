// Serves the timeline with invented changes, for the tests in a browser:
//
//   web_page_server [--token TOKEN]
//
// Prints the port, then obeys each line of its input and answers `done`:
//   history N         N rows of all samples, the newest now, one each 30 seconds
//   sample RULE       the changes of that sample, observed now
//   at SECONDS RULE   the same, observed that long ago
//   hostile           changes whose every text is hostile
//   memory            answers with the resident memory in KiB
#include <spdlog/spdlog.h>

#include <atomic>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "notifier/web/timeline_page.h"
#include "tests/notifier/web/changes.h"

namespace swarmbell {
namespace {

std::atomic<int> added = 0;

void AddChanges(TimelinePage& page, const std::vector<v1::ChangeEvent>& changes, absl::Time time,
                const std::string& suffix = "") {
  for (v1::ChangeEvent event : changes) {
    event.set_event_id(absl::StrCat("change-", ++added));
    event.clear_occur_time();
    *event.mutable_observe_time() = ToProto(time);
    v1::ResourceRef& resource = *event.mutable_resource();
    resource.set_id(resource.id() + suffix);
    resource.set_name(resource.name() + suffix);
    page.Add(event);
  }
}

void AddHistory(TimelinePage& page, int count) {
  const std::vector<Sample> samples = Samples();
  const absl::Time now = absl::Now();
  for (int i = 0; i < count; ++i) {
    const std::string suffix = i < static_cast<int>(samples.size()) ? "" : absl::StrCat("-", i % 40);
    const Sample& sample = samples[static_cast<std::size_t>(i) % samples.size()];
    AddChanges(page, {sample.events.front()}, now - absl::Seconds(30) * i, suffix);
  }
}

void AddSample(TimelinePage& page, const std::string& rule, absl::Time time) {
  for (const Sample& sample : Samples()) {
    if (sample.rule == rule) AddChanges(page, sample.events, time);
  }
}

void AddHostile(TimelinePage& page) {
  const std::string texts[] = {"<script>window.hostile = 1</script>",
                               "<img src=x onerror=\"window.hostile = 2\">",
                               "\u202egnorw eht morf\u202c",
                               "\u05d0\u05d1\u05d2 \u0627\u0644",
                               std::string(10'000, 'W'),
                               "{{constructor.constructor('window.hostile = 3')()}}",
                               "javascript:window.hostile=4"};
  for (const std::string& text : texts) {
    for (const char* rule : {"task-template-changed", "update-paused", "node-down"}) {
      v1::ChangeEvent event = SampleOf(rule, absl::Now());
      event.set_event_id(absl::StrCat("change-", ++added));
      event.clear_occur_time();
      event.mutable_resource()->set_id(absl::StrCat("hostile", added.load()));
      event.mutable_resource()->set_name(text);
      event.mutable_resource()->set_stack(text);
      event.mutable_cluster()->set_name(text);
      event.mutable_observer()->set_hostname(text);
      event.mutable_origin()->set_by(text);
      for (v1::FieldChange& field : *event.mutable_service_task_template_changed()->mutable_fields()) {
        field.set_current_value(text);
      }
      if (std::string(rule) != "task-template-changed") {
        const v1::ChangeEvent sample = SampleOf(rule, absl::Now());
        event.clear_details();
        *event.mutable_service_update_state_changed() = sample.service_update_state_changed();
        event.mutable_service_update_state_changed()->set_message(text);
      }
      page.Add(event);
    }
  }
}

std::string Memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return line;
  }
  return "";
}

nlohmann::json State() {
  return {{"standby", false},
          {"collectors", {{{"name", "manager-01:50051"}, {"swarm", "prod-eu"}, {"state", "following"}}}},
          {"receivers",
           {{{"name", "slack"}, {"type", "slack"}, {"failing", false}},
            {{"name", "teams"}, {"type", "teams"}, {"failing", false}}}},
          {"silences",
           {{{"id", "1a2b3c4d"},
             {"match", "stack=billing"},
             {"by", "anna"},
             {"because", "database migration"},
             {"until", absl::ToUnixSeconds(absl::Now() + absl::Minutes(42)) / 60 * 60}}}}};
}

int Run(int argc, char** argv) {
  spdlog::set_level(spdlog::level::off);  // standard output is for answers
  TimelinePageOptions options{.listen = "127.0.0.1:0", .external_url = "", .window = absl::Milliseconds(500)};
  if (argc == 3 && std::string(argv[1]) == "--token") options.token = AuthToken(argv[2]);
  const auto rules = std::make_shared<const RuleSet>(BuiltInRuleSet());
  TimelinePage page(
      options,
      {.rules = [rules] { return rules; },
       .links =
           [] {
             return std::vector<LinkConfig>{{"Portainer", "service", "https://portainer.example.com/{id}"}};
           },
       .state = State,
       .read_last_words =
           [](const LastWordsSource&, const auto& wanted) {
             wanted->Set(
                 {.lines = {"Listening on :8080", "FATAL cannot reach postgres:5432: connection refused"},
                  .missing = ""});
           }},
      Clock::Real());
  if (const absl::Status listening = page.Listen(); !listening.ok()) {
    std::cerr << listening << '\n';
    return 1;
  }
  std::cout << page.Port() << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    int count = 0;
    if (line.starts_with("history ") && absl::SimpleAtoi(line.substr(8), &count)) AddHistory(page, count);
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    if (words[0] == "sample") AddSample(page, words.at(1), absl::Now());
    if (words[0] == "at" && absl::SimpleAtoi(words.at(1), &count))
      AddSample(page, words.at(2), absl::Now() - absl::Seconds(count));
    if (line == "hostile") AddHostile(page);
    std::cout << (line == "memory" ? Memory() : "done") << std::endl;
  }
  page.Stop();
  return 0;
}

}  // namespace
}  // namespace swarmbell

int main(int argc, char** argv) { return swarmbell::Run(argc, argv); }
