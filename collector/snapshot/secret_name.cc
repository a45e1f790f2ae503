#include "collector/snapshot/secret_name.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <string>

#include "absl/container/inlined_vector.h"
#include "collector/snapshot/text_scan.h"

namespace swarmbell {
namespace {

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }

// True if a new word starts at `i` of a name in camel case: `dbPassword`, `APIKey`.
bool StartsWord(std::string_view name, std::size_t i) {
  if (i == 0 || !IsUpper(name[i])) return false;
  if (IsLower(name[i - 1])) return true;
  return IsUpper(name[i - 1]) && i + 1 < name.size() && IsLower(name[i + 1]);
}

// The words of a name, in lower case. Digits end a word and are dropped: `TOKEN2` is a token.
class Words {
 public:
  explicit Words(std::string_view name) {
    constexpr std::size_t kLongestName = 256;
    if (name.size() > kLongestName) name.remove_prefix(name.size() - kLongestName);
    lower_.resize(name.size());
    std::size_t begin = 0;
    for (std::size_t i = 0; i < name.size(); ++i) {
      const bool letter = IsUpper(name[i]) || IsLower(name[i]);
      lower_[i] = ToLower(name[i]);
      if (letter && !StartsWord(name, i)) continue;
      Add(begin, i);
      begin = letter ? i : i + 1;
    }
    Add(begin, name.size());
  }
  Words(const Words&) = delete;
  Words& operator=(const Words&) = delete;

  std::size_t size() const { return words_.size(); }
  std::string_view operator[](std::size_t i) const { return words_[i]; }
  auto begin() const { return words_.begin(); }
  auto end() const { return words_.end(); }

 private:
  void Add(std::size_t begin, std::size_t end) {
    if (begin < end) words_.push_back(std::string_view(lower_).substr(begin, end - begin));
  }

  std::string lower_;
  absl::InlinedVector<std::string_view, 12> words_;
};

// Secret as a word of its own, also in the plural. In order.
constexpr std::array<std::string_view, 34> kWords = {
    "accesskey", "apikey",     "apitoken",   "auth",    "authorization", "basicauth",   "bearer",
    "cookie",    "cred",       "credential", "dsn",     "jwt",           "masterauth",  "otp",
    "pass",      "passcode",   "passphrase", "passwd",  "password",      "pat",         "pepper",
    "pgpass",    "privatekey", "psk",        "pw",      "pwd",           "requirepass", "salt",
    "secret",    "sig",        "signature",  "sshpass", "token",         "webhook"};
static_assert(std::is_sorted(kWords.begin(), kWords.end()));

// Long enough to be sure of at the end of a word without separators: `MYSQLPASSWORD`.
constexpr std::array<std::string_view, 11> kEndings = {"password",  "passwd",    "passphrase", "secret",
                                                       "token",     "apikey",    "privatekey", "credential",
                                                       "accesskey", "secretkey", "dbpass"};

// Secret when `key` follows, wherever that is in the name.
constexpr std::array<std::string_view, 18> kKeys = {
    "api",     "access", "private", "encryption", "signing", "ssh", "master", "license", "session",
    "storage", "shared", "account", "deploy",     "unseal",  "app", "secret", "hmac",    "aes"};

// At the end of a name of several words.
constexpr std::string_view kLastWords[] = {"key", "keys", "sk", "hash", "hashes", "mnemonic", "seed", "totp"};
// Words that may follow without changing the meaning: `ENC_KEY_BASE64`, `STRIPE_SK_LIVE`.
constexpr std::string_view kSuffixes[] = {"base", "b",    "hex",      "pem",  "value",     "old",
                                          "new",  "prev", "previous", "next", "prod",      "current",
                                          "live", "test", "staging",  "main", "production"};
// Say that a key is for everybody.
constexpr std::string_view kPublic[] = {"public", "pub", "publishable", "anon", "anonymous"};
// A key or hash of these is no key to anything.
constexpr std::string_view kPlainKeys[] = {
    "primary", "foreign",     "sort",      "partition", "shard", "sharding", "cache",
    "index",   "unique",      "composite", "row",       "hot",   "map",      "bucket",
    "object",  "idempotency", "lookup",    "range",     "lang",  "locale",   "language"};
constexpr std::string_view kPlainHashes[] = {
    "commit", "git",      "build", "config",   "content", "image",   "file",      "source",
    "spec",   "template", "asset", "bundle",   "tree",    "version", "revision",  "release",
    "digest", "block",    "tx",    "checksum", "layer",   "chart",   "consistent"};

template <typename List>
bool Contains(const List& list, std::string_view word) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

bool IsSecretWord(std::string_view word) {
  if (std::binary_search(kWords.begin(), kWords.end(), word)) return true;
  if (word.ends_with('s') &&
      std::binary_search(kWords.begin(), kWords.end(), word.substr(0, word.size() - 1)))
    return true;
  if (word.size() < 6) return false;  // shorter than the shortest ending
  return std::any_of(kEndings.begin(), kEndings.end(),
                     [&](std::string_view ending) { return word.ends_with(ending); });
}

bool IsKey(std::string_view word) { return word == "key" || word == "keys"; }

bool SaysPublic(const Words& words) {
  return std::any_of(words.begin(), words.end(),
                     [](std::string_view word) { return Contains(kPublic, word); });
}

// `API_KEY_ID`, `apiKey`.
bool HasKeyPair(const Words& words) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (IsKey(words[i]) && Contains(kKeys, words[i - 1])) return !SaysPublic(words);
  }
  return false;
}

