#include "notifier/feed/feed_target.h"

#include <arpa/inet.h>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace swarmbell {
namespace {

constexpr char kDefaultPort[] = "50051";

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

}  // namespace swarmbell
