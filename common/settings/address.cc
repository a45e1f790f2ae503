#include "common/settings/address.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/settings/nearest.h"
#include "common/settings/value.h"

namespace swarmbell {
namespace {

// True if the text is a host, `:` and a port; a host that holds `:` needs brackets.
bool IsHostAndPort(const std::string& text, bool port_zero) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return false;
  const std::string host = text.substr(0, colon);
  const std::string port = text.substr(colon + 1);
  const bool digits = !port.empty() && port.size() <= 5 && std::all_of(port.begin(), port.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
  if (!digits) return false;
  const auto number = ParseInt(port);
  if (!number || *number > 65535 || (*number == 0 && !port_zero)) return false;
  const bool bracketed = host.front() == '[' && host.back() == ']';
  return (bracketed || !absl::StrContains(host, ":")) && host.find_first_of("/ \t@") == std::string::npos;
}

}  // namespace

std::optional<std::string> ListenAddressProblem(const std::string& address) {
  if (IsHostAndPort(address, /*port_zero=*/true)) return std::nullopt;
  return absl::StrCat(Quoted(address), " is no address to listen on (for example 0.0.0.0:50051)");
}

std::optional<std::string> TargetProblem(const std::string& target) {
  const std::string problem = absl::StrCat(
      Quoted(target), " is no gRPC target (for example collector:50051 or dns:///collector:50051)");
  for (const char* scheme : {"unix:", "ipv4:", "ipv6:"}) {
    if (absl::StartsWith(target, scheme)) return std::nullopt;
  }
  std::string rest = target;
  if (absl::StartsWith(rest, "dns:")) {
    const auto slash = rest.rfind('/');
    rest = rest.substr(slash == std::string::npos ? 4 : slash + 1);
  }
  if (IsHostAndPort(rest, /*port_zero=*/false)) return std::nullopt;
  return problem;
}

bool StaysOnThisMachine(const std::string& address) {
  if (absl::StartsWith(address, "unix:")) return true;
  std::string host = address;
  for (const char* scheme : {"dns:///", "dns:", "ipv4:", "ipv6:"}) {
    if (!absl::StartsWith(host, scheme)) continue;
    host = host.substr(std::string(scheme).size());
    break;
  }
  if (host == "::1" || absl::StartsWith(host, "[::1]")) return true;
  host = absl::AsciiStrToLower(host.substr(0, host.find(':')));
  // `127.example.com` is a name.
  const bool numeric = host.find_first_not_of("0123456789.") == std::string::npos;
  return host == "localhost" || (numeric && absl::StartsWith(host, "127."));
}

}  // namespace swarmbell
