#pragma once

#include <string>
#include <vector>

#include "notifier/alert/alert_group.h"
#include "notifier/cards/story.h"

namespace swarmbell::cards {

// Stories of several objects: the deploy of a stack, and a node that is lost with what it takes along. Each
// object is a group of alerts. All pure.

// `Stack shop: 4 services updating, 1 created`; empty unless the alerts are of the deploy of one stack.
std::string StackTitle(const std::vector<AlertGroup>& services);

// One of its rows: `shop_api updating`.
std::string StackRow(const AlertGroup& service);

// The settings that changed alike in all of several services.
FieldChanges SharedFields(const std::vector<AlertGroup>& services);

// The alerts without these settings; those of which nothing is left are dropped. May be empty.
std::vector<Alert> WithoutFields(std::vector<Alert> alerts, const FieldChanges& shared);

// The secrets, configs and networks that go with the services of a stack: `Networks created: shop_default`.
std::vector<Fact> CompanionFacts(const std::vector<const v1::ChangeEvent*>& companions);

// The change of the node whose story the alerts are; null if they are no such story.
const v1::ChangeEvent* LostNode(const std::vector<Alert>& alerts);

// The sentence for a node that is down, given the tasks that find no other node; empty if there are none, or
// the node is back.
std::string LostTasks(const v1::ChangeEvent& node, const std::vector<Alert>& alerts);

// The scheduler's words about the tasks that find no node, each once.
std::vector<std::string> SchedulersWords(const std::vector<Alert>& alerts);

}  // namespace swarmbell::cards
