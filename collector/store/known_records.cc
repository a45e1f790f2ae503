#include "collector/store/known_records.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/store/object_records.h"
#include "collector/store/record.h"
#include "common/time/proto_time.h"
#include "swarmbell/store/v1/collector_state.pb.h"

namespace swarmbell {
namespace {

using Timestamp = google::protobuf::Timestamp;
using FieldRecords = google::protobuf::RepeatedPtrField<v1::FieldChange>;

absl::Status ReadOptionalTime(std::string_view name, bool present, const Timestamp& record,
                              std::optional<absl::Time>& time) {
  return present ? ReadTime(name, record, time.emplace()) : absl::OkStatus();
}

void SetFields(const std::vector<v1::FieldChange>& fields, FieldRecords& record) {
  record.Assign(fields.begin(), fields.end());
}

std::vector<v1::FieldChange> ReadFields(const FieldRecords& record) { return {record.begin(), record.end()}; }

store::v1::RunProgress ProgressRecord(const RunProgress& progress) {
  const auto& [since, reached, stalled, stalls] = progress;
  store::v1::RunProgress record;
  *record.mutable_since() = ToProto(since);
  record.mutable_reached()->Assign(reached.begin(), reached.end());
  record.set_stalled(stalled);
  record.set_stalls(stalls);
  return record;
}

absl::Status ReadProgress(std::string_view name, const store::v1::RunProgress& record,
                          RunProgress& progress) {
  progress.reached.assign(record.reached().begin(), record.reached().end());
  progress.stalled = record.stalled();
  // Older records do not count.
  progress.stalls = std::max<std::uint32_t>(record.stalls(), progress.stalled ? 1 : 0);
  return ReadTime(name, record.since(), progress.since);
}

// The notes as records, and back. The names bound below are all members: a new one does not compile until it
// is stored too.

store::v1::ServiceNote ToRecord(const KnownService& note) {
  const auto& [run, unclaimed, first_start] = note;
  store::v1::ServiceNote record;
  record.set_first_start(first_start);
  if (run) {
    const auto& [started_at, state, fields, progress, origin, failed] = *run;
    if (started_at) *record.mutable_run()->mutable_start_time() = ToProto(*started_at);
    record.mutable_run()->set_state(state);
    record.mutable_run()->set_failed(failed);
    SetFields(fields, *record.mutable_run()->mutable_fields());
    if (progress) *record.mutable_run()->mutable_progress() = ProgressRecord(*progress);
    if (origin) *record.mutable_run()->mutable_origin() = *origin;
  }
  SetFields(unclaimed, *record.mutable_unclaimed());
  return record;
}

absl::Status FromRecord(std::string_view name, const store::v1::ServiceNote& record, KnownService& note) {
  note.unclaimed = ReadFields(record.unclaimed());
  note.first_start = record.first_start();
  if (!record.has_run()) return absl::OkStatus();
  KnownRun& run = note.run.emplace();
  run.state = record.run().state();
  run.fields = ReadFields(record.run().fields());
  if (record.run().has_origin()) run.origin = record.run().origin();
  run.failed = record.run().failed();
  if (record.run().has_progress()) {
    absl::Status status = ReadProgress(name, record.run().progress(), run.progress.emplace());
    if (!status.ok()) return status;
  }
  return ReadOptionalTime(name, record.run().has_start_time(), record.run().start_time(), run.started_at);
}

store::v1::NodeNote ToRecord(const KnownNode& note) {
  const auto& [state, away_since, carried_services, state_before_baseline, reachability, unreachable_since,
               held_since, held_readings] = note;
  static_cast<void>(unreachable_since);  // seconds, which are counted again
  store::v1::NodeNote record;
  record.set_state(state);
  if (away_since) *record.mutable_away_since() = ToProto(*away_since);
  record.set_state_before_baseline(state_before_baseline);
  record.set_reachability(reachability);
  if (held_since) *record.mutable_held_since() = ToProto(*held_since);
  record.set_held_readings(held_readings);
  record.mutable_carried_services()->Assign(carried_services.begin(), carried_services.end());
  return record;
}

absl::Status FromRecord(std::string_view name, const store::v1::NodeNote& record, KnownNode& note) {
  note.state = record.state();
  note.state_before_baseline = record.state_before_baseline();
  note.reachability = record.reachability();
  note.held_readings = record.held_readings();
  note.carried_services.assign(record.carried_services().begin(), record.carried_services().end());
  absl::Status status = ReadOptionalTime(name, record.has_away_since(), record.away_since(), note.away_since);
  if (!status.ok()) return status;
  return ReadOptionalTime(name, record.has_held_since(), record.held_since(), note.held_since);
}

store::v1::FailedTask ToRecord(v1::TaskState failed) {
  store::v1::FailedTask record;
  record.set_state(failed);
  return record;
}

absl::Status FromRecord(std::string_view /*name*/, const store::v1::FailedTask& record,
                        v1::TaskState& failed) {
  failed = record.state();
  return absl::OkStatus();
}

store::v1::Shortage ToRecord(const KnownShortage& shortage) {
  const auto& [since, episode, reported, unschedulable, held_since, running_at_baseline] = shortage;
  store::v1::Shortage record;
  *record.mutable_since() = ToProto(since);
  record.set_episode(episode);
  record.set_told(reported);
  if (running_at_baseline) record.set_running_at_baseline(*running_at_baseline);
  record.set_unschedulable(unschedulable);
  if (held_since) *record.mutable_held_since() = ToProto(*held_since);
  record.set_has_hold(true);
  return record;
}

absl::Status FromRecord(std::string_view name, const store::v1::Shortage& record, KnownShortage& shortage) {
  shortage.episode = record.episode();
  shortage.reported = record.told();
  if (record.has_running_at_baseline()) shortage.running_at_baseline = record.running_at_baseline();
  shortage.unschedulable = record.unschedulable();
  absl::Status status = ReadTime(name, record.since(), shortage.since);
  if (!status.ok()) return status;
  const bool held_before_there_was_a_hold = !record.has_hold() && !record.told();
  if (held_before_there_was_a_hold && !shortage.running_at_baseline) shortage.held_since = shortage.since;
  return ReadOptionalTime(name, record.has_held_since(), record.held_since(), shortage.held_since);
}

store::v1::FailedJob ToRecord(const KnownFailedJob& job) {
  const auto& [run, failed_at] = job;
  store::v1::FailedJob record;
  record.set_run(run);
  if (failed_at) *record.mutable_failure_time() = ToProto(*failed_at);
  return record;
}

absl::Status FromRecord(std::string_view name, const store::v1::FailedJob& record, KnownFailedJob& job) {
  job.run = record.run();
  return ReadOptionalTime(name, record.has_failure_time(), record.failure_time(), job.failed_at);
}

store::v1::Trouble ToRecord(const KnownTrouble& trouble) {
  const auto& [state, since, reported, running_since, at_baseline, removing_since] = trouble;
  store::v1::Trouble record;
  record.set_state(state);
  *record.mutable_since() = ToProto(since);
  record.set_told(reported);
  if (running_since) *record.mutable_running_since() = ToProto(*running_since);
  record.set_at_baseline(at_baseline);
  if (removing_since) *record.mutable_removing_since() = ToProto(*removing_since);
  return record;
}

absl::Status FromRecord(std::string_view name, const store::v1::Trouble& record, KnownTrouble& trouble) {
  trouble.state = record.state();
  trouble.reported = record.told();
  trouble.at_baseline = record.at_baseline();
  absl::Status status =
      ReadOptionalTime(name, record.has_running_since(), record.running_since(), trouble.running_since);
  if (!status.ok()) return status;
  status =
      ReadOptionalTime(name, record.has_removing_since(), record.removing_since(), trouble.removing_since);
  if (!status.ok()) return status;
  return ReadTime(name, record.since(), trouble.since);
}

constexpr char kHeadRecord[] = "head";

using Visit = absl::FunctionRef<void(const KnownRecord&)>;

template <typename T>
void VisitObjects(const char* kind, const std::optional<Objects<T>>& objects, Visit visit) {
  if (!objects) return;
  for (const auto& [id, object] : *objects) {
    const std::string name = absl::StrCat(kind, id);
    visit({name, object, [&name, &object = *object] { return SealObject(name, object); }});
  }
}

template <typename T>
void VisitNotes(const char* kind, const std::map<std::string, T>& notes, Visit visit) {
  for (const auto& [id, note] : notes) {
    const std::string name = absl::StrCat(kind, id);
    visit({name, nullptr, [&name, &note = note] { return SealMessage(name, ToRecord(note)); }});
  }
}

std::string SealKnownHead(const Known& swarm, const Known& containers) {
  store::v1::KnownHead record;
  record.set_has_services(swarm.services.has_value());
  record.set_has_nodes(swarm.nodes.has_value());
  record.set_has_tasks(swarm.tasks.has_value());
  record.set_has_containers(containers.containers.has_value());
  record.set_has_secrets(swarm.secrets.has_value());
  record.set_has_configs(swarm.configs.has_value());
  record.set_has_networks(swarm.networks.has_value());
  if (swarm.settings) record.set_swarm_settings(swarm.settings->text);
  record.set_server(swarm.server);
  record.set_leader_id(swarm.leader_id);
  for (const auto& [id, name] : swarm.network_names) (*record.mutable_network_names())[id] = name;
  for (const auto& [service_id, message] : swarm.unschedulable) {
    store::v1::Unschedulable& added = *record.add_unschedulable();
    added.set_service_id(service_id);
    added.set_message(message);
  }
  for (const auto& [service_id, since] : swarm.held_unschedulable) {
    (*record.mutable_held_unschedulable())[service_id] = ToProto(since);
  }
  return SealMessage(kHeadRecord, record);
}

absl::Status AddHead(std::string_view sealed, Known& swarm, Known& containers) {
  store::v1::KnownHead record;
  if (absl::Status status = OpenMessage(kHeadRecord, sealed, record); !status.ok()) return status;
  // Objects may have been added before the head.
  if (record.has_services() && !swarm.services) swarm.services.emplace();
  if (record.has_nodes() && !swarm.nodes) swarm.nodes.emplace();
  if (record.has_tasks() && !swarm.tasks) swarm.tasks.emplace();
  if (record.has_containers() && !containers.containers) containers.containers.emplace();
  if (record.has_secrets() && !swarm.secrets) swarm.secrets.emplace();
  if (record.has_configs() && !swarm.configs) swarm.configs.emplace();
  if (record.has_networks() && !swarm.networks) swarm.networks.emplace();
  if (!record.swarm_settings().empty()) swarm.settings.emplace().text = record.swarm_settings();
  swarm.server = record.server();
  swarm.leader_id = record.leader_id();
  for (const auto& [id, name] : record.network_names()) swarm.network_names[id] = name;
  for (const store::v1::Unschedulable& one : record.unschedulable()) {
    swarm.unschedulable.emplace(one.service_id(), one.message());
  }
  for (const auto& [service_id, since] : record.held_unschedulable()) {
    absl::Status status = ReadTime(kHeadRecord, since, swarm.held_unschedulable[service_id]);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

// One record, by name.
struct Sealed {
  std::string_view name;
  std::string id;  // the name without its kind
  std::string_view record;
};

template <typename T>
absl::Status AddObject(const Sealed& sealed, std::optional<Objects<T>>& objects) {
  const auto object = std::make_shared<T>();
  if (absl::Status status = OpenObject(sealed.name, sealed.record, *object); !status.ok()) return status;
  if (object->id != sealed.id) return BadRecord(sealed.name, "is of another object");
  if (!objects) objects.emplace();
  objects->Add(object);
  return absl::OkStatus();
}

template <typename Record, typename T>
absl::Status AddNote(const Sealed& sealed, std::map<std::string, T>& notes) {
  Record record;
  if (absl::Status status = OpenMessage(sealed.name, sealed.record, record); !status.ok()) return status;
  return FromRecord(sealed.name, record, notes[sealed.id]);
}

}  // namespace

void VisitKnown(const Known& swarm, const Known& containers, Visit visit) {
  // All members: a new one does not compile until it is stored too.
  [[maybe_unused]] const auto& [services, nodes, tasks, other_containers, secrets, configs, networks,
                                settings, network_names, server, service_notes, node_notes, leader_id,
                                failed_tasks, unschedulable, held_unschedulable, shortages, failed_jobs,
                                other_troubles, due] = swarm;
  const std::string head = kHeadRecord;
  visit({head, nullptr, [&] { return SealKnownHead(swarm, containers); }});
  VisitObjects("service:", services, visit);
  VisitObjects("node:", nodes, visit);
  VisitObjects("task:", tasks, visit);
  VisitObjects("secret:", secrets, visit);
  VisitObjects("config:", configs, visit);
  VisitObjects("network:", networks, visit);
  VisitNotes("service-note:", service_notes, visit);
  VisitNotes("node-note:", node_notes, visit);
  VisitNotes("failed-task:", failed_tasks, visit);
  VisitNotes("shortage:", shortages, visit);
  VisitNotes("failed-job:", failed_jobs, visit);
  VisitObjects("container:", containers.containers, visit);
  VisitNotes("trouble:", containers.troubles, visit);
}

absl::Status AddKnownRecord(std::string_view name, std::string_view record, Known& swarm, Known& containers) {
  if (name == kHeadRecord) return AddHead(record, swarm, containers);
  const std::size_t colon = name.find(':');
  const std::string_view kind = name.substr(0, colon);
  const Sealed sealed{name, std::string(colon == name.npos ? std::string_view() : name.substr(colon + 1)),
                      record};
  if (kind == "service") return AddObject(sealed, swarm.services);
  if (kind == "node") return AddObject(sealed, swarm.nodes);
  if (kind == "task") return AddObject(sealed, swarm.tasks);
  if (kind == "secret") return AddObject(sealed, swarm.secrets);
  if (kind == "config") return AddObject(sealed, swarm.configs);
  if (kind == "network") return AddObject(sealed, swarm.networks);
  if (kind == "container") return AddObject(sealed, containers.containers);
  if (kind == "service-note") return AddNote<store::v1::ServiceNote>(sealed, swarm.service_notes);
  if (kind == "node-note") return AddNote<store::v1::NodeNote>(sealed, swarm.node_notes);
  if (kind == "shortage") return AddNote<store::v1::Shortage>(sealed, swarm.shortages);
  if (kind == "failed-job") return AddNote<store::v1::FailedJob>(sealed, swarm.failed_jobs);
  if (kind == "trouble") return AddNote<store::v1::Trouble>(sealed, containers.troubles);
  if (kind == "failed-task") return AddNote<store::v1::FailedTask>(sealed, swarm.failed_tasks);
  return BadRecord(name, "is of no kind that this version knows");
}

}  // namespace swarmbell
