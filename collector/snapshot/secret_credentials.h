#pragma once

#include <cstddef>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "collector/snapshot/text_scan.h"

namespace swarmbell {

// Credentials in URLs, beside hosts, and on command lines.
//
// Each Find function makes one pass over the text and appends the spans of the secrets.

// `amqp://user:secret@host`, also with a raw `/` or quote in the secret; `https://secret@host`.
void FindUrlCredentials(std::string_view text, TextSpans& found);

// `user:secret@tcp(host:3306)/base`, `user:secret@registry.example/image`, `admin:S3cret@host`; not
// `image:tag@sha256:…` and not `mailto:somebody@example.com`.
void FindBareCredentials(std::string_view text, TextSpans& found);

// `https://hooks.slack.com/services/secret`: anyone who knows the path may post there.
void FindWebhooks(std::string_view text, TextSpans& found);

using IsSecretName = absl::FunctionRef<bool(std::string_view name)>;

// The meaning of the word behind a flag.
enum class FlagValue { kPlain, kSecret, kUserAndSecret };

struct ReadWord {
  FlagValue next = FlagValue::kPlain;
  std::size_t attached = std::string_view::npos;  // the position of a secret in the word itself: `-pSECRET`
};

// Reads the words of a command line, one after the other, and knows the flags of common programs that have a
// password but no name that shows it: `mysql -pSECRET`, `redis-cli -a SECRET`, `curl -fu user:SECRET`.
class CommandLine {
 public:
  explicit CommandLine(IsSecretName is_secret_name) : is_secret_name_(is_secret_name) {}

  ReadWord Read(std::string_view word);

 private:
  struct Program;
  static const Program* ProgramOf(std::string_view word);
  std::size_t Attached(std::string_view word) const;

  IsSecretName is_secret_name_;
  const Program* program_ = nullptr;  // the last program in the line
};

// True if `next` is the value of `flag`, for which CommandLine expects a secret: the next flag is not, unless
// `flag` requires a value.
bool IsValueOf(std::string_view flag, std::string_view next);

// Returns the position of the secret in `user:secret`; npos if there is none, as in `1000:1000`.
std::size_t SecretOfPair(std::string_view pair);

}  // namespace swarmbell
