#pragma once

#include <string_view>

#include "absl/functional/function_ref.h"
#include "collector/snapshot/text_scan.h"

namespace swarmbell {

// The kind of a text: `kSettings` was written by a person for a program (arguments, options, scripts);
// `kMessage` is prose of the engine, where `token: expired` is no secret; `kOutput` are lines that any
// program printed, where `password: secret` is as likely as `token: unexpected end of input`; `kImage` is the
// reference of an image, which contains only credentials and tokens.
enum class TextKind { kSettings, kMessage, kOutput, kImage };

// Returns true if `value` is a secret, given its `name`; `value` is empty if only the name counts.
using IsSecret = absl::FunctionRef<bool(std::string_view name, std::string_view value)>;

// Finds secrets inside a text: credentials in URLs (`amqp://user:secret@host`, `?token=secret`), paths of
// webhooks (`https://hooks.slack.com/services/secret`) and MySQL data source names, `name=secret`,
// `"name": "secret"`, `<name>secret</name>`, `Bearer secret`, tokens and password hashes that are known by
// their form, private keys in PEM, `--name secret`, `-u user:secret` and the flags of CommandLine; in
// settings and output also `name: secret`, in output also `name => secret`. The spans are in order, do not
// overlap, and are not empty. If the end of a secret is uncertain, the span is rather too long than too
// short. The time is linear in the length of the text.
TextSpans FindSecrets(std::string_view text, TextKind kind, IsSecret is_secret);

}  // namespace swarmbell
