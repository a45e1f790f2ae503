#pragma once

#include <string_view>

#include "absl/functional/function_ref.h"
#include "collector/snapshot/text_scan.h"

namespace swarmbell {

// How freely to read a text: `kSettings` is what a person has written for a program: arguments, options,
// scripts; `kMessage` is the engine's own prose, where `token: expired` is no secret; `kImage` is the
// reference of an image, where only credentials and tokens are.
enum class TextKind { kSettings, kMessage, kImage };

// Says whether what stands as `value` beside `name` is a secret; `value` is empty when only the name counts.
using IsSecret = absl::FunctionRef<bool(std::string_view name, std::string_view value)>;

// Finds secrets inside a text: credentials in URLs (`amqp://user:secret@host`, `?token=secret`), paths of
// webhooks (`https://hooks.slack.com/services/secret`) and MySQL data source names, `name=secret`,
// `"name": "secret"`, `<name>secret</name>`, `Bearer secret`, tokens and password hashes that are known by
// their look, private keys in PEM, `--name secret`, `-u user:secret` and the flags of CommandLine; in
// settings also `name: secret`. The spans are in order and do not overlap; none is empty. Doubtful borders
// are drawn too wide rather than too narrow. The time it takes grows as the text does, whatever the text is.
TextSpans FindSecrets(std::string_view text, TextKind kind, IsSecret is_secret);

}  // namespace swarmbell
