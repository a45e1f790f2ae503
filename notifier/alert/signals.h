#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "notifier/alert/alert_group.h"

namespace swarmbell {

// The meaning of alerts for a program, such as a pager: an alarm that opens or ends, or news without an end.
struct Signal {
  enum class Status { kInfo, kOpen, kResolved };
  Status status = Status::kInfo;
  // An alarm has its own (see conditions.h), the same when it opens and when it ends; news have that of their
  // subject (see SubjectOf).
  std::string key;
  std::string topic{};  // of an alarm the last part of its key, for example `tasks`; of news empty
  // The object that the alarm is about: `service`, its name, and its stack, which may be empty.
  std::string kind{};
  std::string object{};
  std::string stack{};
  // When the alarm began, or the news happened; unset if an end does not say.
  std::optional<absl::Time> since{};
  std::optional<absl::Time> ended{};  // only of kResolved
};

// A signal, and the alerts that it is made of: never empty, in order.
struct SignalAlerts {
  Signal signal;
  std::vector<Alert> alerts;
};

// The signals of a message's alerts, in the order in which they begin. An alarm has one: that of its last
// alert. One alert may open or end several alarms. News of one subject are one signal. Pure.
std::vector<SignalAlerts> SignalsOf(const std::vector<Alert>& alerts);

// `info`, `open` or `resolved`.
const char* StatusName(Signal::Status status);

}  // namespace swarmbell
