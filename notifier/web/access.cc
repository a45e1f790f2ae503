#include "notifier/web/access.h"

#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "common/settings/checks.h"

namespace swarmbell {
namespace {

// `host:port` of a URL.
std::string AuthorityOf(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return "";
  url.remove_prefix(scheme + 3);
  return std::string(url.substr(0, url.find('/')));
}

// The token that the request carries; nothing if it has none.
std::optional<std::string> TokenIn(const HttpQuestion& question) {
  const std::string header = question.Header("authorization");
  absl::string_view value = header;
  if (absl::StartsWithIgnoreCase(value, "bearer ")) return std::string(value.substr(7));
  if (!absl::StartsWithIgnoreCase(value, "basic ")) return std::nullopt;
  std::string decoded;
  if (!absl::Base64Unescape(absl::StripAsciiWhitespace(value.substr(6)), &decoded)) return std::nullopt;
  const auto colon = decoded.find(':');
  if (colon == std::string::npos) return std::nullopt;
  return decoded.substr(colon + 1);
}

}  // namespace

absl::Status CheckAccess(const HttpQuestion& question, const AuthToken& token, const std::string& listen,
                         const std::string& external_url) {
  if (token.All().empty()) {
    if (!StaysOnThisMachine(listen)) {
      return absl::PermissionDeniedError(
          "the timeline is served to other machines and has lost its token; set auth.token, or restart");
    }
    const std::string host = question.Header("host");
    const bool is_external = !external_url.empty() && absl::EqualsIgnoreCase(host, AuthorityOf(external_url));
    const bool is_local = StaysOnThisMachine(host) && !absl::StartsWith(host, "unix:");
    if (is_local || is_external) return absl::OkStatus();
    return absl::PermissionDeniedError(
        "the timeline has no token and answers only to an address of this machine; set auth.token, or "
        "web.external_url to the address that you use");
  }
  const std::optional<std::string> given = TokenIn(question);
  if (!given)
    return absl::UnauthenticatedError("the timeline needs the token as the password, with any user name");
  if (token.Accepts(*given)) return absl::OkStatus();
  return absl::UnauthenticatedError("the password is not the notifier's auth.token");
}

}  // namespace swarmbell
