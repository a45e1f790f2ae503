#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"

namespace swarmbell {

// A part of a text: [begin, end).
struct TextSpan {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// How freely to read a text: `kMessage` is the engine's own prose, where `token: expired` is no secret;
// `kSettings` is what a person has written for a program: arguments, options, scripts.
enum class TextKind { kSettings, kMessage };

// Finds secrets inside a text: credentials in URLs (`amqp://user:secret@host`, `?token=secret`), paths of
// webhooks (`https://hooks.slack.com/services/secret`) and MySQL data source names, `name=secret`, `Bearer
// secret`, private keys in PEM; in settings also `name: secret`,
// `--name secret`, `-u user:secret` and the flags of password_flags.h. The spans are in order and do not
// overlap; none is empty. Doubtful borders are drawn too wide rather than too narrow.
std::vector<TextSpan> FindSecrets(std::string_view text, TextKind kind,
                                  absl::FunctionRef<bool(std::string_view name)> is_secret_name);

}  // namespace swarmbell
