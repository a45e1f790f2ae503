#include "notifier/app/feed_connector.h"

#include <memory>
#include <utility>

#include "common/grpc/credentials.h"
#include "common/grpc/tls_probe.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/support/channel_arguments.h"

namespace swarmbell {
namespace {

constexpr absl::Duration kProbeLimit = absl::Seconds(2);

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
  // A feed tries again by itself, and nobody looks at channelz: 6 KB less for each.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_CHANNELZ, 0);
  if (!peer.authority.empty()) arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, peer.authority);
  return arguments;
}

ChannelTls ToChannelTls(const TlsConfig& tls) {
  return {
      .enabled = tls.Enabled(), .ca_file = tls.ca_file, .cert_file = tls.cert_file, .key_file = tls.key_file};
}

// The host of `scheme:host:port` or `host:port`, without brackets.
std::string HostOf(std::string text) {
  for (const char* scheme : {"ipv4:", "ipv6:"}) {
    if (text.starts_with(scheme)) text = text.substr(5);
  }
  text = text.substr(0, text.rfind(':'));
  return text.starts_with('[') ? text.substr(1, text.size() - 2) : text;
}

}  // namespace

std::string ExplainConnection(const TlsConfig& tls, const FeedPeer& peer, std::stop_token stop) {
  const std::string host = HostOf(peer.authority.empty() ? peer.target : peer.authority);
  return ProbeTls(peer.target, host, ToChannelTls(tls), kProbeLimit, std::move(stop));
}

absl::StatusOr<FeedConnector> MakeFeedConnector(const TlsConfig& tls) {
  absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> credentials =
      MakeChannelCredentials(ToChannelTls(tls));
  if (!credentials.ok()) return credentials.status();
  return FeedConnector([credentials = *std::move(credentials)](const FeedPeer& peer) {
    return grpc::CreateCustomChannel(peer.target, credentials, Arguments(peer));
  });
}

}  // namespace swarmbell
