#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "common/grpc/auth.h"
#include "common/http/http_server.h"

namespace swarmbell {

// Decides whether a request may see the page. OK if it carries one of the tokens: as `Authorization: Bearer
// TOKEN`, or as the password of HTTP Basic with any user, which browsers ask for. UNAUTHENTICATED without
// one.
//
// Without any token the page is for this machine alone; a page of another site must not reach it through a
// name that leads here (DNS rebinding): PERMISSION_DENIED unless the request's Host is an address of this
// machine, or the host of `external_url`; and always if `listen` is not an address of this machine, as when
// the token was removed while the page was served.
absl::Status CheckAccess(const HttpQuestion& question, const AuthToken& token, const std::string& listen,
                         const std::string& external_url);

}  // namespace swarmbell
