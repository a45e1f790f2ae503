#pragma once

#include <string>

#include "common/time/proto_time.h"
#include "notifier/cards/samples.h"
#include "notifier/config/readers.h"
#include "notifier/rules/rule_set.h"

namespace swarmbell {

inline const absl::Time kNoon = absl::FromUnixSeconds(1795953600);

inline RuleSet BuiltInRuleSet() {
  NotifierConfig config;
  config.receivers.push_back({});
  config.receivers.back().name = "console";
  config.rules = BuiltInRules();
  for (RuleConfig& rule : config.rules) rule.receivers = {"console"};
  return *RuleSet::Create(config);
}

// The first change of the sample of a rule, as observed then.
inline v1::ChangeEvent SampleOf(const std::string& rule, absl::Time observed) {
  for (const Sample& sample : Samples()) {
    if (sample.rule != rule) continue;
    v1::ChangeEvent event = sample.events.front();
    *event.mutable_observe_time() = ToProto(observed);
    return event;
  }
  return {};
}

// A paused update of that service.
inline v1::ChangeEvent ServiceDown(const std::string& id, const std::string& service, absl::Time observed) {
  static const v1::ChangeEvent sample = SampleOf("update-paused", kNoon);
  v1::ChangeEvent event = sample;
  event.set_event_id(id);
  event.mutable_resource()->set_id("id-" + service);
  event.mutable_resource()->set_name(service);
  *event.mutable_observe_time() = ToProto(observed);
  return event;
}

}  // namespace swarmbell
