#pragma once

#include <string_view>

namespace swarmbell {

// Whether the name of a variable, label, option or flag says that its value is a secret. Looks at whole
// words: `DB_PASSWORD`, `apiKey` and `--auth-token` do, `MONKEY`, `AUTHOR` and `PASSENGER` do not.
bool NameLooksSecret(std::string_view name);

// The same for a label, whose dotted name says in its last part what the value is and in those before it only
// whose: `traefik.http.middlewares.auth.forwardauth.address` does not, `….basicauth.users` does.
bool LabelLooksSecret(std::string_view name);

// Matches `*` (any text) and `?` (one character); upper and lower case are the same.
bool GlobMatches(std::string_view glob, std::string_view text);

}  // namespace swarmbell