// `VAULT_ENC_KEY`, `STRIPE_SK`, `ADMIN_HASH`.
bool EndsAsSecret(const Words& words) {
  std::size_t last = words.size();
  while (last > 0 && Contains(kSuffixes, words[last - 1])) --last;
  if (last < 2 || !Contains(kLastWords, words[last - 1])) return false;
  const bool hash = words[last - 1].starts_with("hash");
  return !SaysPublic(words) &&
         !(hash ? Contains(kPlainHashes, words[last - 2]) : Contains(kPlainKeys, words[last - 2]));
}

// `PUBLIC_SENTRY_DSN`, `JWT_PUBLIC_KEY`; not `PUBLIC_API_SECRET`.
bool IsPublic(const Words& words) {
  const std::string_view last = words[words.size() - 1];
  if (!SaysPublic(words) || (!IsKey(last) && last != "apikey" && last != "dsn")) return false;
  return std::all_of(words.begin(), words.end(), [](std::string_view word) {
    return word == "dsn" || word == "apikey" || word == "jwt" || word == "auth" || !IsSecretWord(word);
  });
}

bool SaysSecret(const Words& words) {
  if (std::any_of(words.begin(), words.end(), IsSecretWord)) return !IsPublic(words);
  return HasKeyPair(words) || EndsAsSecret(words);
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
  const Words words(name);
  return words.size() > 1 && words[0] == "auth";
}

// As NameLooksSecret, but `auth` names the owner of a label.
bool OwnerLooksSecret(std::string_view owner) {
  const Words words(owner);
  const bool word = std::any_of(words.begin(), words.end(), [](std::string_view w) {
    return w != "auth" && w != "basicauth" && IsSecretWord(w);
  });
  return word || HasKeyPair(words);
}

// `traefik.frontend.auth.basic.users`, as Traefik 1 has it, maybe with a name behind `traefik`.
bool IsTraefik1Auth(std::string_view name) {
  constexpr std::array<std::string_view, 4> kEnds = {".auth.basic", ".auth.basic.users", ".auth.digest",
                                                     ".auth.digest.users"};
  return std::any_of(kEnds.begin(), kEnds.end(), [name](std::string_view end) {
    return name.size() >= end.size() && StartsIgnoringCase(name.substr(name.size() - end.size()), end);
  });
}

bool IsTrueOrFalse(std::string_view value) {
  constexpr std::array<std::string_view, 6> kAnswers = {"true", "false", "yes", "no", "on", "off"};
  return std::any_of(kAnswers.begin(), kAnswers.end(),
                     [value](std::string_view word) { return EqualsIgnoringCase(value, word); });
}

// `3600`, `15m`, `2h30m`
bool IsAmount(std::string_view value) {
  constexpr ByteSet kBytes("0123456789smhdwKMGkB.");
  return value.size() <= 8 && kDigitBytes(value.front()) && All(value, kBytes);
}

bool IsWord(std::string_view value) {
  constexpr std::size_t kLongest = 12;
  return value.size() <= kLongest && All(value, kAlphanumericBytes);
}

