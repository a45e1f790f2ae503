#include "notifier/cards/samples.h"

#include <string>
#include <utility>

#include "google/protobuf/text_format.h"
#include "notifier/cards/sample_texts.h"

namespace swarmbell {
namespace {

using cards::SampleText;

// The part that all samples share. A text that does not parse gives an event without details; a test checks
// that there is none.
v1::ChangeEvent EventOf(std::string_view text, const std::string& id) {
  v1::ChangeEvent event;
  if (!google::protobuf::TextFormat::ParseFromString(std::string(text), &event)) event.Clear();
  event.set_event_id("sample-" + id);
  event.mutable_observe_time()->set_seconds(cards::kSampleTime);
  event.mutable_cluster()->set_id("c0mz4l6wq8xv2tbn9rky1hjd7");
  event.mutable_cluster()->set_name("prod-eu");
  event.mutable_observer()->set_node_id("p3x9zk5wq1vt7bn0mry8hcd6s");
  event.mutable_observer()->set_hostname("manager-01");
  return event;
}

void Append(const std::vector<SampleText>& texts, std::vector<Sample>& samples) {
  for (const SampleText& text : texts) {
    Sample sample{std::string(text.rule), text.color, {}, false};
    for (const std::string_view event : text.events) {
      const std::string number = sample.events.empty() ? "" : "-" + std::to_string(sample.events.size() + 1);
      sample.events.push_back(EventOf(event, sample.rule + number));
    }
    samples.push_back(std::move(sample));
  }
}

const Sample& Find(const std::vector<Sample>& samples, const std::string& rule) {
  for (const Sample& sample : samples) {
    if (sample.rule == rule) return sample;
  }
  return samples.front();
}

// A service that was removed and created again under its name.
Sample Recreated(const std::vector<Sample>& samples) {
  Sample sample{"service-recreated", Color::kRed, {}, false};
  sample.events = {Find(samples, "service-disappeared").events[0],
                   Find(samples, "service-appeared").events[0]};
  v1::ResourceRef& gone = *sample.events[0].mutable_resource();
  gone.set_name(sample.events[1].resource().name());
  auto& summary = *sample.events[0].mutable_service_disappeared()->mutable_service();
  summary.set_image("registry.example.com/shop/api:2.3.0");
  return sample;
}

// One event of a sample, as if it were of another service.
v1::ChangeEvent Renamed(const Sample& sample, const std::string& name) {
  v1::ChangeEvent event = sample.events.front();
  event.mutable_resource()->set_id("sample-" + name);
  event.mutable_resource()->set_name(name);
  return event;
}

// A deployment of a stack that fails in one place.
Sample Digest(const std::vector<Sample>& samples) {
  Sample digest{"digest", Color::kRed, {}, true};
  const auto add = [&](const char* rule, const char* name) {
    digest.events.push_back(Renamed(Find(samples, rule), name));
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

// The colour of the built-in rule that tells an event of a digest.
Color ColorOf(const v1::ChangeEvent& event, const Sample& sample) {
  if (!sample.digest) return sample.color;
  for (const Sample& other : Samples()) {
    if (other.digest) continue;
    for (const v1::ChangeEvent& known : other.events) {
      if (known.event_id() == event.event_id()) return other.color;
    }
  }
  return sample.color;
}

}  // namespace

std::vector<Sample> Samples() {
  std::vector<Sample> samples;
  Append(cards::NodeSamples(), samples);
  Append(cards::ServiceSamples(), samples);
  Append(cards::UpdateSamples(), samples);
  Append(cards::HealthSamples(), samples);
  Append(cards::FailureSamples(), samples);
  Append(cards::StorySamples(), samples);
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
  for (const v1::ChangeEvent& event : sample.events) {
    Alert alert;
    alert.event = event;
    alert.rule = sample.rule;
    alert.color = ColorOf(event, sample);
    alert.receivers = {"preview"};
    group.alerts.push_back(std::move(alert));
  }
  return group;
}

std::vector<LinkConfig> SampleLinks() {
  return {{"Logs", "service", "https://logs.example.com/?service={name}"},
          {"Dashboard", "service", "https://grafana.example.com/d/swarm?var-service={name}"},
          {"Node", "node", "https://grafana.example.com/d/node?var-host={name}"}};
}

}  // namespace swarmbell
