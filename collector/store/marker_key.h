#pragma once

#include <string>
#include <vector>

namespace swarmbell {

// The key of the marks of masked values (see Masker), so that a restarted collector makes the same mark for
// the same value: PBKDF2 of a salt, which is kept in Redis, and Redis's password, which is not. A reader of a
// copy of Redis's data cannot test guesses of a masked value without the password; with it, or if there is
// none, that is possible. Takes about 0.1 s.
std::string MarkerKey(const std::string& password, const std::string& salt);

// 16 random bytes.
std::string NewSalt();

// Equal for the same key, names to mask, rules of masking (kMaskingRules) and labels to leave out: texts that
// were read by one can then be compared with the other's.
std::string ReaderFingerprint(const std::string& marker_key, const std::vector<std::string>& mask_names,
                              const std::vector<std::string>& ignored_labels = {});

}  // namespace swarmbell
