#pragma once

#include "absl/status/statusor.h"
#include "notifier/config/notifier_config.h"
#include "notifier/feed/feed_client.h"

namespace swarmbell {

// Makes the channels to collectors: TLS as configured, dead connections noticed by keep-alive, every feed
// with a connection of its own. Errors: as MakeChannelCredentials.
absl::StatusOr<FeedConnector> MakeFeedConnector(const TlsConfig& tls);

}  // namespace swarmbell
