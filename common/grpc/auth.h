#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/file/file.h"
#include "common/process/logging.h"
#include "common/time/clock.h"
#include "grpcpp/client_context.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/string_ref.h"

namespace swarmbell {

// Which calls a server accepts: by the token that they carry, and by the name in the client's certificate.

using CallMetadata = std::multimap<grpc::string_ref, grpc::string_ref>;

// A list of strings that can be replaced while it is used. Copies share it. Thread-safe.
class SharedStrings {
 public:
  SharedStrings();
  void Set(std::vector<std::string> strings);
  std::vector<std::string> Get() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// The shared secret of a process. Calls carry it as the metadata `authorization: Bearer <token>` (RFC 6750),
// with TLS or without; without TLS anyone on the network path can read it. Copies share it; it can be
// replaced while it is used. Thread-safe.
//
// The text may hold several tokens, one a line, so that a token can be replaced without an interruption: a
// server accepts each of them, a client sends the first.
class AuthToken {
 public:
  AuthToken() = default;
  AuthToken(const std::string& text) { Set(text); }              // NOLINT(google-explicit-constructor)
  AuthToken(const char* text) : AuthToken(std::string(text)) {}  // NOLINT(google-explicit-constructor)

  // Ignores blank lines, and blanks around a token.
  void Set(const std::string& text);

  std::vector<std::string> All() const { return tokens_.Get(); }
  // Empty if there is none.
  std::string First() const;
  // True if it is one of them. The time taken does not depend on how many characters of a wrong one are
  // right.
  bool Accepts(std::string_view given) const;

 private:
  SharedStrings tokens_;
};

// Checks the token of a call. OK if it is one of `token`'s, or `token` is empty. UNAUTHENTICATED if it is
// missing, wrong or given twice; the message never shows the token. The time taken does not depend on how
// many characters of a wrong token are right.
absl::Status CheckAuthToken(const CallMetadata& metadata, const AuthToken& token);

// Adds the token to a call that is about to be made. Does nothing if the token is empty.
void AddAuthToken(grpc::ClientContext& context, const AuthToken& token);

// Reloads the token when its file changes, as long as the returned object lives. Ignores an empty file. Null
// when `file` is empty.
std::unique_ptr<FileWatch> WatchTokenFile(AuthToken token, const std::string& file,
                                          absl::Duration every = kFileLookInterval);

// The names that client certificates may have: globs with `*` and `?`, case-insensitive. Copies share them;
// they can be replaced while they are used. Thread-safe.
class ClientNames {
 public:
  explicit ClientNames(std::vector<std::string> allowed = {}) { Set(std::move(allowed)); }

  void Set(std::vector<std::string> allowed);

  // True if no name is listed: then names are not checked.
  bool AllowAny() const { return allowed_.Get().empty(); }
  // True if one of the names matches a listed one.
  bool Allow(const std::vector<std::string>& names) const;

 private:
  SharedStrings allowed_;  // in lower case
};

// Decides whether a server accepts a call, by the name in the client's certificate and by the token. Refusals
// are logged, once in 10 minutes for each client and reason. Thread-safe.
class CallerCheck {
 public:
  // Sees later changes of the token and the names. `clock` must outlive this.
  CallerCheck(AuthToken token, ClientNames names, Clock& clock);

  // UNAUTHENTICATED if names are listed and the client has no certificate, and as CheckAuthToken();
  // PERMISSION_DENIED for a certificate with another name. A certificate's names are its subject alternative
  // names, or its common name if it has none of those.
  absl::Status Check(const grpc::ServerContextBase& context);

 private:
  absl::Status Decide(const grpc::ServerContextBase& context) const;

  const AuthToken token_;
  const ClientNames names_;
  Clock& clock_;
  Throttle logged_;
};

}  // namespace swarmbell
