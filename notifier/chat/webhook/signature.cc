#include "notifier/chat/webhook/signature.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"

namespace swarmbell {
namespace {

using Digest = std::array<unsigned char, EVP_MAX_MD_SIZE>;

constexpr std::size_t kIdChars = 32;

absl::string_view Bytes(const Digest& digest, unsigned int size) {
  return {reinterpret_cast<const char*>(digest.data()), size};
}

}  // namespace

std::string SignaturesOf(const std::vector<std::string>& keys, std::string_view id, absl::Time time,
                         std::string_view body) {
  const std::string text =
      absl::StrCat(absl::string_view(id.data(), id.size()), ".", absl::ToUnixSeconds(time), ".",
                   absl::string_view(body.data(), body.size()));
  std::vector<std::string> signatures;
  for (const std::string& key : keys) {
    Digest digest{};
    unsigned int size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
    signatures.push_back(absl::StrCat("v1,", absl::Base64Escape(Bytes(digest, size))));
  }
  return absl::StrJoin(signatures, " ");
}

std::string MessageIdOf(std::string_view text) {
  Digest digest{};
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return absl::StrCat("msg_", absl::BytesToHexString(Bytes(digest, size)).substr(0, kIdChars));
}

}  // namespace swarmbell
