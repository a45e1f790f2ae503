#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "collector/diff/comparison.h"
#include "collector/diff/diff.h"
#include "collector/diff/update_runs.h"
#include "collector/snapshot/spec.h"
#include "common/time/proto_time.h"

namespace swarmbell {
namespace {

using Events = std::vector<v1::ChangeEvent>;

// A time that is later than the reading by more than this comes from a wrong clock.
constexpr absl::Duration kMostSkew = absl::Seconds(5);

// Events held beyond the limit, so that they are sorted only now and then.
constexpr std::size_t kSlack = kMostRecollected / 4;

// Services compared at a time, to free soon the events that are not kept.
constexpr std::size_t kServicesAtOnce = 100;

Known KnownFrom(const Snapshot& first) {
  Known known;
  known.services = first.services;
  known.nodes = first.nodes;
  known.tasks = first.tasks;
  known.network_names = first.network_names;
  known.server = first.server;
  return known;
}

v1::ServiceMode ModeOf(const std::string& spec) {
  absl::Status status;
  return ReadServiceMode(JsonFields(ParseSpec(spec), "a previous spec", &status).Object("Mode"));
}

// The service as it was before its last accepted update.
Service Rewound(const Service& now) {
  Service before = now;
  before.version = 0;
  before.update_status.reset();
  if (now.previous_spec.empty()) return before;
  before.spec = now.previous_spec.Apply(now.spec);
  before.previous_spec = {};
  before.mode = ModeOf(before.spec);
  return before;
}

// A step that was not seen belongs to its run; without a time of the engine, the present state was reached
// when the service was last stored.
std::optional<absl::Time> TimeOfStep(const v1::ServiceUpdateStateChanged& step, const Service& service) {
  if (step.inferred()) return service.update_status->started_at;
  return service.updated_at;
}

class Recollection {
 public:
  Recollection(const Snapshot& first, const DiffContext& context)
      : first_(first), context_(context), known_(KnownFrom(first)) {}

  Events Run() {
    if (first_.nodes) Appeared(first_, &CompareNodes, &v1::ChangeEvent::has_node_appeared);
    Appeared(first_, &CompareSharedObjects, &v1::ChangeEvent::has_secret_created);
    Appeared(first_, &CompareSharedObjects, &v1::ChangeEvent::has_config_created);
    if (first_.services) {
      ForEachPart([this](const Snapshot& part) {
        Appeared(part, &CompareServices, &v1::ChangeEvent::has_service_appeared);
      });
      ForEachPart([this](const Snapshot& part) { ChangedServices(part); });
    }
    if (first_.services && first_.tasks) {
      FallenTasks();
      Failed(&CompareJobs);
      Failed(&RecollectShortages);
    }
    KeepNewest();
    return std::move(events_);
  }

 private:
  // Calls `take` with the services, some at a time.
  void ForEachPart(absl::FunctionRef<void(const Snapshot& part)> take) const {
    Snapshot part;
    part.read_time = first_.read_time;
    for (auto at = first_.services->begin(); at != first_.services->end();) {
      Objects<Service>::List some;
      for (; some.size() < kServicesAtOnce && at != first_.services->end(); ++at) some.push_back(at->second);
      part.services = Objects<Service>::OfAscending(std::move(some));
      take(part);
    }
  }

  // Adds the events that `compare` emits for objects that appeared.
  void Appeared(const Snapshot& fresh, void (*compare)(Comparison&),
                bool (v1::ChangeEvent::*appeared)() const) {
    PreviousListings nothing;
    nothing.nodes.emplace();
    nothing.services.emplace();
    nothing.secrets.emplace();
    nothing.configs.emplace();
    for (v1::ChangeEvent& event : Compare(nothing, fresh, compare)) {
      if ((event.*appeared)()) Keep(std::move(event));
    }
  }

  void ChangedServices(const Snapshot& part) {
    Events events = Compare({}, part, [&](Comparison& comparison) {
      for (const auto& [id, service] : *part.services) {
        const Service before = Rewound(*service);
        CompareService(comparison, before, *service);
      }
    });
    for (v1::ChangeEvent& event : events) {
      if (!event.has_occur_time() && event.has_service_update_state_changed()) {
        const Service& service = *first_.services->at(event.resource().id());
        const auto time = TimeOfStep(event.service_update_state_changed(), service);
        if (time) *event.mutable_occur_time() = ToProto(*time);
      }
      Keep(std::move(event));
    }
  }

  // Omits failures that a service's last update may have caused: the reading no longer shows whether the
  // tasks were stopped.
  void FallenTasks() {
    PreviousListings nothing;
    nothing.tasks.emplace();
    for (v1::ChangeEvent& event : Compare(nothing, first_, &CompareTasks)) {
      const Task& task = *first_.tasks->at(event.resource().id());
      const auto service = first_.services->find(task.service_id);
      const bool known = service != first_.services->end();
      const bool may_be_planned = event.has_task_failed() && known && MayBeOfUpdate(*service->second, task);
      if (known && !may_be_planned) Keep(std::move(event));
    }
  }

  // Adds the events that `compare` emits for failed runs of jobs, or for shortages.
  void Failed(void (*compare)(Comparison&)) {
    PreviousListings nothing;
    nothing.tasks.emplace();
    for (v1::ChangeEvent& event : Compare(nothing, first_, compare)) Keep(std::move(event));
  }

  // Compares versions, because the node's clock may be wrong: while an update runs, the service was last
  // stored when the update began, else when it ended.
  static bool MayBeOfUpdate(const Service& service, const Task& task) {
    if (!service.update_status || !service.update_status->started_at) return false;
    const bool later = task.version > service.version;
    if (!RunsUpdate(service)) return !later;
    const bool made_before = task.created_at < service.update_status->started_at;
    return later || !made_before || IsRollback(service.update_status->state);
  }

  // The events that `step` emits.
  template <typename Step>
  Events Compare(const PreviousListings& before, const Snapshot& fresh, Step step) const {
    Events events;
    Known known = known_;
    Comparison comparison{known, before, fresh, context_, events};
    step(comparison);
    return events;
  }

  void Keep(v1::ChangeEvent event) {
    if (!event.has_occur_time()) return;
    const absl::Time time = FromProto(event.occur_time());
    if (time < first_.read_time - kRecollectedSpan || time > first_.read_time + kMostSkew) return;
    event.set_recollected(true);
    events_.push_back(std::move(event));
    if (events_.size() >= kMostRecollected + kSlack) KeepNewest();
  }

  // In the order in which they happened.
  void KeepNewest() {
    std::stable_sort(events_.begin(), events_.end(), [](const v1::ChangeEvent& a, const v1::ChangeEvent& b) {
      return FromProto(a.occur_time()) < FromProto(b.occur_time());
    });
    if (events_.size() <= kMostRecollected) return;
    events_.erase(events_.begin(), events_.end() - static_cast<std::ptrdiff_t>(kMostRecollected));
  }

  const Snapshot& first_;
  const DiffContext& context_;
  const Known known_;
  Events events_;
};

}  // namespace

Events Recollect(const Snapshot& first, const DiffContext& context) {
  return Recollection(first, context).Run();
}

}  // namespace swarmbell
