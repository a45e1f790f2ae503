#include "notifier/feed/feed_target.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <condition_variable>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "common/grpc/credentials.h"
#include "common/grpc/tls_probe.h"
#include "common/sync/mutex.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/support/channel_arguments.h"

namespace swarmbell {
namespace {

constexpr char kDefaultPort[] = "50051";
constexpr absl::Duration kProbeLimit = absl::Seconds(2);

bool IsIpv6(const std::string& host) {
  in6_addr address;
  return inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

bool IsIpv4(const std::string& host) {
  in_addr address;
  return inet_pton(AF_INET, host.c_str(), &address) == 1;
}

bool IsPort(const std::string& port) {
  return !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == std::string::npos;
}

absl::Status Malformed(const std::string& setting) {
  return absl::InvalidArgumentError(
      absl::StrCat("cannot follow the collector \"", setting,
                   "\": it is neither host:port nor dns:///host:port nor unix:/path"));
}

using Addresses = absl::StatusOr<std::vector<std::string>>;

std::vector<std::string> OfFamily(const addrinfo* found, int family) {
  std::set<std::string> addresses;
  for (; found != nullptr; found = found->ai_next) {
    char text[NI_MAXHOST];
    if (found->ai_family != family) continue;
    if (getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof(text), nullptr, 0, NI_NUMERICHOST) == 0) {
      addresses.insert(text);
    }
  }
  return {addresses.begin(), addresses.end()};
}

Addresses AskFor(const std::string& host, int family) {
  addrinfo hints{};
  hints.ai_family = family;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  if (error != 0) {
    const std::string why = absl::StrCat("cannot look up the host \"", host, "\": ", gai_strerror(error));
    return error == EAI_NONAME ? absl::NotFoundError(why) : absl::UnavailableError(why);
  }
  std::vector<std::string> addresses = OfFamily(found, AF_INET);
  if (addresses.empty()) addresses = OfFamily(found, AF_INET6);
  if (addresses.empty()) return absl::NotFoundError(absl::StrCat("the host \"", host, "\" has no address"));
  return addresses;
}

// IPv4 alone first: a resolver with a limit counts both kinds together.
Addresses Ask(const std::string& host) {
  Addresses addresses = AskFor(host, AF_INET);
  return addresses.ok() ? addresses : AskFor(host, AF_UNSPEC);
}

struct Question {
  Mutex mutex;
  std::condition_variable_any answered;
  std::optional<Addresses> answer ABSL_GUARDED_BY(mutex);
};

using Resolve = std::function<Addresses(const std::string& host)>;

// Resolves on a thread of its own, which owns everything that it uses.
absl::StatusOr<std::shared_ptr<Question>> StartAsking(const std::string& host, Resolve resolve) {
  auto question = std::make_shared<Question>();
  const auto ask = [question, host, resolve = std::move(resolve)] {
    Addresses answer = resolve(host);
    const MutexLock lock(question->mutex);
    question->answer = std::move(answer);
    question->answered.notify_all();
  };
  try {
    std::thread(ask).detach();
  } catch (const std::system_error& error) {
    return absl::UnavailableError(
        absl::StrCat("cannot look up the host \"", host, "\": no thread for it: ", error.what()));
  }
  return question;
}

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
  // The feed retries by itself, and channelz is not used: without both, each channel takes 6 KB less.
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

absl::StatusOr<FeedTarget> ParseFeedTarget(const std::string& setting) {
  FeedTarget target{setting, false, "", kDefaultPort};
  absl::string_view text = setting;
  if (absl::ConsumePrefix(&text, "unix:")) {
    if (absl::StartsWith(text, "///")) text.remove_prefix(2);
    if (!absl::StartsWith(text, "/")) return Malformed(setting);
    target.is_unix = true;
    target.host = std::string(text);
    return target;
  }
  absl::ConsumePrefix(&text, "dns:///") || absl::ConsumePrefix(&text, "dns:");
  std::string rest(text);
  if (IsIpv6(rest)) {
    target.host = rest;
    return target;
  }
  if (const std::size_t colon = rest.rfind(':'); colon != std::string::npos && rest.back() != ']') {
    target.port = rest.substr(colon + 1);
    rest.resize(colon);
  }
  if (rest.size() > 2 && rest.front() == '[' && rest.back() == ']') rest = rest.substr(1, rest.size() - 2);
  const bool bad_host = rest.empty() || (!IsIpv6(rest) && rest.find_first_of(":/[] ") != std::string::npos);
  if (bad_host || !IsPort(target.port)) return Malformed(setting);
  target.host = rest;
  return target;
}

bool NeedsLookup(const FeedTarget& target) {
  return !target.is_unix && !IsIpv4(target.host) && !IsIpv6(target.host);
}

FeedPeer PeerAt(const FeedTarget& target, const std::string& address) {
  FeedPeer peer;
  peer.name = target.setting;
  peer.setting = target.setting;
  if (target.is_unix) {
    peer.target = absl::StrCat("unix:", target.host);
    return peer;
  }
  const bool by_name = NeedsLookup(target);
  const std::string host = by_name ? address : target.host;
  peer.target = IsIpv6(host) ? absl::StrCat("ipv6:[", host, "]:", target.port)
                             : absl::StrCat("ipv4:", host, ":", target.port);
  if (by_name) {
    peer.name = absl::StrCat(target.setting, " (", address, ")");
    peer.authority = absl::StrCat(target.host, ":", target.port);
  }
  return peer;
}

Addresses LookUpHost(const std::string& host, std::stop_token stop) {
  const absl::StatusOr<std::shared_ptr<Question>> asked = StartAsking(host, Ask);
  if (!asked.ok()) return asked.status();
  Question& question = **asked;
  MutexLock lock(question.mutex);
  question.answered.wait(lock, std::move(stop), [&question] {
    question.mutex.AssertHeld();
    return question.answer.has_value();
  });
  if (!question.answer) return absl::CancelledError("stopped");
  return *std::move(question.answer);
}

Addresses LookUpHostWithin(const std::string& host, absl::Duration limit, Resolve resolve) {
  const absl::StatusOr<std::shared_ptr<Question>> asked =
      StartAsking(host, resolve ? std::move(resolve) : Resolve(Ask));
  if (!asked.ok()) return asked.status();
  Question& question = **asked;
  MutexLock lock(question.mutex);
  const bool answered = question.answered.wait_for(lock, absl::ToChronoNanoseconds(limit), [&question] {
    question.mutex.AssertHeld();
    return question.answer.has_value();
  });
  if (answered) return *std::move(question.answer);
  return absl::DeadlineExceededError(
      absl::StrCat("cannot look up the host \"", host, "\": no answer within ", absl::FormatDuration(limit)));
}

std::size_t MostAddresses() {
#ifdef __GLIBC__
  return std::numeric_limits<std::size_t>::max();
#else
  return 48;  // MAXADDRS in musl's src/network/lookup.h
#endif
}

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
