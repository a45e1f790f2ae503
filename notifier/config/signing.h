#pragma once

#include <optional>
#include <string>
#include <vector>

namespace swarmbell {

// The secrets that sign the posts of a receiver of type webhook, as Standard Webhooks writes them: `whsec_`
// and 24 to 64 bytes in base64. Two of them, separated by a blank or a comma, while one replaces the other.
// All pure.

// Why the text is no such secret, or two; never shows it.
std::optional<std::string> SigningSecretProblem(const std::string& secrets);

// Their keys, in order, as bytes; none for a text that is no secret.
std::vector<std::string> SigningKeys(const std::string& secrets);

}  // namespace swarmbell
