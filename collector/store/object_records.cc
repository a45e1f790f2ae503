#include "collector/store/object_records.h"

#include <google/protobuf/map.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "collector/store/record.h"

namespace swarmbell {
namespace {

using Timestamp = google::protobuf::Timestamp;
using Labels = std::map<std::string, std::string>;
using LabelsRecord = google::protobuf::Map<std::string, std::string>;

// Reads one record; the first fault is kept.
class Reading {
 public:
  explicit Reading(std::string_view name) : name_(name) {}

  void Time(bool present, const Timestamp& record, std::optional<absl::Time>& time) {
    if (!present) return;
    absl::Time read;
    if (status_.ok()) status_ = ReadTime(name_, record, read);
    time = read;
  }

  void Spec(const std::string& record, std::string& spec) {
    if (status_.ok() && !record.empty() && !nlohmann::json::accept(record)) {
      status_ = BadRecord(name_, "holds a spec that is no JSON");
    }
    spec = record;
  }

  void Id(const std::string& record, std::string& id) {
    if (status_.ok() && record.empty()) status_ = BadRecord(name_, "has no identifier");
    id = record;
  }

  const absl::Status& status() const { return status_; }

 private:
  std::string_view name_;
  absl::Status status_;
};

template <typename Record>
void SetTime(Record& record, Timestamp* (Record::*field)(), const std::optional<absl::Time>& time) {
  if (time) *(record.*field)() = TimeRecord(*time);
}

void SetLabels(const Labels& labels, LabelsRecord& record) {
  for (const auto& [name, value] : labels) record[name] = value;
}

Labels ReadLabels(const LabelsRecord& record) { return {record.begin(), record.end()}; }

TaskPolicy PolicyOf(const std::string& spec) {
  if (spec.empty()) return {};
  const nlohmann::json parsed = nlohmann::json::parse(spec);
  absl::Status status;
  return ReadTaskPolicy(JsonFields(parsed, "a kept spec", &status).Object("TaskTemplate"));
}

}  // namespace

Timestamp TimeRecord(absl::Time time) {
  Timestamp record;
  const std::int64_t seconds = absl::ToUnixSeconds(time);
  record.set_seconds(seconds);
  record.set_nanos(
      static_cast<std::int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return record;
}

absl::Status ReadTime(std::string_view name, const Timestamp& record, absl::Time& time) {
  constexpr std::int64_t kYear10000 = 253'402'300'800;
  if (record.seconds() < -kYear10000 || record.seconds() >= kYear10000 || record.nanos() < 0 ||
      record.nanos() >= 1'000'000'000) {
    return BadRecord(name, "holds a time that cannot be");
  }
  time = absl::FromUnixSeconds(record.seconds()) + absl::Nanoseconds(record.nanos());
  return absl::OkStatus();
}

// The names bound below are all members: a new one does not compile until it is kept too.

store::v1::Service ToRecord(const Service& service) {
  const auto& [id, version, name, stack, labels, created_at, updated_at, mode, image, policy, job_iteration,
               update_status, spec, previous_spec, template_fingerprint] = service;
  static_cast<void>(policy);  // the spec says it
  using Record = store::v1::Service;
  Record record;
  record.set_id(id);
  record.set_version(version);
  record.set_name(name);
  record.set_stack(stack);
  SetLabels(labels, *record.mutable_labels());
  SetTime(record, &Record::mutable_create_time, created_at);
  SetTime(record, &Record::mutable_update_time, updated_at);
  *record.mutable_mode() = mode;
  record.set_image(image);
  if (update_status) {
    const auto& [state, started_at, completed_at, message] = *update_status;
    store::v1::UpdateStatus& status = *record.mutable_update_status();
    status.set_state(state);
    SetTime(status, &store::v1::UpdateStatus::mutable_start_time, started_at);
    SetTime(status, &store::v1::UpdateStatus::mutable_complete_time, completed_at);
    status.set_message(message);
  }
  record.set_spec(spec);
  record.set_previous_spec(previous_spec.Apply(spec));
  record.set_template_fingerprint(template_fingerprint.whole);
  record.set_unplaced_fingerprint(template_fingerprint.unplaced);
  record.set_job_iteration(job_iteration);
  return record;
}

absl::Status FromRecord(std::string_view name, const store::v1::Service& record, Service& service) {
  Reading reading(name);
  reading.Id(record.id(), service.id);
  service.version = record.version();
  service.name = record.name();
  service.stack = record.stack();
  service.labels = ReadLabels(record.labels());
  reading.Time(record.has_create_time(), record.create_time(), service.created_at);
  reading.Time(record.has_update_time(), record.update_time(), service.updated_at);
  service.mode = record.mode();
  service.image = record.image();
  if (record.has_update_status()) {
    const store::v1::UpdateStatus& status = record.update_status();
    UpdateStatus& read = service.update_status.emplace();
    read.state = status.state();
    reading.Time(status.has_start_time(), status.start_time(), read.started_at);
    reading.Time(status.has_complete_time(), status.complete_time(), read.completed_at);
    read.message = status.message();
  }
  reading.Spec(record.spec(), service.spec);
  std::string previous_spec;
  reading.Spec(record.previous_spec(), previous_spec);
  service.previous_spec = TextPatch(previous_spec, service.spec);
  service.template_fingerprint = {record.template_fingerprint(), record.unplaced_fingerprint()};
  service.job_iteration = record.job_iteration();
  if (reading.status().ok()) service.policy = PolicyOf(service.spec);
  return reading.status();
}

store::v1::Node ToRecord(const Node& node) {
  const auto& [id, version, hostname, role, availability, state, state_message, address, engine_version,
               labels, reachability, leader, created_at, updated_at] = node;
  using Record = store::v1::Node;
  Record record;
  record.set_id(id);
  record.set_version(version);
  record.set_hostname(hostname);
  record.set_role(role);
  record.set_availability(availability);
  record.set_state(state);
  record.set_state_message(state_message);
  record.set_address(address);
  record.set_engine_version(engine_version);
  SetLabels(labels, *record.mutable_labels());
  record.set_reachability(reachability);
  record.set_leader(leader);
  SetTime(record, &Record::mutable_create_time, created_at);
  SetTime(record, &Record::mutable_update_time, updated_at);
  return record;
}

absl::Status FromRecord(std::string_view name, const store::v1::Node& record, Node& node) {
  Reading reading(name);
  reading.Id(record.id(), node.id);
  node.version = record.version();
  node.hostname = record.hostname();
  node.role = record.role();
  node.availability = record.availability();
  node.state = record.state();
  node.state_message = record.state_message();
  node.address = record.address();
  node.engine_version = record.engine_version();
  node.labels = ReadLabels(record.labels());
  node.reachability = record.reachability();
  node.leader = record.leader();
  reading.Time(record.has_create_time(), record.create_time(), node.created_at);
  reading.Time(record.has_update_time(), record.update_time(), node.updated_at);
  return reading.status();
}

store::v1::Task ToRecord(const Task& task) {
  const auto& [id, version, service_id, node_id, slot, state, desired_state, error, message, exit_code,
               container_id, image, state_time, created_at, job_iteration, spec_fingerprint] = task;
  using Record = store::v1::Task;
  Record record;
  record.set_id(id);
  record.set_version(version);
  record.set_service_id(service_id);
  record.set_node_id(node_id);
  record.set_slot(slot);
  record.set_state(state);
  record.set_desired_state(desired_state);
  record.set_error(error);
  record.set_message(message);
  if (exit_code) record.set_exit_code(*exit_code);
  record.set_container_id(container_id);
  record.set_image(image);
  SetTime(record, &Record::mutable_state_time, state_time);
  SetTime(record, &Record::mutable_create_time, created_at);
  record.set_job_iteration(job_iteration);
  record.set_spec_fingerprint(spec_fingerprint.whole);
  record.set_unplaced_fingerprint(spec_fingerprint.unplaced);
  return record;
}

absl::Status FromRecord(std::string_view name, const store::v1::Task& record, Task& task) {
  Reading reading(name);
  reading.Id(record.id(), task.id);
  task.version = record.version();
  task.service_id = SharedText(record.service_id());
  task.node_id = SharedText(record.node_id());
  task.slot = record.slot();
  task.state = record.state();
  task.desired_state = record.desired_state();
  task.error = SharedText(record.error());
  task.message = SharedText(record.message());
  if (record.has_exit_code()) task.exit_code = record.exit_code();
  task.container_id = record.container_id();
  task.image = SharedText(record.image());
  reading.Time(record.has_state_time(), record.state_time(), task.state_time);
  reading.Time(record.has_create_time(), record.create_time(), task.created_at);
  task.job_iteration = record.job_iteration();
  task.spec_fingerprint = {record.spec_fingerprint(), record.unplaced_fingerprint()};
  return reading.status();
}

store::v1::Container ToRecord(const Container& container) {
  const auto& [id, name, image, state, status, labels, created_at] = container;
  store::v1::Container record;
  record.set_id(id);
  record.set_name(name);
  record.set_image(image);
  record.set_state(state);
  record.set_status(status);
  SetLabels(labels, *record.mutable_labels());
  SetTime(record, &store::v1::Container::mutable_create_time, created_at);
  return record;
}

absl::Status FromRecord(std::string_view name, const store::v1::Container& record, Container& container) {
  Reading reading(name);
  reading.Id(record.id(), container.id);
  container.name = record.name();
  container.image = record.image();
  container.state = record.state();
  container.status = record.status();
  container.labels = ReadLabels(record.labels());
  reading.Time(record.has_create_time(), record.create_time(), container.created_at);
  return reading.status();
}

}  // namespace swarmbell
