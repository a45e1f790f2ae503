#include "common/grpc/auth.h"

#include <spdlog/spdlog.h>

#include <cstddef>
#include <iterator>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "common/glob/glob.h"
#include "common/sync/mutex.h"

namespace swarmbell {
namespace {

constexpr char kHeader[] = "authorization";
constexpr absl::string_view kScheme = "Bearer ";
constexpr absl::Duration kLogEvery = absl::Minutes(10);

bool SameInConstantTime(std::string_view given, std::string_view wanted) {
  unsigned char difference = given.size() == wanted.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const char against = wanted.empty() ? '\0' : wanted[i % wanted.size()];
    difference |= static_cast<unsigned char>(given[i] ^ against);
  }
  return difference == 0;
}

absl::Status Refused(const char* why) { return absl::UnauthenticatedError(why); }

absl::Status CheckName(const grpc::ServerContextBase& context, const ClientNames& allowed) {
  if (allowed.AllowAny()) return absl::OkStatus();
  const auto caller = context.auth_context();
  if (caller == nullptr || !caller->IsPeerAuthenticated()) {
    return Refused("the call comes without a client certificate, which must name the client");
  }
  std::vector<std::string> names;
  for (const grpc::string_ref& name : caller->GetPeerIdentity()) names.emplace_back(name.data(), name.size());
  if (allowed.Allow(names)) return absl::OkStatus();
  return absl::PermissionDeniedError(absl::StrCat("the client's certificate is for \"",
                                                  absl::StrJoin(names, "\", \""),
                                                  "\", which the server's tls.client_names does not list"));
}

// Without the port, which is another one for each connection.
std::string HostOf(const std::string& peer) { return peer.substr(0, peer.rfind(':')); }

}  // namespace

struct SharedStrings::State {
  Mutex mutex;
  std::vector<std::string> strings ABSL_GUARDED_BY(mutex);
};

SharedStrings::SharedStrings() : state_(std::make_shared<State>()) {}

void SharedStrings::Set(std::vector<std::string> strings) {
  const MutexLock lock(state_->mutex);
  state_->strings = std::move(strings);
}

std::vector<std::string> SharedStrings::Get() const {
  const MutexLock lock(state_->mutex);
  return state_->strings;
}

void AuthToken::Set(const std::string& text) {
  std::vector<std::string> tokens;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const absl::string_view token = absl::StripAsciiWhitespace(line);
    if (!token.empty()) tokens.emplace_back(token);
  }
  tokens_.Set(std::move(tokens));
}

std::string AuthToken::First() const {
  const std::vector<std::string> all = All();
  return all.empty() ? "" : all.front();
}

bool AuthToken::Accepts(std::string_view given) const {
  bool known = false;
  for (const std::string& one : All()) known |= SameInConstantTime(given, one);
  return known;
}

absl::Status CheckAuthToken(const CallMetadata& metadata, const AuthToken& token) {
  if (token.All().empty()) return absl::OkStatus();
  const auto [first, last] = metadata.equal_range(kHeader);
  if (first == last) {
    return Refused(
        "the call carries no token; set auth.token, which sends the metadata \"authorization: Bearer "
        "<token>\"");
  }
  if (std::next(first) != last) return Refused("the call carries more than one `authorization`");
  const absl::string_view value(first->second.data(), first->second.size());
  // RFC 9110, section 11.1: the scheme is case-insensitive.
  if (!absl::StartsWithIgnoreCase(value, kScheme)) {
    return Refused("the call's `authorization` is not of the form `Bearer <token>`");
  }
  const std::string_view given(value.data() + kScheme.size(), value.size() - kScheme.size());
  if (token.Accepts(given)) return absl::OkStatus();
  return Refused("the call's token is not the server's; set the same auth.token on both sides");
}

void AddAuthToken(grpc::ClientContext& context, const AuthToken& token) {
  const std::string first = token.First();
  if (!first.empty()) context.AddMetadata(kHeader, "Bearer " + first);
}

std::unique_ptr<FileWatch> WatchTokenFile(AuthToken token, const std::string& file, absl::Duration every) {
  if (file.empty()) return nullptr;
  WatchedFiles watched;
  watched.what = "the token";
  watched.files = {file};
  watched.contents = {absl::StrJoin(token.All(), "\n")};
  watched.same = [](const std::string& a, const std::string& b) {
    return AuthToken(a).All() == AuthToken(b).All();
  };
  watched.apply = [token](const std::vector<std::string>& contents) mutable {
    if (AuthToken(contents.front()).All().empty()) {
      return absl::InvalidArgumentError("the file is empty; without a token every caller would be accepted");
    }
    token.Set(contents.front());
    return absl::OkStatus();
  };
  return std::make_unique<FileWatch>(std::vector<WatchedFiles>{std::move(watched)}, every, Clock::Real());
}

void ClientNames::Set(std::vector<std::string> allowed) {
  for (std::string& name : allowed) absl::AsciiStrToLower(&name);
  allowed_.Set(std::move(allowed));
}

bool ClientNames::Allow(const std::vector<std::string>& names) const {
  const std::vector<std::string> allowed = allowed_.Get();
  for (const std::string& name : names) {
    const std::string lower = absl::AsciiStrToLower(name);
    for (const std::string& glob : allowed) {
      if (GlobMatch(glob, lower)) return true;
    }
  }
  return false;
}

CallerCheck::CallerCheck(AuthToken token, ClientNames names, Clock& clock)
    : token_(std::move(token)), names_(std::move(names)), clock_(clock), logged_(kLogEvery) {}

absl::Status CallerCheck::Check(const grpc::ServerContextBase& context) {
  absl::Status decision = Decide(context);
  if (decision.ok()) return decision;
  const std::string why(decision.message());
  if (logged_.Due(absl::StrCat(HostOf(context.peer()), " ", why), clock_.Now())) {
    spdlog::warn("A call was refused. peer={} reason={}", LogValue(context.peer()), LogValue(why));
  }
  return decision;
}

absl::Status CallerCheck::Decide(const grpc::ServerContextBase& context) const {
  if (absl::Status named = CheckName(context, names_); !named.ok()) return named;
  return CheckAuthToken(context.client_metadata(), token_);
}

}  // namespace swarmbell
