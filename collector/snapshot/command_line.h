#pragma once

#include <cstddef>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "collector/snapshot/text_scan.h"

namespace swarmbell {

using IsSecretName = absl::FunctionRef<bool(std::string_view name)>;

// The meaning of the word behind a flag.
enum class FlagValue { kPlain, kSecret, kUserAndSecret };

struct ReadWord {
  FlagValue next = FlagValue::kPlain;
  std::size_t attached = std::string_view::npos;  // where in the word itself a secret begins: `-pSECRET`
};

// Reads the words of a command line, one after the other, and knows how well-known programs take a password
// without a name that says so: `mysql -pSECRET`, `redis-cli -a SECRET`, `curl -fu user:SECRET`.
class CommandLine {
 public:
  explicit CommandLine(IsSecretName is_secret_name) : is_secret_name_(is_secret_name) {}

  ReadWord Read(std::string_view word);

 private:
  struct Program;
  static const Program* ProgramOf(std::string_view word);
  std::size_t Attached(std::string_view word) const;

  IsSecretName is_secret_name_;
  const Program* program_ = nullptr;  // the last that was named
};

// True if `next` is the value of `flag`, for which CommandLine expects a secret: the next flag is not, unless
// `flag` requires a value.
bool IsValueOf(std::string_view flag, std::string_view next);

// Where in `user:secret` the secret begins; npos when it is none, as in `1000:1000`.
std::size_t SecretOfPair(std::string_view pair);

}  // namespace swarmbell
