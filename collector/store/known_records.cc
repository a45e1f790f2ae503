#include "collector/store/known_records.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/store/note_records.h"
#include "collector/store/object_records.h"
#include "collector/store/record.h"
#include "common/time/proto_time.h"

namespace swarmbell {
namespace {

constexpr char kHead[] = "head";

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

std::string SealHead(const Known& swarm, const Known& containers) {
  store::v1::KnownHead record;
  record.set_has_services(swarm.services.has_value());
  record.set_has_nodes(swarm.nodes.has_value());
  record.set_has_tasks(swarm.tasks.has_value());
  record.set_has_containers(containers.containers.has_value());
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
  return SealMessage(kHead, record);
}

absl::Status AddHead(std::string_view sealed, Known& swarm, Known& containers) {
  store::v1::KnownHead record;
  if (absl::Status status = OpenMessage(kHead, sealed, record); !status.ok()) return status;
  // Objects may have come before.
  if (record.has_services() && !swarm.services) swarm.services.emplace();
  if (record.has_nodes() && !swarm.nodes) swarm.nodes.emplace();
  if (record.has_tasks() && !swarm.tasks) swarm.tasks.emplace();
  if (record.has_containers() && !containers.containers) containers.containers.emplace();
  swarm.server = record.server();
  swarm.leader_id = record.leader_id();
  for (const auto& [id, name] : record.network_names()) swarm.network_names[id] = name;
  for (const store::v1::Unschedulable& one : record.unschedulable()) {
    swarm.unschedulable.emplace(one.service_id(), one.message());
  }
  for (const auto& [service_id, since] : record.held_unschedulable()) {
    absl::Status status = ReadTime(kHead, since, swarm.held_unschedulable[service_id]);
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
  // All members: a new one does not compile until it is kept too.
  [[maybe_unused]] const auto& [services, nodes, tasks, other_containers, network_names, server,
                                service_notes, node_notes, leader_id, failed_tasks, unschedulable,
                                held_unschedulable, shortages, failed_jobs, other_troubles, due] = swarm;
  const std::string head = kHead;
  visit({head, nullptr, [&] { return SealHead(swarm, containers); }});
  VisitObjects("service:", services, visit);
  VisitObjects("node:", nodes, visit);
  VisitObjects("task:", tasks, visit);
  VisitNotes("service-note:", service_notes, visit);
  VisitNotes("node-note:", node_notes, visit);
  VisitNotes("failed-task:", failed_tasks, visit);
  VisitNotes("shortage:", shortages, visit);
  VisitNotes("failed-job:", failed_jobs, visit);
  VisitObjects("container:", containers.containers, visit);
  VisitNotes("trouble:", containers.troubles, visit);
}

absl::Status AddKnownRecord(std::string_view name, std::string_view record, Known& swarm, Known& containers) {
  if (name == kHead) return AddHead(record, swarm, containers);
  const std::size_t colon = name.find(':');
  const std::string_view kind = name.substr(0, colon);
  const Sealed sealed{name, std::string(colon == name.npos ? std::string_view() : name.substr(colon + 1)),
                      record};
  if (kind == "service") return AddObject(sealed, swarm.services);
  if (kind == "node") return AddObject(sealed, swarm.nodes);
  if (kind == "task") return AddObject(sealed, swarm.tasks);
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
