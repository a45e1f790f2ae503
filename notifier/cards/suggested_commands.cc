#include "notifier/cards/suggested_commands.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "absl/strings/ascii.h"
#include "notifier/cards/words.h"

namespace swarmbell::cards {
namespace {

using Commands = std::vector<std::string>;

constexpr std::size_t kMaxNameBytes = 128;
// The services that one command names.
constexpr std::size_t kMaxServices = 5;
constexpr std::size_t kMaxBytes = 160;  // of the services; a command that is cut is none

// As docker names objects: nothing in it acts on a shell, and it is no option.
bool IsPlainName(std::string_view name) {
  const auto is_plain = [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
  };
  return !name.empty() && name.size() <= kMaxNameBytes &&
         absl::ascii_isalnum(static_cast<unsigned char>(name[0])) &&
         std::all_of(name.begin(), name.end(), is_plain);
}

// The name, or the identifier where the name is not safe to type; empty if neither is.
std::string Target(const std::string& name, const std::string& id) {
  if (IsPlainName(name)) return name;
  return IsPlainName(id) ? id : "";
}

std::string TargetOf(const v1::ResourceRef& resource) { return Target(resource.name(), resource.id()); }

std::string ServiceOf(const v1::TaskSummary& task) { return Target(task.service_name(), task.service_id()); }

constexpr char kListNodes[] = "docker node ls";

// Commands about one object; none without a target.
Commands About(const std::string& target, const std::vector<const char*>& commands) {
  Commands typed;
  if (target.empty()) return typed;
  typed.reserve(commands.size());
  for (const char* command : commands) typed.push_back(std::string(command) + " " + target);
  return typed;
}

constexpr char kTasks[] = "docker service ps --no-trunc";
constexpr char kRollBack[] = "docker service rollback";
constexpr char kLogs[] = "docker service logs --tail 50";

// A failing service: its tasks, the way back if there is one, and a last command.
Commands FailingService(const std::string& service, bool can_roll_back, const char* last = kLogs) {
  std::vector<const char*> commands = {kTasks};
  if (can_roll_back) commands.push_back(kRollBack);
  if (last != nullptr) commands.push_back(last);
  return About(service, commands);
}

// The state of the nodes says why no node takes a task.
Commands WaitingService(const std::string& service, bool can_roll_back) {
  Commands commands = FailingService(service, can_roll_back, nullptr);
  commands.emplace_back(kListNodes);
  return commands;
}

Commands ForRun(const v1::ChangeEvent& event) {
  const v1::ServiceUpdateStateChanged& run = event.service_update_state_changed();
  const bool lacks_tasks = run.has_failed_task() && run.updated_tasks() < run.wanted_tasks();
  switch (run.current_state()) {
    case v1::UPDATE_STATE_PAUSED:
    case v1::UPDATE_STATE_ROLLBACK_PAUSED:
      return FailingService(TargetOf(event.resource()), event.can_roll_back());
    case v1::UPDATE_STATE_COMPLETED:
    case v1::UPDATE_STATE_ROLLBACK_COMPLETED:
      return lacks_tasks ? FailingService(TargetOf(event.resource()), event.can_roll_back()) : Commands();
    case v1::UPDATE_STATE_ROLLBACK_STARTED:
      // Somebody who rolls back by hand knows why.
      return run.automatic() ? FailingService(TargetOf(event.resource()), false) : Commands();
    default:
      return {};
  }
}

Commands ForShortage(const v1::ChangeEvent& event, const v1::TaskSummary& task) {
  const std::string service = TargetOf(event.resource());
  if (IsUnassigned(task)) return WaitingService(service, event.can_roll_back());
  return FailingService(service, event.can_roll_back());
}

Commands ForServices(const v1::ServicesFailing& failing) {
  std::string command;
  std::size_t named = 0;
  for (const v1::FailingService& service : failing.services()) {
    const std::string target = Target(service.service_name(), service.service_id());
    const bool fits = command.size() + target.size() < kMaxBytes;
    if (!target.empty() && fits && named++ < kMaxServices) command += " " + target;
  }
  return command.empty() ? Commands() : Commands{kTasks + command};
}

Commands ForService(const v1::ChangeEvent& event) {
  switch (event.details_case()) {
    case v1::ChangeEvent::kServiceUpdateStateChanged:
      return ForRun(event);
    case v1::ChangeEvent::kServiceUpdateStalled:
      return ForShortage(event, event.service_update_stalled().waiting_task());
    case v1::ChangeEvent::kServiceDegraded:
      return ForShortage(event, event.service_degraded().failed_task());
    case v1::ChangeEvent::kServiceCrashLoop:
      return FailingService(TargetOf(event.resource()), event.can_roll_back());
    case v1::ChangeEvent::kServiceJobFailed:
      return FailingService(TargetOf(event.resource()), false);
    case v1::ChangeEvent::kServiceTasksFailed:  // they were replaced
      return About(TargetOf(event.resource()), {kTasks});
    case v1::ChangeEvent::kServicesFailing:
      return ForServices(event.services_failing());
    case v1::ChangeEvent::kTaskFailed:
      // A task that its node rejected has printed nothing.
      return FailingService(ServiceOf(event.task_failed().task()), event.can_roll_back(),
                            event.task_failed().current_state() == v1::TASK_STATE_REJECTED ? nullptr : kLogs);
    case v1::ChangeEvent::kTaskUnschedulable:
      return WaitingService(ServiceOf(event.task_unschedulable().task()), event.can_roll_back());
    default:
      return {};
  }
}

bool IsAway(v1::NodeState state) {
  return state == v1::NODE_STATE_DOWN || state == v1::NODE_STATE_DISCONNECTED;
}

Commands ForNode(const v1::ChangeEvent& event) {
  const std::string node = TargetOf(event.resource());
  switch (event.details_case()) {
    case v1::ChangeEvent::kNodeDisappeared:
    case v1::ChangeEvent::kQuorumInDanger:
      return {kListNodes};
    case v1::ChangeEvent::kNodeAvailabilityChanged:
      if (event.node_availability_changed().current_availability() != v1::NODE_AVAILABILITY_PAUSE) return {};
      return About(node, {"docker node update --availability active", "docker node ps"});
    case v1::ChangeEvent::kNodeStateChanged: {
      if (!IsAway(event.node_state_changed().current_state())) return {};
      Commands commands = About(node, {"docker node ps"});
      commands.emplace_back(kListNodes);
      return commands;
    }
    case v1::ChangeEvent::kNodeReachabilityChanged:
      if (event.node_reachability_changed().current_reachability() != v1::NODE_REACHABILITY_UNREACHABLE)
        return {};
      return {kListNodes};
    default:
      return {};
  }
}

Commands ForContainer(const v1::ChangeEvent& event) {
  const std::string container = TargetOf(event.resource());
  switch (event.details_case()) {
    case v1::ChangeEvent::kContainerRestarting:
    case v1::ChangeEvent::kContainerGaveUp:
      return About(container, {"docker logs --tail 50", "docker inspect"});
    case v1::ChangeEvent::kContainerUnhealthy:
      return About(container, {"docker inspect --format '{{json .State.Health}}'", "docker logs --tail 50"});
    case v1::ChangeEvent::kContainerDead:
      return About(container, {"docker inspect"});
    default:
      return {};
  }
}

}  // namespace

std::vector<std::string> CommandsFor(const v1::ChangeEvent& event) {
  for (const auto commands_for : {ForService, ForNode, ForContainer}) {
    if (Commands commands = commands_for(event); !commands.empty()) return commands;
  }
  return {};
}

std::string InspectCommand(const v1::ResourceRef& resource) {
  const std::string target = TargetOf(resource);
  if (target.empty()) return "";
  switch (resource.kind()) {
    case v1::RESOURCE_KIND_SERVICE:
      return "docker service inspect " + target;
    case v1::RESOURCE_KIND_NODE:
      return "docker node inspect " + target;
    case v1::RESOURCE_KIND_TASK:
      return IsPlainName(resource.id()) ? "docker inspect " + resource.id() : "";
    case v1::RESOURCE_KIND_CONTAINER:
      return "docker inspect " + target;
    case v1::RESOURCE_KIND_SECRET:
      return "docker secret inspect " + target;
    case v1::RESOURCE_KIND_CONFIG:
      return "docker config inspect " + target;
    case v1::RESOURCE_KIND_NETWORK:
      return "docker network inspect " + target;
    default:
      return "";
  }
}

}  // namespace swarmbell::cards
