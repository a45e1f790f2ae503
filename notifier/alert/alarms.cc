#include "notifier/alert/alarms.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/time/proto_time.h"

namespace swarmbell {
namespace {

using Keys = std::vector<std::string>;

constexpr char kState[] = "state";
constexpr char kReachability[] = "reachability";
constexpr char kAvailability[] = "availability";
constexpr char kTasks[] = "tasks";  // too few of them
constexpr char kRun[] = "run";      // of an update
constexpr char kJob[] = "job";
constexpr char kLoop[] = "loop";
constexpr char kContainer[] = "container";
constexpr char kCollector[] = "collector";
constexpr char kFeed[] = "feed";

// The beginning of the keys of all alarms of an object.
std::string Object(const v1::ChangeEvent& event, const std::string& id) {
  return absl::StrCat(event.cluster().id(), "/", id, "/");
}

Keys Key(const v1::ChangeEvent& event, const char* topic) {
  return {absl::StrCat(Object(event, event.resource().id()), topic)};
}

// A collector is a part of the node that it asks, if it knows that node.
Keys CollectorKey(const v1::ChangeEvent& event) {
  const std::string& node = event.observer().node_id();
  return {absl::StrCat(Object(event, node.empty() ? event.resource().id() : node), kCollector)};
}

// Its swarm may become known later.
Keys FeedKey(const v1::ChangeEvent& event) { return {absl::StrCat("/", event.resource().id(), "/", kFeed)}; }

template <typename Services>
Keys LoopKeys(const v1::ChangeEvent& event, const Services& services) {
  Keys keys;
  keys.reserve(static_cast<std::size_t>(services.size()));
  for (const v1::FailingService& service : services) {
    keys.push_back(absl::StrCat(Object(event, service.service_id()), kLoop));
  }
  return keys;
}

Keys AlarmOfNode(const v1::ChangeEvent& event) {
  if (event.has_node_state_changed()) {
    const v1::NodeState state = event.node_state_changed().current_state();
    const bool away = state == v1::NODE_STATE_DOWN || state == v1::NODE_STATE_DISCONNECTED;
    return away ? Key(event, kState) : Keys();
  }
  if (event.has_node_reachability_changed()) {
    const bool lost =
        event.node_reachability_changed().current_reachability() == v1::NODE_REACHABILITY_UNREACHABLE;
    return lost ? Key(event, kReachability) : Keys();
  }
  const bool paused = event.node_availability_changed().current_availability() == v1::NODE_AVAILABILITY_PAUSE;
  return paused ? Key(event, kAvailability) : Keys();
}

// A rollback that somebody asked for is no alarm.
bool IsAlarmOfRun(const v1::ServiceUpdateStateChanged& change) {
  const v1::UpdateState state = change.current_state();
  return state == v1::UPDATE_STATE_PAUSED || state == v1::UPDATE_STATE_ROLLBACK_PAUSED ||
         (state == v1::UPDATE_STATE_ROLLBACK_STARTED && change.automatic());
}

// A run that starts may fail as the one before did: only its end is the end of the alarm.
bool EndsAlarmOfRun(const v1::ServiceUpdateStateChanged& change) {
  return change.current_state() == v1::UPDATE_STATE_COMPLETED ||
         change.current_state() == v1::UPDATE_STATE_ROLLBACK_COMPLETED;
}

Keys EndOfNodeAlarm(const v1::ChangeEvent& event) {
  if (event.has_node_state_changed()) {
    const bool ready = event.node_state_changed().current_state() == v1::NODE_STATE_READY;
    return ready ? Key(event, kState) : Keys();
  }
  if (event.has_node_reachability_changed()) {
    const bool back =
        event.node_reachability_changed().current_reachability() == v1::NODE_REACHABILITY_REACHABLE;
    return back ? Key(event, kReachability) : Keys();
  }
  const bool paused = event.node_availability_changed().current_availability() == v1::NODE_AVAILABILITY_PAUSE;
  return paused ? Keys() : Key(event, kAvailability);
}

}  // namespace

Keys AlarmsOf(const v1::ChangeEvent& event) {
  switch (event.details_case()) {
    case v1::ChangeEvent::kNodeStateChanged:
    case v1::ChangeEvent::kNodeReachabilityChanged:
    case v1::ChangeEvent::kNodeAvailabilityChanged:
      return AlarmOfNode(event);
    case v1::ChangeEvent::kServiceDegraded:
      return Key(event, kTasks);
    case v1::ChangeEvent::kTaskUnschedulable:
      return {absl::StrCat(Object(event, event.task_unschedulable().task().service_id()), kTasks)};
    case v1::ChangeEvent::kServiceUpdateStateChanged:
      return IsAlarmOfRun(event.service_update_state_changed()) ? Key(event, kRun) : Keys();
    case v1::ChangeEvent::kServiceUpdateStalled:
      return Key(event, kRun);
    case v1::ChangeEvent::kServiceJobFailed:
      return Key(event, kJob);
    case v1::ChangeEvent::kServiceCrashLoop:
      return Key(event, kLoop);
    case v1::ChangeEvent::kServicesFailing:
      return LoopKeys(event, event.services_failing().services());
    case v1::ChangeEvent::kContainerRestarting:
    case v1::ChangeEvent::kContainerDead:
    case v1::ChangeEvent::kContainerGaveUp:
      return Key(event, kContainer);
    case v1::ChangeEvent::kCollectorStale:
      return CollectorKey(event);
    case v1::ChangeEvent::kFeedDisconnected:
      return FeedKey(event);
    default:
      return {};
  }
}

Keys EndsOf(const v1::ChangeEvent& event) {
  switch (event.details_case()) {
    case v1::ChangeEvent::kNodeStateChanged:
    case v1::ChangeEvent::kNodeReachabilityChanged:
    case v1::ChangeEvent::kNodeAvailabilityChanged:
      return EndOfNodeAlarm(event);
    case v1::ChangeEvent::kServiceRecovered:
      return Key(event, kTasks);
    case v1::ChangeEvent::kServiceUpdateStateChanged:
      return EndsAlarmOfRun(event.service_update_state_changed()) ? Key(event, kRun) : Keys();
    case v1::ChangeEvent::kServiceUpdateResumed:
      return Key(event, kRun);
    case v1::ChangeEvent::kServiceJobSucceeded:
      return Key(event, kJob);
    case v1::ChangeEvent::kServiceCrashLoopOver:
    case v1::ChangeEvent::kServiceJobFailed:  // the attempts of a job were no loop
      return Key(event, kLoop);
    case v1::ChangeEvent::kServicesFailingOver:
      return LoopKeys(event, event.services_failing_over().services());
    case v1::ChangeEvent::kContainerRecovered:
      return Key(event, kContainer);
    case v1::ChangeEvent::kCollectorRecovered:
      return CollectorKey(event);
    case v1::ChangeEvent::kFeedConnected:
      return FeedKey(event);
    default:
      return {};
  }
}

bool IsOnlyEnd(const v1::ChangeEvent& event) {
  if (event.has_node_state_changed() || event.has_node_reachability_changed()) return !EndsOf(event).empty();
  return event.has_service_recovered() || event.has_service_update_resumed() ||
         event.has_service_job_succeeded() || event.has_container_recovered();
}

bool EndsSilently(const v1::ChangeEvent& event, const std::string& key) {
  const std::string object = Object(event, event.resource().id());
  if (event.has_service_disappeared() || event.has_node_disappeared()) return key.starts_with(object);
  const bool demoted = event.node_role_changed().current_role() == v1::NODE_ROLE_WORKER;
  return demoted && key == absl::StrCat(object, kReachability);
}

v1::ChangeEvent EndOfFeedAlarm(const v1::ChangeEvent& disconnected, bool gone, absl::Time now) {
  const v1::FeedDisconnected& was = disconnected.feed_disconnected();
  v1::ChangeEvent over = disconnected;
  // As the feed itself names it.
  over.set_event_id(absl::StrCat("feed_connected:", disconnected.resource().name(), ":",
                                 absl::ToUnixNanos(FromProto(was.start_time()))));
  *over.mutable_observe_time() = ToProto(now);
  v1::FeedConnected connected;
  *connected.mutable_start_time() = was.start_time();
  connected.set_connected_before(was.connected_before());
  connected.set_address_gone(gone);
  *over.mutable_feed_connected() = std::move(connected);
  return over;
}

}  // namespace swarmbell
