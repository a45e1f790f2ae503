#include "notifier/alert/conditions.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/time/proto_time.h"
#include "notifier/alert/change_facts.h"

namespace swarmbell {
namespace {

using Event = v1::ChangeEvent;

// Each topic is a bit.
using Topics = std::uint32_t;
constexpr Topics kState = 1 << 0;
constexpr Topics kAvailability = 1 << 1;
constexpr Topics kReachability = 1 << 2;
constexpr Topics kQuorum = 1 << 3;
constexpr Topics kTasks = 1 << 4;  // too few of them
constexpr Topics kRun = 1 << 5;    // of an update
constexpr Topics kStall = 1 << 6;
constexpr Topics kJob = 1 << 7;
constexpr Topics kLoop = 1 << 8;
constexpr Topics kContainer = 1 << 9;
constexpr Topics kCollector = 1 << 10;
constexpr Topics kFeed = 1 << 11;
constexpr Topics kReceiver = 1 << 12;
// In the order of the bits.
constexpr const char* kNames[] = {"state",     "availability", "reachability", "quorum", "tasks",
                                  "run",       "stall",        "job",          "loop",   "container",
                                  "collector", "feed",         "receiver"};

constexpr Topics kOfService = kTasks | kRun | kStall | kJob | kLoop;
constexpr Topics kOfNode = kState | kAvailability | kReachability | kCollector;

bool IsRunning(v1::UpdateState state) {
  return state == v1::UPDATE_STATE_UPDATING || state == v1::UPDATE_STATE_PAUSED ||
         state == v1::UPDATE_STATE_ROLLBACK_STARTED || state == v1::UPDATE_STATE_ROLLBACK_PAUSED;
}

Topics BegunOfNode(const Event& event) {
  switch (event.details_case()) {
    case Event::kNodeStateChanged:
      return event.node_state_changed().current_state() == v1::NODE_STATE_READY ? 0 : kState;
    case Event::kNodeAvailabilityChanged: {
      const auto now = event.node_availability_changed().current_availability();
      return now == v1::NODE_AVAILABILITY_PAUSE || now == v1::NODE_AVAILABILITY_DRAIN ? kAvailability : 0;
    }
    case Event::kNodeReachabilityChanged: {
      const auto now = event.node_reachability_changed().current_reachability();
      return now == v1::NODE_REACHABILITY_UNREACHABLE ? kReachability : 0;
    }
    case Event::kQuorumInDanger:
      return kQuorum;
    default:
      return 0;
  }
}

Topics Begun(const Event& event) {
  switch (event.details_case()) {
    case Event::kServiceDegraded:
    case Event::kTaskUnschedulable:
      return kTasks;
    case Event::kServiceUpdateStateChanged:
      return IsRunning(StepOf(event)) ? kRun : 0;
    case Event::kServiceUpdateStalled:
      return kStall;
    case Event::kServiceJobFailed:
      return kJob;
    case Event::kServiceCrashLoop:
    case Event::kServicesFailing:
      return kLoop;
    case Event::kContainerRestarting:
    case Event::kContainerDead:
    case Event::kContainerGaveUp:
    case Event::kContainerUnhealthy:
      return kContainer;
    case Event::kCollectorStale:
      return kCollector;
    case Event::kFeedDisconnected:
      return kFeed;
    case Event::kReceiverFailing:
      return kReceiver;
    default:
      return BegunOfNode(event);
  }
}

Topics EndedOfNode(const Event& event) {
  switch (event.details_case()) {
    case Event::kNodeDisappeared:
      return kOfNode;
    case Event::kNodeRoleChanged:
      return event.node_role_changed().current_role() == v1::NODE_ROLE_WORKER ? kReachability : 0;
    case Event::kNodeStateChanged:
      return event.node_state_changed().current_state() == v1::NODE_STATE_READY ? kState : 0;
    case Event::kNodeAvailabilityChanged: {
      // A node that is drained is paused no longer.
      const auto now = event.node_availability_changed().current_availability();
      return now == v1::NODE_AVAILABILITY_PAUSE ? 0 : kAvailability;
    }
    case Event::kNodeReachabilityChanged: {
      const auto now = event.node_reachability_changed().current_reachability();
      return now == v1::NODE_REACHABILITY_REACHABLE ? kReachability : 0;
    }
    case Event::kQuorumSafe:
      return kQuorum;
    default:
      return 0;
  }
}

Topics Ended(const Event& event) {
  switch (event.details_case()) {
    case Event::kServiceDisappeared:
      return kOfService;
    case Event::kServiceRecovered:
      return kTasks | kLoop;
    case Event::kServiceUpdateStateChanged:
      // A run that starts may fail as the one before did: only its end is the end of a pause.
      return IsRunning(StepOf(event)) ? kStall : kRun | kStall;
    case Event::kServiceUpdateResumed:
      return kStall;
    case Event::kServiceJobSucceeded:
      return kJob;
    case Event::kServiceCrashLoopOver:
    case Event::kServicesFailingOver:
    case Event::kServiceDegraded:   // missing tasks are reported only once the loop is over
    case Event::kServiceJobFailed:  // the attempts of a job were no loop
      return kLoop;
    case Event::kContainerRecovered:
    case Event::kContainerRestarting:  // one trouble takes the place of another
    case Event::kContainerDead:
    case Event::kContainerGaveUp:
    case Event::kContainerUnhealthy:
      return kContainer;
    case Event::kCollectorRecovered:
      return kCollector;
    case Event::kFeedConnected:
      return kFeed;
    case Event::kReceiverRecovered:
      return kReceiver;
    default:
      return EndedOfNode(event);
  }
}

template <typename Services>
std::vector<std::string> IdsOf(const Services& services) {
  std::vector<std::string> ids;
  ids.reserve(static_cast<std::size_t>(services.size()));
  for (const v1::FailingService& service : services) ids.push_back(service.service_id());
  return ids;
}

// The identifiers of the objects whose conditions the change is about.
std::vector<std::string> ObjectsOf(const Event& event) {
  const std::string& node = event.observer().node_id();
  switch (event.details_case()) {
    case Event::kServicesFailing:
      return IdsOf(event.services_failing().services());
    case Event::kServicesFailingOver:
      return IdsOf(event.services_failing_over().services());
    case Event::kTaskUnschedulable:
      return {event.task_unschedulable().task().service_id()};
    case Event::kCollectorStale:
    case Event::kCollectorRecovered:
      // A collector is a part of the node that it asks, if it knows that node.
      return {node.empty() ? event.resource().id() : node};
    default:
      return {event.resource().id()};
  }
}

std::vector<std::string> Keys(const Event& event, Topics topics) {
  std::vector<std::string> keys;
  if (topics == 0) return keys;
  // The swarm of a feed may become known later; a receiver is of none.
  const std::string swarm = (topics & (kFeed | kReceiver)) != 0 ? "" : event.cluster().id();
  for (const std::string& object : ObjectsOf(event)) {
    for (std::size_t i = 0; i < std::size(kNames); ++i) {
      if ((topics >> i & 1) != 0) keys.push_back(absl::StrCat(swarm, "/", object, "/", kNames[i]));
    }
  }
  return keys;
}

}  // namespace

std::vector<std::string> ConditionsBegunBy(const v1::ChangeEvent& event) { return Keys(event, Begun(event)); }

std::vector<std::string> ConditionsEndedBy(const v1::ChangeEvent& event) {
  return Keys(event, Ended(event) & ~Begun(event));
}

bool Ends(const v1::ChangeEvent& later, const v1::ChangeEvent& earlier) {
  const Topics begun = Begun(earlier);
  if (begun == 0 || (begun & ~Ended(later)) != 0) return false;
  // An alarm that comes again goes on.
  if (later.details_case() == earlier.details_case() && IsAlarm(later) && IsAlarm(earlier)) return false;
  const std::vector<std::string> ended = Keys(later, begun);
  const std::vector<std::string> keys = Keys(earlier, begun);
  return std::all_of(keys.begin(), keys.end(), [&ended](const std::string& key) {
    return std::find(ended.begin(), ended.end(), key) != ended.end();
  });
}

bool IsAlarm(const v1::ChangeEvent& event) {
  switch (event.details_case()) {
    case Event::kNodeAvailabilityChanged:
      return event.node_availability_changed().current_availability() == v1::NODE_AVAILABILITY_PAUSE;
    case Event::kServiceUpdateStateChanged:
      // A rollback that somebody asked for is no alarm.
      return StepOf(event) == v1::UPDATE_STATE_PAUSED || StepOf(event) == v1::UPDATE_STATE_ROLLBACK_PAUSED ||
             (StepOf(event) == v1::UPDATE_STATE_ROLLBACK_STARTED &&
              event.service_update_state_changed().automatic());
    default:
      return Begun(event) != 0;
  }
}

bool IsOnlyEnd(const v1::ChangeEvent& event) {
  if (event.has_node_state_changed() || event.has_node_reachability_changed()) return Ended(event) != 0;
  return event.has_service_recovered() || event.has_service_update_resumed() ||
         event.has_service_job_succeeded() || event.has_container_recovered() || event.has_quorum_safe();
}

bool EndsSilently(const v1::ChangeEvent& event) {
  return event.has_service_disappeared() || event.has_node_disappeared() || event.has_node_role_changed();
}

std::optional<absl::Time> BeginOfEnded(const v1::ChangeEvent& event) {
  if (Ended(event) == 0 || Begun(event) != 0 || EndsSilently(event)) return std::nullopt;
  const auto of = [](const auto& change) {
    return change.has_start_time() ? FromProto(change.start_time()) : absl::InfinitePast();
  };
  switch (event.details_case()) {
    case Event::kServiceCrashLoopOver:
      return of(event.service_crash_loop_over());
    case Event::kServicesFailingOver:
      return of(event.services_failing_over());
    case Event::kServiceRecovered:
      return of(event.service_recovered());
    case Event::kServiceUpdateStateChanged:
      return of(event.service_update_state_changed());
    case Event::kFeedConnected:
      return of(event.feed_connected());
    case Event::kReceiverRecovered:
      return of(event.receiver_recovered());
    default:
      return absl::InfinitePast();
  }
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
