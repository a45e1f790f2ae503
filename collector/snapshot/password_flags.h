#pragma once

#include <string_view>

namespace swarmbell {

// How a well-known program takes a password without a name that tells it is one.
struct PasswordFlag {
  std::string_view flag;  // `-a`
  bool attached = false;  // `-pSECRET`
  bool separate = false;  // `-p SECRET`
};

// Of the program that a word of a command line runs, as `redis-cli` or `/usr/bin/mysql`; null for any other.
const PasswordFlag* PasswordFlagOf(std::string_view word);

// Where in `-pSECRET` the password begins; npos if the word is no such flag. With `flag` null, of a program
// that is not known, only what can hardly be another flag or a port counts.
std::size_t AttachedPassword(std::string_view word, const PasswordFlag* flag);

}  // namespace swarmbell
