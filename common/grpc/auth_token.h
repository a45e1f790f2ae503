#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/string_ref.h"

namespace swarmbell {

// A shared secret that calls carry as the metadata `authorization: Bearer <token>` (RFC 6750), over TLS or in
// the clear: without TLS anyone on the way can read it.

using CallMetadata = std::multimap<grpc::string_ref, grpc::string_ref>;

// The token of a process, which may change while it runs. Copies share it. Thread-safe.
//
// Tokens are changed without a gap when a server knows more than one for a while: it accepts each line of its
// text, a client sends the first.
class AuthToken {
 public:
  AuthToken() : AuthToken(std::string()) {}
  AuthToken(const std::string& text);                            // NOLINT(google-explicit-constructor)
  AuthToken(const char* text) : AuthToken(std::string(text)) {}  // NOLINT(google-explicit-constructor)

  // Blank lines, and blanks around a token, do not count.
  void Set(const std::string& text);

  std::vector<std::string> All() const;
  // Empty if there is none.
  std::string First() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// OK if the call may go on. An empty token asks for none. UNAUTHENTICATED for a missing or wrong token, and
// for more than one; the message never shows the token, and the time that it takes does not depend on how
// much of a wrong token is right.
absl::Status CheckAuthToken(const CallMetadata& metadata, const AuthToken& token);

// Gives the token to a call about to be made; nothing if it is empty.
void AddAuthToken(grpc::ClientContext& context, const AuthToken& token);

}  // namespace swarmbell
