#include "collector/snapshot/secret_name.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <string>
#include <vector>

namespace swarmbell {
namespace {

using Words = std::vector<std::string>;

bool IsUpper(char c) { return std::isupper(static_cast<unsigned char>(c)) != 0; }
bool IsLower(char c) { return std::islower(static_cast<unsigned char>(c)) != 0; }
char ToLower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

// Whether a new word starts at `i` of a name in camel case: `dbPassword`, `APIKey`.
bool StartsWord(std::string_view name, std::size_t i) {
  if (i == 0 || !IsUpper(name[i])) return false;
  if (IsLower(name[i - 1])) return true;
  return IsUpper(name[i - 1]) && i + 1 < name.size() && IsLower(name[i + 1]);
}

// Digits end a word and are dropped: `TOKEN2` is a token.
Words SplitWords(std::string_view name) {
  Words words(1);
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool letter = IsUpper(name[i]) || IsLower(name[i]);
    if ((!letter || StartsWord(name, i)) && !words.back().empty()) words.emplace_back();
    if (letter) words.back().push_back(ToLower(name[i]));
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

// Secret as a word of its own, also in the plural.
constexpr std::array<std::string_view, 33> kWords = {
    "password", "passwd",    "pass",      "pwd",           "pw",        "passphrase", "passcode",
    "secret",   "token",     "apikey",    "apitoken",      "accesskey", "privatekey", "credential",
    "cred",     "auth",      "basicauth", "authorization", "dsn",       "bearer",     "cookie",
    "salt",     "signature", "pgpass",    "jwt",           "webhook",   "otp",        "pepper",
    "sig",      "pat",       "sshpass",   "requirepass",   "masterauth"};

// Long enough to be sure of at the end of a word without separators: `MYSQLPASSWORD`.
constexpr std::array<std::string_view, 11> kEndings = {"password",  "passwd",    "passphrase", "secret",
                                                       "token",     "apikey",    "privatekey", "credential",
                                                       "accesskey", "secretkey", "dbpass"};

// Secret when `key` follows.
constexpr std::array<std::string_view, 18> kKeys = {
    "api",     "access", "private", "encryption", "signing", "ssh", "master", "license", "session",
    "storage", "shared", "account", "deploy",     "unseal",  "app", "secret", "hmac",    "aes"};

template <typename List>
bool Contains(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool IsSecretWord(std::string_view word) {
  if (Contains(kWords, word)) return true;
  if (word.ends_with('s') && Contains(kWords, word.substr(0, word.size() - 1))) return true;
  return std::any_of(kEndings.begin(), kEndings.end(),
                     [&](std::string_view ending) { return word.ends_with(ending); });
}

bool IsKeyPair(std::string_view first, std::string_view second) {
  return (second == "key" || second == "keys") && Contains(kKeys, first);
}

// Fields of Traefik's and Caddy's basic authentication that hold no password.
constexpr std::array<std::string_view, 4> kAuthOptions = {"usersfile", "realm", "removeheader",
                                                          "headerfield"};

// In lower case, without separators.
std::string Plain(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (c != '_' && c != '-') plain.push_back(ToLower(c));
  }
  return plain;
}

// `authResponseHeaders`, not `Authorization`.
bool StartsWithAuth(std::string_view name) {
  const Words words = SplitWords(name);
  return words.size() > 1 && words.front() == "auth";
}

// As NameLooksSecret, but `auth` names what a label belongs to.
bool SaysSecret(std::string_view owner) {
  const Words words = SplitWords(owner);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] != "auth" && words[i] != "basicauth" && IsSecretWord(words[i])) return true;
    if (i > 0 && IsKeyPair(words[i - 1], words[i])) return true;
  }
  return false;
}

}  // namespace

bool NameLooksSecret(std::string_view name) {
  const Words words = SplitWords(name);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (IsSecretWord(words[i])) return true;
    if (i > 0 && IsKeyPair(words[i - 1], words[i])) return true;
  }
  return false;
}

bool LabelLooksSecret(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return NameLooksSecret(name);
  const std::string_view last = name.substr(dot + 1);
  const std::string_view owner = name.substr(0, dot);
  const std::string parent = Plain(owner.substr(owner.rfind('.') + 1));
  if (parent == "basicauth" || parent == "digestauth") return !Contains(kAuthOptions, Plain(last));
  // Of a proxy's routers and middlewares people choose the names.
  if (name.starts_with("traefik.")) return NameLooksSecret(last) && !StartsWithAuth(last);
  return NameLooksSecret(last) || SaysSecret(owner);
}

bool GlobMatches(std::string_view glob, std::string_view text) {
  std::size_t g = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      resume = t;
    } else if (g < glob.size() && (glob[g] == '?' || ToLower(glob[g]) == ToLower(text[t]))) {
      ++g;
      ++t;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

}  // namespace swarmbell
