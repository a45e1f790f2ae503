#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "absl/time/time.h"
#include "notifier/alert/alert_group.h"
#include "notifier/alert/change_facts.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// Which earlier changes may explain the red alerts of a message. All of this is pure.

// A change may explain the alerts of this time after it.
inline constexpr absl::Duration kExplains = absl::Minutes(30);

// True for changes that somebody made, or that a node underwent: of a service's settings or size, a service
// that came or went, a node that came, went, or takes tasks differently. False for symptoms, such as missing
// tasks, and for the steps of an update, which follow from such a change.
bool MayExplain(const v1::ChangeEvent& event);

// A setting of a service after a change: group, name and value, which are the field's.
using FieldValue = std::tuple<std::string_view, std::string_view, std::string_view>;
FieldValue FieldNow(const v1::FieldChange& field);
std::set<FieldValue> FieldsNow(const FieldChangeList& fields);

// How close a change is to the alerts; the closest first.
enum class Closeness { kService, kStack, kNode };

// The services, stacks and nodes of one swarm that the red alerts of a group are about.
class Affected {
 public:
  // `group` must outlive the object.
  Affected(const AlertGroup& group, const std::string& cluster_id);

  // A change that happened from `since` to `until` is just before the alerts.
  absl::Time since() const { return since_; }
  absl::Time until() const { return until_; }

  // Unset if the change has nothing to do with the alerts, or is one that the message is about: an alert of
  // it, unless that is the cause of a failure, or what a rollback in it changed.
  std::optional<Closeness> ClosenessOf(const v1::ChangeEvent& change) const;

  // The causes of updates that stopped or stalled, as their alerts name them. They are needed where no
  // collector knows the change itself any more.
  std::vector<v1::ChangeEvent> NamedCauses() const;

 private:
  void Add(const v1::ChangeEvent& event);
  void AddService(const std::string& id, const std::string& name);
  void AddNode(const std::string& id, const std::string& hostname);
  bool IsShown(const v1::ChangeEvent& change) const;

  std::map<std::string_view, bool> shown_;  // all alerts; true if it may be a cause
  std::vector<const v1::ChangeEvent*> red_;
  // Identifiers and names: a service that was created again is the same one for people.
  std::set<std::string> services_;
  std::set<std::string> stacks_;
  std::set<std::string> nodes_;
  absl::Time since_ = absl::InfiniteFuture();
  absl::Time until_ = absl::InfinitePast();
};

}  // namespace swarmbell
