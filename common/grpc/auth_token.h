#pragma once

#include <map>
#include <string>

#include "absl/status/status.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/string_ref.h"

namespace swarmbell {

// A shared secret that calls carry as the metadata `authorization: Bearer <token>` (RFC 6750), over TLS or in
// the clear: without TLS anyone on the way can read it.

using CallMetadata = std::multimap<grpc::string_ref, grpc::string_ref>;

// Whether a call may go on. An empty `token` means that none is asked for. UNAUTHENTICATED for a missing or
// wrong token, and for more than one; the message never tells the token, and the time that it takes does not
// depend on how much of a wrong token is right.
absl::Status CheckAuthToken(const CallMetadata& metadata, const std::string& token);

// Gives the token to a call about to be made; nothing if it is empty.
void AddAuthToken(grpc::ClientContext& context, const std::string& token);

}  // namespace swarmbell
