#include "common/grpc/auth_token.h"

#include <cstddef>
#include <iterator>
#include <mutex>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
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

struct AuthToken::State {
  std::mutex mutex;
  std::vector<std::string> tokens;  // guarded by mutex
};

AuthToken::AuthToken(const std::string& text) : state_(std::make_shared<State>()) { Set(text); }

void AuthToken::Set(const std::string& text) {
  std::vector<std::string> tokens;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const absl::string_view token = absl::StripAsciiWhitespace(line);
    if (!token.empty()) tokens.emplace_back(token);
  }
  const std::lock_guard lock(state_->mutex);
  state_->tokens = std::move(tokens);
}

std::vector<std::string> AuthToken::All() const {
  const std::lock_guard lock(state_->mutex);
  return state_->tokens;
}

std::string AuthToken::First() const {
  const std::lock_guard lock(state_->mutex);
  return state_->tokens.empty() ? "" : state_->tokens.front();
}

absl::Status CheckAuthToken(const CallMetadata& metadata, const AuthToken& token) {
  const std::vector<std::string> accepted = token.All();
  if (accepted.empty()) return absl::OkStatus();
  const auto [first, last] = metadata.equal_range(kHeader);
  if (first == last) {
    return Refused(
        "the call carries no token; set auth.token, which sends the metadata \"authorization: Bearer "
        "<token>\"");
  }
  if (std::next(first) != last) return Refused("the call carries more than one `authorization`");
  const absl::string_view value(first->second.data(), first->second.size());
  // RFC 9110, section 11.1: the scheme's case does not matter.
  if (!absl::StartsWithIgnoreCase(value, kScheme)) {
    return Refused("the call's `authorization` is not of the form `Bearer <token>`");
  }
  const std::string_view given(value.data() + kScheme.size(), value.size() - kScheme.size());
  bool known = false;
  for (const std::string& one : accepted) known |= SameInConstantTime(given, one);
  if (known) return absl::OkStatus();
  return Refused("the call's token is not the server's; set the same auth.token on both sides");
}

void AddAuthToken(grpc::ClientContext& context, const AuthToken& token) {
  const std::string first = token.First();
  if (!first.empty()) context.AddMetadata(kHeader, "Bearer " + first);
}

}  // namespace swarmbell
