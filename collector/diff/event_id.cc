#include "collector/diff/event_id.h"

#include <openssl/evp.h>

#include <array>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace swarmbell {

std::string EventId(const ChangeIdentity& identity) {
  constexpr std::size_t kBytes = 16;
  const char kSeparator[] = "\x1f";
  const std::string text =
      absl::StrCat(identity.cluster_id, kSeparator, identity.object_id, kSeparator, identity.change,
                   kSeparator, identity.discriminator, kSeparator, identity.version);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return absl::BytesToHexString(std::string(digest.begin(), digest.begin() + kBytes));
}

}  // namespace swarmbell
