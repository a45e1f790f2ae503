#include "collector/snapshot/byte_hash.h"

#include <xxhash.h>

namespace swarmbell {

ByteHash ByteHashOf(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.high64, hash.low64};
}

}  // namespace swarmbell
