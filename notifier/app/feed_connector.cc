#include "notifier/app/feed_connector.h"

#include <memory>
#include <utility>

#include "common/grpc/channel_credentials.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/support/channel_arguments.h"

namespace swarmbell {
namespace {

grpc::ChannelArguments Arguments(const FeedPeer& peer) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // The feed has its own back-off; the channel's must not be longer.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5'000);  // how long a connection may take
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1'000);
  arguments.SetMaxReceiveMessageSize(64 << 20);  // one change of a huge service is one message
  if (!peer.authority.empty()) arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, peer.authority);
  return arguments;
}

}  // namespace

absl::StatusOr<FeedConnector> MakeFeedConnector(const TlsConfig& tls) {
  ChannelTls channel_tls;
  channel_tls.enabled = tls.Enabled();
  channel_tls.ca_file = tls.ca_file;
  channel_tls.cert_file = tls.cert_file;
  channel_tls.key_file = tls.key_file;
  absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> credentials = MakeChannelCredentials(channel_tls);
  if (!credentials.ok()) return credentials.status();
  return FeedConnector([credentials = *std::move(credentials)](const FeedPeer& peer) {
    return grpc::CreateCustomChannel(peer.target, credentials, Arguments(peer));
  });
}

}  // namespace swarmbell