// `/run/secrets/db`. A secret in base64 may begin with a slash, but does not continue like this.
bool IsPath(std::string_view value) {
  constexpr ByteSet kBytes = ByteSet("_-./ ").AndAlphanumerics();
  if (!value.starts_with('/') || !All(value, kBytes)) return false;
  for (const std::string_view root :
       {"/run/", "/etc/", "/var/",  "/usr/",     "/opt/",   "/home/",   "/root/",
        "/mnt/", "/srv/", "/tmp/",  "/data/",    "/app/",   "/config/", "/certs/",
        "/ssl/", "/tls/", "/keys/", "/secrets/", "/vault/", "/proc/"}) {
    if (value.starts_with(root)) return true;
  }
  constexpr std::array<std::string_view, 8> kEnds = {".pem", ".key", ".crt", ".cert",
                                                     ".p12", ".jks", ".pub", ".txt"};
  return std::any_of(kEnds.begin(), kEnds.end(),
                     [value](std::string_view end) { return value.ends_with(end); });
}

bool IsUrl(std::string_view value) {
  return value.starts_with("http://") || value.starts_with("https://") || value.starts_with("tcp://");
}

// Every secret word of the name is about signing in at the address that the value is: `OAUTH_TOKEN_URL`.
bool NamesPlaceOfSignIn(const Words& words) {
  return std::all_of(words.begin(), words.end(), [](std::string_view word) {
    return word == "auth" || word == "token" || word == "jwt" || word == "oauth" || !IsSecretWord(word);
  });
}

constexpr std::string_view kAmounts[] = {
    "length",  "len",        "ttl",      "expiry", "expires", "expiration", "expire",
    "timeout", "lifetime",   "age",      "min",    "max",     "size",       "count",
    "rounds",  "iterations", "cost",     "days",   "seconds", "minutes",    "hours",
    "limit",   "period",     "interval", "digits", "retries", "attempts",   "validity"};
constexpr std::string_view kKinds[] = {"algorithm", "algo",   "alg",    "type",   "method",
                                       "mode",      "format", "scheme", "driver", "backend"};
constexpr std::string_view kPlaces[] = {"url", "uri", "endpoint", "issuer", "address"};

}  // namespace

bool NameLooksSecret(std::string_view name) { return SaysSecret(Words(name)); }

bool LabelLooksSecret(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return NameLooksSecret(name);
  const std::string_view last = name.substr(dot + 1);
  const std::string_view owner = name.substr(0, dot);
  const std::string parent = Plain(owner.substr(owner.rfind('.') + 1));
  if (parent == "basicauth" || parent == "digestauth") return !Contains(kAuthOptions, Plain(last));
  // People choose the names of a proxy's routers and middlewares.
  if (name.starts_with("traefik."))
    return (NameLooksSecret(last) && !StartsWithAuth(last)) || IsTraefik1Auth(name);
  return NameLooksSecret(last) || OwnerLooksSecret(owner) || EndsAsSecret(Words(name));
}

bool IsPlainlyNoSecret(std::string_view name, std::string_view value) {
  if (value.empty() || IsTrueOrFalse(value)) return true;
  const Words words(name);
  if (words.size() == 0) return false;
  const std::string_view last = words[words.size() - 1];
  if (last == "file" || last == "path" || last == "dir") return value.starts_with('/');
  if ((IsKey(last) || name == "PWD" || name == "OLDPWD") && IsPath(value)) return true;
  if (words.size() < 2) return false;
  if (Contains(kAmounts, last)) return IsAmount(value);
  if (Contains(kKinds, last)) return IsWord(value);
  return Contains(kPlaces, last) && IsUrl(value) && NamesPlaceOfSignIn(words);
}

bool FlagWantsValue(std::string_view flag) {
  const Words words(flag);
  if (words.size() == 0) return false;
  constexpr std::array<std::string_view, 9> kMayBeAlone = {
      "auth", "basicauth", "jwt", "cookie", "cookies", "otp", "signature", "webhook", "bearer"};
  return std::find(kMayBeAlone.begin(), kMayBeAlone.end(), words[words.size() - 1]) == kMayBeAlone.end();
}

bool IsBareVariableName(std::string_view text) {
  constexpr std::size_t kLongestWord = 16;
  for (const std::string_view name : {"http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy"}) {
    if (text == name) return true;
  }
  std::size_t word = 0;
  std::size_t digits = 0;
  for (const char c : text) {
    if (!IsUpper(c) && c != '_' && !kDigitBytes(c)) return false;
    word = c == '_' ? 0 : word + 1;
    digits += kDigitBytes(c) ? 1 : 0;
    if (word > kLongestWord || digits > 2) return false;
  }
  return !text.empty() && (IsUpper(text[0]) || text[0] == '_');
}

}  // namespace swarmbell
