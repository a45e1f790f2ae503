#include "notifier/cards/samples.h"

#include <cstddef>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "absl/time/time.h"
#include "google/protobuf/text_format.h"
#include "notifier/alert/failed_output.h"
#include "notifier/config/readers.h"
#include "notifier/rules/rule_set.h"
#include "swarmbell/samples/v1/card_samples.pb.h"

namespace swarmbell {
namespace {

// Every sample was observed at 2026-11-22 12:44:05 UTC; the texts' times are around it.
constexpr long long kObserveTime = 1795351445;

// Filled by the build from samples/*.textproto.
constexpr std::string_view kTexts[] = {
#include "sample_texts.inc"
};

// Adds the part that all events share.
v1::ChangeEvent Completed(v1::ChangeEvent event, const std::string& id) {
  event.set_event_id("sample-" + id);
  event.mutable_observe_time()->set_seconds(kObserveTime);
  event.mutable_cluster()->set_id("c0mz4l6wq8xv2tbn9rky1hjd7");
  event.mutable_cluster()->set_name("prod-eu");
  event.mutable_observer()->set_node_id("p3x9zk5wq1vt7bn0mry8hcd6s");
  event.mutable_observer()->set_hostname("manager-01");
  return event;
}

// The texts are part of the program: one that does not parse is a bug, which a test finds.
void Append(std::string_view text, std::vector<Sample>& samples) {
  samples::v1::CardSamples file;
  if (!google::protobuf::TextFormat::ParseFromString(std::string(text), &file)) std::abort();
  for (const samples::v1::CardSample& card : file.samples()) {
    Sample sample{card.rule(), ParseColor(card.color()).value_or(Color::kBlue), {}};
    sample.last_words = {{card.output().begin(), card.output().end()}, card.output_missing()};
    for (const v1::ChangeEvent& event : card.events()) {
      const std::string number = sample.events.empty() ? "" : "-" + std::to_string(sample.events.size() + 1);
      sample.events.push_back(Completed(event, sample.rule + number));
    }
    for (const v1::ChangeEvent& event : card.before()) {
      const std::string number = "-before-" + std::to_string(sample.before.size() + 1);
      sample.before.push_back(Completed(event, sample.rule + number));
    }
    samples.push_back(std::move(sample));
  }
}

const Sample& Find(const std::vector<Sample>& samples, std::string_view rule) {
  for (const Sample& sample : samples) {
    if (sample.rule == rule) return sample;
  }
  std::abort();  // a sample that another one needs is missing
}

// A service that was removed and created again under its name.
Sample Recreated(const std::vector<Sample>& samples) {
  Sample sample{"service-recreated", Color::kRed, {}};
  sample.events = {Find(samples, "service-disappeared").events[0],
                   Find(samples, "service-appeared").events[0]};
  v1::ResourceRef& gone = *sample.events[0].mutable_resource();
  gone.set_name(sample.events[1].resource().name());
  auto& summary = *sample.events[0].mutable_service_disappeared()->mutable_service();
  summary.set_image("registry.example.com/shop/api:2.3.0");
  return sample;
}

// A deployment of a stack that fails in one place: the first event of each of these samples, renamed.
Sample Digest(const std::vector<Sample>& samples) {
  Sample digest{"digest", Color::kRed, {}, true};
  const auto add = [&](const char* rule, const std::string& name) {
    const Sample& sample = Find(samples, rule);
    v1::ChangeEvent event = sample.events.front();
    event.mutable_resource()->set_id("sample-" + name);
    event.mutable_resource()->set_name(name);
    digest.events.push_back(std::move(event));
    digest.event_colors.push_back(sample.color);
  };
  add("update-completed", "shop_api");
  add("mode-changed", "shop_web");
  add("service-labels-changed", "shop_web");
  add("update-paused", "shop_worker");
  add("task-template-changed", "shop_search");
  add("service-appeared", "shop_mailer");
  add("service-disappeared", "shop_legacy-mailer");
  return digest;
}

RuleSet BuiltInRuleSet() {
  NotifierConfig config;
  config.rules = BuiltInRules();
  ReceiverConfig receiver;
  receiver.name = "preview";
  config.receivers = {receiver};
  absl::StatusOr<RuleSet> rules = RuleSet::Create(config);
  if (!rules.ok()) std::abort();  // a bug, which a test finds
  return *std::move(rules);
}

// The built-in rule that rings for the event; empty if none does.
std::string RuleOf(const v1::ChangeEvent& event) {
  static const auto* const rules = new RuleSet(BuiltInRuleSet());
  return rules->Evaluate(event, absl::UnixEpoch()).rule;
}

}  // namespace

std::vector<Sample> Samples() {
  std::vector<Sample> samples;
  for (const std::string_view text : kTexts) Append(text, samples);
  Sample recreated = Recreated(samples);
  Sample digest = Digest(samples);
  samples.push_back(std::move(recreated));
  samples.push_back(std::move(digest));
  return samples;
}

std::vector<v1::ChangeEvent> SampleEvents() {
  std::vector<v1::ChangeEvent> events;
  for (const Sample& sample : Samples())
    events.insert(events.end(), sample.events.begin(), sample.events.end());
  return events;
}

AlertGroup SampleGroup(const Sample& sample) {
  AlertGroup group;
  group.receiver = "preview";
  group.color = sample.color;
  group.digest = sample.digest;
  for (std::size_t i = 0; i < sample.events.size(); ++i) {
    Alert alert;
    alert.event = sample.events[i];
    alert.rule = RuleOf(sample.events[i]);
    alert.color = sample.digest ? sample.event_colors[i] : sample.color;
    alert.receivers = {"preview"};
    group.alerts.push_back(std::move(alert));
  }
  for (const v1::ChangeEvent& event : sample.before) group.before.push_back({{event}});
  AddLastWords(sample.last_words, group.alerts);
  return group;
}

std::vector<LinkConfig> SampleLinks() {
  return {{"Logs", "service", "https://logs.example.com/?service={name}"},
          {"Dashboard", "service", "https://grafana.example.com/d/swarm?var-service={name}"},
          {"Node", "node", "https://grafana.example.com/d/node?var-host={name}"}};
}

}  // namespace swarmbell
