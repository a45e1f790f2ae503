#include "collector/snapshot/password_flags.h"

#include <algorithm>
#include <cctype>
#include <initializer_list>

namespace swarmbell {
namespace {

constexpr PasswordFlag kRedis{"-a", false, true};
constexpr PasswordFlag kMysql{"-p", true, false};
constexpr PasswordFlag kMongo{"-p", false, true};
constexpr PasswordFlag kSshpass{"-p", true, true};
constexpr PasswordFlag kLdap{"-w", true, true};

bool IsOneOf(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// A password of letters alone may be a flag of its own: `-profile`.
bool LooksLikePassword(std::string_view text) {
  bool upper = false, lower = false, digit = false;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '=' || c == ':' || c == '/') return false;
    upper = upper || std::isupper(byte) != 0;
    lower = lower || std::islower(byte) != 0;
    digit = digit || std::isdigit(byte) != 0;
  }
  return text.size() >= 4 && (upper || (lower && digit));
}

}  // namespace

const PasswordFlag* PasswordFlagOf(std::string_view word) {
  if (const auto slash = word.rfind('/'); slash != word.npos) word.remove_prefix(slash + 1);
  if (IsOneOf(word, {"redis-cli", "valkey-cli", "keydb-cli"})) return &kRedis;
  if (word.starts_with("mysql") || word.starts_with("mariadb")) return &kMysql;
  if (word.starts_with("mongo")) return &kMongo;
  if (word == "sshpass") return &kSshpass;
  if (word.starts_with("ldap")) return &kLdap;
  return nullptr;
}

std::size_t AttachedPassword(std::string_view word, const PasswordFlag* flag) {
  if (flag == nullptr) {
    const bool likely = word.starts_with("-p") && LooksLikePassword(word.substr(2));
    return likely ? 2 : std::string_view::npos;
  }
  const bool is_flag = flag->attached && word.starts_with(flag->flag) && word.size() > flag->flag.size();
  return is_flag ? flag->flag.size() : std::string_view::npos;
}

}  // namespace swarmbell
