#include "notifier/alert/conditions.h"

#include <initializer_list>

#include "absl/strings/str_cat.h"
#include "common/time/proto_time.h"
#include "notifier/alert/alert_group.h"

namespace swarmbell {
namespace {

using google::protobuf::Timestamp;
using Event = v1::ChangeEvent;

// The conditions that an object can be in at the same time.
constexpr const char* kLoop = "loop";
constexpr const char* kShortage = "shortage";
constexpr const char* kPlacement = "placement";
constexpr const char* kUpdate = "update";
constexpr const char* kStall = "stall";
constexpr const char* kJob = "job";
constexpr const char* kState = "state";
constexpr const char* kAvailability = "availability";
constexpr const char* kReachability = "reachability";
constexpr const char* kContainer = "container";
constexpr const char* kReading = "reading";
constexpr const char* kConnection = "connection";
constexpr const char* kReceiver = "receiver";

const char* UpdateBegun(v1::UpdateState state) {
  switch (state) {
    case v1::UPDATE_STATE_UPDATING:
    case v1::UPDATE_STATE_PAUSED:
    case v1::UPDATE_STATE_ROLLBACK_STARTED:
    case v1::UPDATE_STATE_ROLLBACK_PAUSED:
      return kUpdate;
    default:
      return "";
  }
}

const char* NodeConditionBegun(const Event& event) {
  switch (event.details_case()) {
    case Event::kNodeStateChanged:
      return event.node_state_changed().current_state() == v1::NODE_STATE_DOWN ? kState : "";
    case Event::kNodeAvailabilityChanged: {
      const auto now = event.node_availability_changed().current_availability();
      return now == v1::NODE_AVAILABILITY_PAUSE || now == v1::NODE_AVAILABILITY_DRAIN ? kAvailability : "";
    }
    case Event::kNodeReachabilityChanged: {
      const auto now = event.node_reachability_changed().current_reachability();
      return now == v1::NODE_REACHABILITY_UNREACHABLE ? kReachability : "";
    }
    default:
      return "";
  }
}

const char* KindBegun(const Event& event) {
  switch (event.details_case()) {
    case Event::kServiceCrashLoop:
    case Event::kServicesFailing:
      return kLoop;
    case Event::kServiceDegraded:
      return kShortage;
    case Event::kTaskUnschedulable:
      return kPlacement;
    case Event::kServiceUpdateStateChanged:
      return UpdateBegun(event.service_update_state_changed().current_state());
    case Event::kServiceUpdateStalled:
      return kStall;
    case Event::kServiceJobFailed:
      return kJob;
    case Event::kContainerRestarting:
    case Event::kContainerDead:
    case Event::kContainerGaveUp:
      return kContainer;
    case Event::kCollectorStale:
      return kReading;
    case Event::kFeedDisconnected:
      return kConnection;
    case Event::kReceiverFailing:
      return kReceiver;
    default:
      return NodeConditionBegun(event);
  }
}

using Kinds = std::vector<const char*>;

Kinds NodeConditionsEnded(const Event& event) {
  switch (event.details_case()) {
    case Event::kNodeDisappeared:
      return {kState, kAvailability, kReachability};
    case Event::kNodeRoleChanged:
      return event.node_role_changed().current_role() == v1::NODE_ROLE_WORKER ? Kinds{kReachability}
                                                                              : Kinds{};
    case Event::kNodeStateChanged:
      return event.node_state_changed().current_state() == v1::NODE_STATE_READY ? Kinds{kState} : Kinds{};
    case Event::kNodeAvailabilityChanged: {
      const auto now = event.node_availability_changed().current_availability();
      return now == v1::NODE_AVAILABILITY_ACTIVE ? Kinds{kAvailability} : Kinds{};
    }
    case Event::kNodeReachabilityChanged: {
      const auto now = event.node_reachability_changed().current_reachability();
      return now == v1::NODE_REACHABILITY_REACHABLE ? Kinds{kReachability} : Kinds{};
    }
    default:
      return {};
  }
}

Kinds KindsEnded(const Event& event) {
  switch (event.details_case()) {
    case Event::kServiceDisappeared:
      return {kLoop, kShortage, kPlacement, kUpdate, kStall, kJob};
    case Event::kServiceCrashLoopOver:
    case Event::kServicesFailingOver:
    // A job that is reported as failed ends its crash loop silently.
    case Event::kServiceJobFailed:
      return {kLoop};
    case Event::kServiceRecovered:
      return {kShortage, kPlacement, kLoop};
    case Event::kServiceUpdateStateChanged:
      return *UpdateBegun(event.service_update_state_changed().current_state()) == '\0'
                 ? Kinds{kUpdate, kStall}
                 : Kinds{};
    case Event::kServiceUpdateResumed:
      return {kStall};
    case Event::kServiceJobSucceeded:
      return {kJob};
    case Event::kContainerRecovered:
      return {kContainer};
    case Event::kCollectorRecovered:
      return {kReading};
    case Event::kFeedConnected:
      return {kConnection};
    case Event::kReceiverRecovered:
      return {kReceiver};
    default:
      return NodeConditionsEnded(event);
  }
}

std::string Key(const Event& event, const char* kind) { return absl::StrCat(SubjectOf(event), " ", kind); }

absl::Time TimeOr(bool has, const Timestamp& time) { return has ? FromProto(time) : absl::InfinitePast(); }

}  // namespace

std::string ConditionBegunBy(const v1::ChangeEvent& event) {
  const char* kind = KindBegun(event);
  return *kind == '\0' ? "" : Key(event, kind);
}

std::vector<std::string> ConditionsEndedBy(const v1::ChangeEvent& event) {
  const Kinds kinds = KindsEnded(event);
  std::vector<std::string> keys;
  keys.reserve(kinds.size());
  for (const char* kind : kinds) keys.push_back(Key(event, kind));
  return keys;
}

std::optional<absl::Time> BeginOfEnded(const v1::ChangeEvent& event) {
  const auto of = [](const auto& change) { return TimeOr(change.has_start_time(), change.start_time()); };
  if (ConditionsEndedBy(event).empty()) return std::nullopt;
  switch (event.details_case()) {
    case Event::kServiceDisappeared:
    case Event::kNodeDisappeared:
    case Event::kServiceJobFailed:
    case Event::kNodeRoleChanged:
      return std::nullopt;
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

}  // namespace swarmbell
