#include "common/grpc/caller_check.h"

#include <spdlog/spdlog.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/process/log_value.h"

namespace swarmbell {
namespace {

constexpr absl::Duration kTellEvery = absl::Minutes(10);

std::vector<std::string> NamesOf(const grpc::AuthContext& caller) {
  std::vector<std::string> names;
  for (const grpc::string_ref& name : caller.GetPeerIdentity()) names.emplace_back(name.data(), name.size());
  return names;
}

absl::Status CheckName(const grpc::ServerContextBase& context, const ClientNames& allowed) {
  if (allowed.AllowAny()) return absl::OkStatus();
  const auto caller = context.auth_context();
  if (caller == nullptr || !caller->IsPeerAuthenticated()) {
    return absl::UnauthenticatedError(
        "the call comes without a client certificate, which must name the client");
  }
  const std::vector<std::string> names = NamesOf(*caller);
  if (allowed.Allow(names)) return absl::OkStatus();
  return absl::PermissionDeniedError(absl::StrCat("the client's certificate is for \"",
                                                  absl::StrJoin(names, "\", \""),
                                                  "\", which the server's tls.client_names does not list"));
}

// Each connection has a port of its own.
std::string HostOf(const std::string& peer) { return peer.substr(0, peer.rfind(':')); }

}  // namespace

CallerCheck::CallerCheck(AuthToken token, ClientNames names, Clock& clock)
    : token_(std::move(token)), names_(std::move(names)), clock_(clock), told_(kTellEvery) {}

absl::Status CallerCheck::Check(const grpc::ServerContextBase& context) {
  absl::Status decision = Decide(context);
  if (decision.ok()) return decision;
  const std::string why(decision.message());
  if (told_.Due(absl::StrCat(HostOf(context.peer()), " ", why), clock_.Now())) {
    spdlog::warn("A call was refused. peer={} reason={}", LogValue(context.peer()), LogValue(why));
  }
  return decision;
}

absl::Status CallerCheck::Decide(const grpc::ServerContextBase& context) const {
  if (absl::Status named = CheckName(context, names_); !named.ok()) return named;
  return CheckAuthToken(context.client_metadata(), token_);
}

}  // namespace swarmbell
