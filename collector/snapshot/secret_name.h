#pragma once

#include <string_view>

namespace swarmbell {

// Says by its name whether a value is a secret. Looks at whole words: `DB_PASSWORD`, `apiKey` and
// `--auth-token` are, `MONKEY`, `AUTHOR` and `PASSENGER` are not. A name that ends in KEY, SK, HASH and the
// like is, unless it says that it is no secret: `STRIPE_PUBLISHABLE_KEY`, `SORT_KEY`, `GIT_COMMIT_HASH`. Of a
// long name only the last 256 bytes count.
bool NameLooksSecret(std::string_view name);

// The same for a label, whose dotted name says in its last part what the value is and in those before it only
// whose: `traefik.http.middlewares.auth.forwardauth.address` does not, `….basicauth.users` does.
bool LabelLooksSecret(std::string_view name);

// Whether the value shows that it is no secret, although its name looks so: `true`; a path for a name that
// ends in _FILE or _KEY; a number or duration for one that ends in LENGTH, TTL and the like; a URL for
// AUTH_URL.
bool IsPlainlyNoSecret(std::string_view name, std::string_view value);

// Whether a flag of this name must be followed by its value, however that looks: `--password`, but not
// `--auth`.
bool FlagWantsValue(std::string_view flag);

// Whether `text` can hardly be anything but the name of a variable: `DB_HOST`, `http_proxy`.
bool IsBareVariableName(std::string_view text);

}  // namespace swarmbell
