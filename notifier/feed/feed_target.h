#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "notifier/config/notifier_config.h"
#include "notifier/feed/feed_client.h"

namespace swarmbell {

// One collector to follow.
struct FeedPeer {
  std::string name;    // for people and logs
  std::string target;  // for gRPC
  // The name that TLS expects in the collector's certificate; the target's own if empty.
  std::string authority{};
  // The setting that the collector comes from; a label of metrics.
  std::string setting{};

  friend bool operator==(const FeedPeer&, const FeedPeer&) = default;
};

// A configured collector, taken apart: `host:port`, `dns:///host:port`, `[::1]:50051`, `unix:/path` or
// `unix:///path`; port 50051 when there is none.
struct FeedTarget {
  std::string setting;  // as configured, for people
  bool is_unix = false;
  std::string host;  // a name or a numeric address, without brackets; for a unix socket the path
  std::string port;
};

// INVALID_ARGUMENT when it has another form.
absl::StatusOr<FeedTarget> ParseFeedTarget(const std::string& setting);

// True if the addresses must be looked up.
bool NeedsLookup(const FeedTarget& target);

// The collector at one numeric address of the target; `address` is not looked at when none is needed.
FeedPeer PeerAt(const FeedTarget& target, const std::string& address);

// Every address of a host name, numeric, sorted: the IPv4 ones, or the IPv6 ones when there is no other (a
// host that has both is one collector). Takes as long as the system's resolver does, but returns CANCELLED at
// once after `stop`. NOT_FOUND when the name has no address, UNAVAILABLE when that cannot be told.
absl::StatusOr<std::vector<std::string>> LookUpHost(const std::string& host, std::stop_token stop);

// Makes the channels to collectors: TLS as configured, dead connections noticed by keep-alive, every feed
// with a connection of its own. Errors: as MakeChannelCredentials.
absl::StatusOr<FeedConnector> MakeFeedConnector(const TlsConfig& tls);

// Looks for the reason why a collector is not reached; for FeedOptions::explain.
std::string ExplainConnection(const TlsConfig& tls, const FeedPeer& peer, std::stop_token stop);

}  // namespace swarmbell
