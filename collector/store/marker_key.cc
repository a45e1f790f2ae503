#include "collector/store/marker_key.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>
#include <cstdlib>

namespace swarmbell {
namespace {

constexpr std::size_t kBytes = 16;
constexpr int kIterations = 200'000;

const unsigned char* Bytes(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string MarkerKey(const std::string& password, const std::string& salt) {
  std::array<unsigned char, 32> key{};
  if (PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), Bytes(salt),
                        static_cast<int>(salt.size()), kIterations, EVP_sha256(),
                        static_cast<int>(key.size()), key.data()) != 1) {
    std::abort();  // without a key, the marks of secrets could be guessed
  }
  return {key.begin(), key.end()};
}

std::string NewSalt() {
  std::array<unsigned char, kBytes> salt{};
  if (RAND_bytes(salt.data(), static_cast<int>(salt.size())) != 1) std::abort();
  return {salt.begin(), salt.end()};
}

std::string ReaderFingerprint(const std::string& marker_key, const std::vector<std::string>& mask_names,
                              const std::vector<std::string>& ignored_labels) {
  std::string names;
  for (const std::string& name : mask_names) names += name + '\n';
  for (const std::string& label : ignored_labels) names += '\0' + label + '\n';
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), marker_key.data(), static_cast<int>(marker_key.size()), Bytes(names), names.size(),
       digest.data(), &size);
  return {digest.begin(), digest.begin() + kBytes};
}

}  // namespace swarmbell
