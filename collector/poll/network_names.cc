#include "collector/poll/network_names.h"

#include <nlohmann/json.hpp>

namespace swarmbell {
namespace {

constexpr absl::Duration kAskAtMostEvery = absl::Minutes(1);
constexpr std::size_t kMostGone = 1000;

void AddTargets(const nlohmann::json& owner, std::set<std::string>& targets) {
  const auto networks = owner.find("Networks");
  if (networks == owner.end() || !networks->is_array()) return;
  for (const nlohmann::json& network : *networks) {
    if (!network.is_object()) continue;
    const auto target = network.find("Target");
    if (target != network.end() && target->is_string()) targets.insert(target->get<std::string>());
  }
}

}  // namespace

std::set<std::string> NetworksOf(const Service& service) {
  std::set<std::string> targets;
  const nlohmann::json spec = nlohmann::json::parse(service.spec, nullptr, false);
  if (!spec.is_object()) return targets;
  AddTargets(spec, targets);  // engines before 29.0
  const auto task = spec.find("TaskTemplate");
  if (task != spec.end() && task->is_object()) AddTargets(*task, targets);
  return targets;
}

void ForgetGoneNetworks(const std::map<std::string, std::string>& now,
                        std::map<std::string, std::string>& known) {
  // None at all: they could not be read yet.
  if (!now.empty() && known.size() > now.size() + kMostGone) known = now;
}

NetworkNames::NetworkNames(PollParts parts, SnapshotReader& reader)
    : clock_(parts.clock), endpoint_(Endpoint::kNetworks, parts, reader.Networks()) {}

void NetworkNames::Expect(const Objects<Service>& services) {
  if (services.IsSame(expected_)) return;
  for (const auto& [id, service] : services) {
    const auto before = expected_.find(id);
    if (before != expected_.end() && before->second == service) continue;
    for (const std::string& network : NetworksOf(*service)) {
      lacks_some_ |= !names_.contains(network);
    }
  }
  expected_ = services;
}

const std::map<std::string, std::string>& NetworkNames::Get(std::stop_token stop) {
  if (!lacks_some_ || clock_.Now() - asked_at_ < kAskAtMostEvery) return names_;
  asked_at_ = clock_.Now();
  if (const Objects<Network>* networks = endpoint_.Read(stop)) {
    names_.clear();
    for (const auto& [id, network] : *networks) names_[id] = network->name;
    lacks_some_ = false;  // what is still not known is gone, or is no identifier
  }
  return names_;
}

void NetworkNames::Forget() {
  names_.clear();
  lacks_some_ = false;
  expected_ = {};
  asked_at_ = absl::InfinitePast();
}

}  // namespace swarmbell
