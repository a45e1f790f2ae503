#include "notifier/alert/signals.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "notifier/alert/change_facts.h"
#include "notifier/alert/conditions.h"
#include "notifier/config/change_words.h"

namespace swarmbell {
namespace {

std::vector<std::string> Opened(const v1::ChangeEvent& event) {
  return IsAlarm(event) ? ConditionsBegunBy(event) : std::vector<std::string>();
}

// True for a change that is news also where it ends no alarm.
bool IsNewsAnyway(const v1::ChangeEvent& event) {
  return event.has_service_update_state_changed() || event.has_node_availability_changed() ||
         event.has_service_job_failed() || event.has_service_degraded() || EndsSilently(event);
}

std::vector<std::string> Resolved(const v1::ChangeEvent& event) {
  if (event.ended_alarm_keys_size() > 0) {
    return {event.ended_alarm_keys().begin(), event.ended_alarm_keys().end()};
  }
  if (IsNewsAnyway(event)) return {};
  std::vector<std::string> keys = ConditionsEndedBy(event);
  if (IsOnlyEnd(event) && keys.size() > 1) keys.resize(1);
  return keys;
}

std::string TopicOf(std::string_view key) { return std::string(key.substr(key.rfind('/') + 1)); }

// The service in the key of an alarm that several services share; null if it names none.
template <typename Services>
const v1::FailingService* ServiceIn(const Services& services, std::string_view key) {
  for (const v1::FailingService& service : services) {
    if (key.find(absl::StrCat("/", service.service_id(), "/")) != std::string_view::npos) return &service;
  }
  return nullptr;
}

void SetObject(const v1::ChangeEvent& event, Signal& signal) {
  const v1::ResourceRef& resource = event.resource();
  signal.kind = EnumWord(*v1::ResourceKind_descriptor()->FindValueByNumber(
      v1::ResourceKind_IsValid(resource.kind()) ? resource.kind() : 0));
  signal.object = resource.name();
  signal.stack = resource.stack();
  if (event.has_task_unschedulable() && !event.task_unschedulable().task().service_name().empty()) {
    signal.kind = "service";
    signal.object = event.task_unschedulable().task().service_name();
    return;
  }
  const v1::FailingService* service = ServiceIn(event.services_failing().services(), signal.key);
  if (service == nullptr) service = ServiceIn(event.services_failing_over().services(), signal.key);
  if (service == nullptr || service->service_name().empty()) return;
  signal.kind = "service";
  signal.object = service->service_name();
  // Each service may be of another stack, which an older notifier did not store.
  if (service->service_id() != resource.id()) signal.stack = service->stack();
}

Signal Of(const v1::ChangeEvent& event, Signal::Status status, std::string key) {
  Signal signal{status, std::move(key)};
  SetObject(event, signal);
  if (status != Signal::Status::kInfo) signal.topic = TopicOf(signal.key);
  if (status != Signal::Status::kResolved) {
    signal.since = HappenedAt(event);
    return signal;
  }
  signal.ended = HappenedAt(event);
  const std::optional<absl::Time> began = BeginOfEnded(event);
  if (began && *began > absl::UnixEpoch() && *began <= *signal.ended) signal.since = began;
  return signal;
}

class Collected {
 public:
  void Add(Signal signal, const Alert& alert) {
    const auto [place, is_new] = places_.emplace(signal.key, signals_.size());
    if (is_new) {
      signals_.push_back({std::move(signal), {alert}});
      return;
    }
    SignalAlerts& known = signals_[place->second];
    if (!signal.since || (known.signal.since && known.signal.status != Signal::Status::kResolved))
      signal.since = known.signal.since;
    known.signal = std::move(signal);
    known.alerts.push_back(alert);
  }

  std::vector<SignalAlerts> Take() { return std::move(signals_); }

 private:
  std::vector<SignalAlerts> signals_;
  std::map<std::string, std::size_t> places_;  // by key
};

}  // namespace

std::vector<SignalAlerts> SignalsOf(const std::vector<Alert>& alerts) {
  Collected collected;
  for (const Alert& alert : alerts) {
    const v1::ChangeEvent& event = alert.event;
    const std::vector<std::string> opened = Opened(event);
    const std::vector<std::string> resolved = Resolved(event);
    for (const std::string& key : resolved) {
      const bool goes_on = std::find(opened.begin(), opened.end(), key) != opened.end();
      if (!goes_on) collected.Add(Of(event, Signal::Status::kResolved, key), alert);
    }
    for (const std::string& key : opened) collected.Add(Of(event, Signal::Status::kOpen, key), alert);
    if (opened.empty() && resolved.empty())
      collected.Add(Of(event, Signal::Status::kInfo, SubjectOf(event)), alert);
  }
  return collected.Take();
}

const char* StatusName(Signal::Status status) {
  switch (status) {
    case Signal::Status::kInfo:
      return "info";
    case Signal::Status::kOpen:
      return "open";
    case Signal::Status::kResolved:
      return "resolved";
  }
  return "";
}

}  // namespace swarmbell
