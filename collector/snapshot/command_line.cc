#include "collector/snapshot/command_line.h"

#include <algorithm>
#include <cctype>
#include <initializer_list>

#include "collector/snapshot/secret_name.h"

namespace swarmbell {

struct CommandLine::Program {
  std::string_view flag;  // `-a`
  bool attached = false;  // `-pSECRET`
  bool separate = false;  // `-p SECRET`
};

namespace {

constexpr std::size_t kNone = std::string_view::npos;

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

bool IsLetter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

// `-u`, `--user`, and `-fsu` of several short flags.
bool TakesUserAndSecret(std::string_view flag) {
  if (IsOneOf(flag, {"--user", "--proxy-user", "--userpwd", "--creds"})) return true;
  constexpr std::size_t kMostShortFlags = 6;
  return flag.size() >= 2 && flag.size() <= kMostShortFlags + 1 &&
         std::all_of(flag.begin() + 1, flag.end(), IsLetter) && (flag.back() == 'u' || flag.back() == 'U');
}

// `--auth`, `--no-cache`, `--level=3`
bool IsPlainFlag(std::string_view word) {
  constexpr ByteSet kBytes("abcdefghijklmnopqrstuvwxyz0123456789-");
  const std::string_view name = word.substr(0, word.find('='));
  return name.size() > 3 && name.starts_with("--") &&
         std::islower(static_cast<unsigned char>(name[2])) != 0 && All(name, kBytes);
}

// `--no-auth`, `--enable-auth`, `--password-stdin`: on or off.
bool IsSwitch(std::string_view flag) {
  const std::string_view name = flag.substr(std::min(flag.find_first_not_of('-'), flag.size()));
  for (const std::string_view begin : {"no-", "skip-", "disable-", "enable-", "allow-", "require-", "use-"}) {
    if (name.starts_with(begin)) return true;
  }
  return name.ends_with("-stdin") || name.ends_with("-prompt");
}

}  // namespace

const CommandLine::Program* CommandLine::ProgramOf(std::string_view word) {
  static constexpr Program kRedis{"-a", false, true};
  static constexpr Program kMysql{"-p", true, false};
  static constexpr Program kSeparate{"-p", false, true};
  static constexpr Program kSshpass{"-p", true, true};
  static constexpr Program kLdap{"-w", true, true};
  static constexpr Program kSqlServer{"-P", true, true};
  static constexpr Program kCurl{"-u", false, false};
  if (word.find("://") != kNone) return nullptr;
  if (const auto slash = word.rfind('/'); slash != kNone) word.remove_prefix(slash + 1);
  if (IsOneOf(word, {"redis-cli", "valkey-cli", "keydb-cli"})) return &kRedis;
  if (word.starts_with("mysql") || word.starts_with("mariadb")) return &kMysql;
  if (word.starts_with("mongo") || IsOneOf(word, {"cqlsh", "rabbitmqadmin", "nodetool", "login"}))
    return &kSeparate;
  if (word == "sshpass") return &kSshpass;
  if (word.starts_with("ldap")) return &kLdap;
  if (IsOneOf(word, {"sqlcmd", "bcp", "isql", "osql", "tsql", "mosquitto_pub", "mosquitto_sub", "ipmitool"}))
    return &kSqlServer;
  if (word == "curl") return &kCurl;
  return nullptr;
}

std::size_t CommandLine::Attached(std::string_view word) const {
  if (program_ == nullptr) {
    const bool likely = word.starts_with("-p") && LooksLikePassword(word.substr(2));
    return likely ? 2 : kNone;
  }
  if (program_->flag == "-u") {
    if (!word.starts_with("-u") || word.size() == 2) return kNone;
    const std::size_t secret = SecretOfPair(word.substr(2));
    return secret == kNone ? kNone : secret + 2;
  }
  const std::string_view flag = program_->flag;
  return program_->attached && word.starts_with(flag) && word.size() > flag.size() ? flag.size() : kNone;
}

ReadWord CommandLine::Read(std::string_view word) {
  if (word.size() < 2 || word[0] != '-') {
    if (const Program* known = ProgramOf(word)) program_ = known;
    return {};
  }
  if (const std::size_t attached = Attached(word); attached != kNone) return {FlagValue::kPlain, attached};
  if (TakesUserAndSecret(word)) return {FlagValue::kUserAndSecret};
  if (program_ != nullptr && program_->separate && word == program_->flag) return {FlagValue::kSecret};
  const bool alone = word.size() > 2 && word.find_first_of("=: \t\n") == kNone;
  return {alone && !IsSwitch(word) && is_secret_name_(word) ? FlagValue::kSecret : FlagValue::kPlain};
}

bool IsValueOf(std::string_view flag, std::string_view next) {
  return !next.starts_with("--") || FlagWantsValue(flag) || !IsPlainFlag(next);
}

std::size_t SecretOfPair(std::string_view pair) {
  const std::size_t sign = pair.find_first_of(":%");
  if (sign == kNone || sign + 1 == pair.size() || pair.substr(sign).starts_with("://")) return kNone;
  const bool user_and_group =
      All(pair.substr(0, sign), kDigitBytes) && All(pair.substr(sign + 1), kDigitBytes);
  return user_and_group ? kNone : sign + 1;
}

}  // namespace swarmbell
