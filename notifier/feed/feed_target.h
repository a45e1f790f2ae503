#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "notifier/config/notifier_config.h"

namespace swarmbell {

// From a configured collector to a connection: its form, its addresses, and a gRPC channel to each of them.

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

// The collector at one numeric address of the target; `address` is ignored when the target needs no look-up.
FeedPeer PeerAt(const FeedTarget& target, const std::string& address);

// Every address of a host name, numeric, sorted: the IPv4 ones, or the IPv6 ones when there is no other (a
// host that has both is one collector). Takes as long as the system's resolver does, but returns CANCELLED at
// once after `stop`. NOT_FOUND when the name has no address, UNAVAILABLE when the resolver cannot find out.
//
// The resolver cannot be interrupted and may take half a minute. So it runs on a thread that owns everything
// that it uses, and that after `stop` nobody joins: the only such thread of the program.
absl::StatusOr<std::vector<std::string>> LookUpHost(const std::string& host, std::stop_token stop);

// The same with a deadline: DEADLINE_EXCEEDED after `limit`. `resolve` is LookUpHost's resolver; tests give
// another.
absl::StatusOr<std::vector<std::string>> LookUpHostWithin(
    const std::string& host, absl::Duration limit,
    std::function<absl::StatusOr<std::vector<std::string>>(const std::string& host)> resolve = {});

// How many addresses of a name LookUpHost returns at most. musl's resolver leaves out the others and does not
// say so. With glibc there is no limit: the greatest number.
std::size_t MostAddresses();

// How a feed gets its channel.
using FeedConnector = std::function<std::shared_ptr<grpc::Channel>(const FeedPeer& peer)>;

// Makes the channels to collectors: TLS as configured, keep-alive that detects dead connections, and a
// connection of its own for each feed. Errors: as MakeChannelCredentials.
absl::StatusOr<FeedConnector> MakeFeedConnector(const TlsConfig& tls);

// Returns the reason why a collector cannot be reached, if it lies in TLS; for FeedOptions::explain.
std::string ExplainConnection(const TlsConfig& tls, const FeedPeer& peer, std::stop_token stop);

}  // namespace swarmbell
