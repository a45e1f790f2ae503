#pragma once

#include <map>
#include <set>
#include <stop_token>
#include <string>

#include "collector/poll/endpoint_reader.h"
#include "collector/snapshot/reader.h"
#include "collector/snapshot/snapshot.h"

namespace swarmbell {

// The networks that a service names in its spec, as it names them: identifiers, mostly.
std::set<std::string> NetworksOf(const Service& service);

// Limits the known names of networks after a comparison to those that exist `now` and a bounded number of
// removed ones, which the next comparison may need.
void ForgetGoneNetworks(const std::map<std::string, std::string>& now,
                        std::map<std::string, std::string>& known);

// Names of networks, asked for only when a service names one that is not known, and at most once a minute.
// Used by one thread.
class NetworkNames {
 public:
  NetworkNames(PollParts parts, SnapshotReader& reader);

  // Call with each new listing of services.
  void Expect(const Objects<Service>& services);

  // Asks the engine if that is due; returns all that is known.
  const std::map<std::string, std::string>& Get(std::stop_token stop);

  // For another swarm.
  void Forget();

 private:
  Clock& clock_;
  EndpointReader<ListReader<Network>> endpoint_;
  Objects<Service> expected_;  // those looked at
  std::map<std::string, std::string> names_;
  bool lacks_some_ = false;  // of those expected
  absl::Time asked_at_ = absl::InfinitePast();
};

}  // namespace swarmbell
