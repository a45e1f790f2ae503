#pragma once

#include <string_view>

#include "collector/snapshot/text_scan.h"

namespace swarmbell {

// Secrets that are recognised by their form, whatever their name. Each function makes one pass over the text
// and appends the spans of the secrets.

// Tokens with a maker's prefix (`ghp_`, `xoxb-`, `sk_live_`, `AKIA`, `glpat-`, `SWMTKN-1-`, ...), JSON Web
// Tokens and other JSON in base64, private keys in base64.
void FindTokens(std::string_view text, TextSpans& found);

// Password hashes as htpasswd and crypt write them: `$2y$05$…`, `$apr1$…`, `{SHA}…`, also with the doubled
// `$$` of compose files.
void FindPasswordHashes(std::string_view text, TextSpans& found);

// Finds the text between the first and last line of private keys in PEM.
void FindPrivateKeys(std::string_view text, TextSpans& found);

// Finds the word after `Bearer`, and after `Basic` if it encodes a user and a password. In prose (`careful`
// is false), `Bearer token expired` is no secret.
void FindAuthorizations(std::string_view text, bool careful, TextSpans& found);

}  // namespace swarmbell
