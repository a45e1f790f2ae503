#include "common/grpc/auth_token.h"

#include <cstddef>
#include <iterator>
#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace swarmbell {
namespace {

constexpr char kHeader[] = "authorization";
constexpr absl::string_view kScheme = "Bearer ";

bool SameInConstantTime(std::string_view given, std::string_view wanted) {
  unsigned char difference = given.size() == wanted.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const char against = wanted.empty() ? '\0' : wanted[i % wanted.size()];
    difference |= static_cast<unsigned char>(given[i] ^ against);
  }
  return difference == 0;
}

absl::Status Refused(const char* why) { return absl::UnauthenticatedError(why); }

}  // namespace

absl::Status CheckAuthToken(const CallMetadata& metadata, const std::string& token) {
  if (token.empty()) return absl::OkStatus();
  const auto [first, last] = metadata.equal_range(kHeader);
  if (first == last) {
    return Refused("the call carries no token; send the metadata \"authorization: Bearer <token>\"");
  }
  if (std::next(first) != last) return Refused("the call carries more than one \"authorization\"");
  const absl::string_view value(first->second.data(), first->second.size());
  // RFC 9110, section 11.1: the scheme's case does not matter.
  if (!absl::StartsWithIgnoreCase(value, kScheme)) {
    return Refused("the call's \"authorization\" is not of the form \"Bearer <token>\"");
  }
  const std::string_view given(value.data() + kScheme.size(), value.size() - kScheme.size());
  if (!SameInConstantTime(given, token)) {
    return Refused("the call's token is not the server's; set the same token on both sides");
  }
  return absl::OkStatus();
}

void AddAuthToken(grpc::ClientContext& context, const std::string& token) {
  if (!token.empty()) context.AddMetadata(kHeader, "Bearer " + token);
}

}  // namespace swarmbell
