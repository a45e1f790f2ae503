#pragma once

#include <string_view>

namespace swarmbell {

// True if the name says that its value is a secret. Looks at whole words: true for `DB_PASSWORD`, `apiKey`
// and `--auth-token`, false for `MONKEY`, `AUTHOR` and `PASSENGER`. True for a name that ends in KEY, SK,
// HASH and the like, unless it says that it is no secret: `STRIPE_PUBLISHABLE_KEY`, `SORT_KEY`,
// `GIT_COMMIT_HASH`. Only the last 256 bytes of a long name count.
bool NameLooksSecret(std::string_view name);

// The same for a label, whose dotted name says in its last part what the value is and in those before it only
// whose: `traefik.http.middlewares.auth.forwardauth.address` does not, `….basicauth.users` does.
bool LabelLooksSecret(std::string_view name);

// True if the value cannot be a secret although its name looks like one: `true`; a path for a name that ends
// in _FILE or _KEY; a number or duration for one that ends in LENGTH, TTL and the like; a URL for AUTH_URL.
bool IsPlainlyNoSecret(std::string_view name, std::string_view value);

// True if a flag of this name must be followed by its value, also by one that begins with a dash:
// `--password`, but not `--auth`.
bool FlagWantsValue(std::string_view flag);

// True if `text` can hardly be anything but the name of a variable: `DB_HOST`, `http_proxy`.
bool IsBareVariableName(std::string_view text);

}  // namespace swarmbell
