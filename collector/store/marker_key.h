#pragma once

#include <string>
#include <vector>

namespace swarmbell {

// The key of the marks of masked values (see Masker), so that a restarted collector makes the same mark for
// the same value: PBKDF2 of a salt, which is kept in Redis, and Redis's password, which is not. Who reads a
// copy of Redis's data without the password cannot test guesses of a masked value; who has both, or when
// there is no password, can. Takes some 0.1 s.
std::string MarkerKey(const std::string& password, const std::string& salt);

// 16 random bytes.
std::string NewSalt();

// Equal for the same key, names to mask and labels to leave out: texts that were read by one can then be
// compared with the other's.
std::string ReaderFingerprint(const std::string& marker_key, const std::vector<std::string>& mask_names,
                              const std::vector<std::string>& ignored_labels = {});

}  // namespace swarmbell
