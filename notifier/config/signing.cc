#include "notifier/config/signing.h"

#include <cstddef>

#include "absl/strings/escaping.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace swarmbell {
namespace {

constexpr std::size_t kLeastKeyBytes = 24;
constexpr std::size_t kMostKeyBytes = 64;
constexpr std::size_t kMostSecrets = 2;

std::vector<absl::string_view> Split(const std::string& secrets) {
  return absl::StrSplit(secrets, absl::ByAnyChar(" ,\t\r\n"), absl::SkipEmpty());
}

// Empty if the text is no secret.
std::string KeyOf(absl::string_view secret) {
  std::string key;
  if (!absl::ConsumePrefix(&secret, "whsec_") || !absl::Base64Unescape(secret, &key)) return "";
  return key.size() < kLeastKeyBytes || key.size() > kMostKeyBytes ? "" : key;
}

}  // namespace

std::optional<std::string> SigningSecretProblem(const std::string& secrets) {
  const std::vector<absl::string_view> all = Split(secrets);
  if (all.size() > kMostSecrets) return "has more than two secrets: remove the oldest";
  if (SigningKeys(secrets).empty()) {
    return "is no secret of Standard Webhooks: whsec_ and 24 to 64 bytes in base64, for example from: echo "
           "whsec_$(openssl rand -base64 32)";
  }
  return std::nullopt;
}

std::vector<std::string> SigningKeys(const std::string& secrets) {
  std::vector<std::string> keys;
  for (const absl::string_view secret : Split(secrets)) {
    keys.push_back(KeyOf(secret));
    if (keys.back().empty()) return {};
  }
  return keys;
}

}  // namespace swarmbell
