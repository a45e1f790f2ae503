#pragma once

#include <stop_token>
#include <string>

#include "absl/status/statusor.h"
#include "notifier/config/notifier_config.h"
#include "notifier/feed/feed_client.h"

namespace swarmbell {

// Makes the channels to collectors: TLS as configured, dead connections noticed by keep-alive, every feed
// with a connection of its own. Errors: as MakeChannelCredentials.
absl::StatusOr<FeedConnector> MakeFeedConnector(const TlsConfig& tls);

// Looks for the reason why a collector is not reached; for FeedOptions::explain.
std::string ExplainConnection(const TlsConfig& tls, const FeedPeer& peer, std::stop_token stop);

}  // namespace swarmbell
