#pragma once

#include <string_view>

namespace swarmbell {

// Which names have secret values, and which values are no secrets in spite of their names.

// True if the name indicates that its value is a secret. Looks at whole words: true for `DB_PASSWORD`,
// `apiKey` and `--auth-token`, false for `MONKEY`, `AUTHOR` and `PASSENGER`. True for a name that ends in
// KEY, SK, HASH and the like, unless another word excludes it: `STRIPE_PUBLISHABLE_KEY`, `SORT_KEY`,
// `GIT_COMMIT_HASH`. Only the last 256 bytes of a long name count.
bool NameLooksSecret(std::string_view name);

// The same for a label: the last part of its dotted name describes the value, the parts before it only its
// owner. False for `traefik.http.middlewares.auth.forwardauth.address`, true for `….basicauth.users`.
bool LabelLooksSecret(std::string_view name);

// True if the value cannot be a secret although its name looks like one: `true`; a path for a name that ends
// in _FILE or _KEY; a number or duration for one that ends in LENGTH, TTL and the like; a URL for AUTH_URL.
bool IsPlainlyNoSecret(std::string_view name, std::string_view value);

// True if a flag of this name must be followed by its value, also by one that begins with a dash:
// `--password`, but not `--auth`.
bool FlagWantsValue(std::string_view flag);

// True if `text` is almost certainly the name of a variable: `DB_HOST`, `http_proxy`.
bool IsBareVariableName(std::string_view text);

}  // namespace swarmbell
