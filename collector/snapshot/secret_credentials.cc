#include "collector/snapshot/secret_credentials.h"

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <iterator>

#include "collector/snapshot/secret_name.h"

namespace swarmbell {

struct CommandLine::Program {
  std::string_view flag;  // `-a`
  bool attached = false;  // `-pSECRET`
  bool separate = false;  // `-p SECRET`
};

namespace {

constexpr ByteSet kPathBytes("/?#");
constexpr ByteSet kColon(":");
constexpr ByteSet kAfterUrl(" \t\r\n\v\f\"'`<>");

// Finds the last `@` before a limit. Neither the limits nor the begins may decrease.
class LastAt {
 public:
  explicit LastAt(std::string_view text) : text_(text) {}

  // At or behind `begin`; kNowhere if there is none.
  std::size_t Before(std::size_t limit, std::size_t begin) {
    for (; seen_ < limit; ++seen_) {
      if (text_[seen_] == '@') last_ = seen_;
    }
    return last_ != kNowhere && last_ >= begin && last_ < limit ? last_ : kNowhere;
  }

 private:
  const std::string_view text_;
  std::size_t seen_ = 0;
  std::size_t last_ = kNowhere;
};

// Finds where the user information of a URL's authority ends. A password may contain a raw slash; it is
// distinguished from a path by the text behind the first colon, which would be a port.
class UserInfo {
 public:
  UserInfo(std::string_view text, const ByteSet& after)
      : text_(text),
        after_(text, after),
        path_(text, kPathBytes),
        colon_(text, kColon),
        authority_(text),
        url_(text) {}

  // The `@` that ends it, for a URL whose authority begins at `begin`; kNowhere if there is none.
  std::size_t End(std::size_t begin) {
    const std::size_t limit = after_.From(begin);
    const std::size_t path = std::min(path_.From(begin), limit);
    if (const std::size_t at = authority_.Before(path, begin); at != kNowhere) return at;
    const std::size_t colon = colon_.From(begin);
    if (colon >= path || All(text_.substr(colon + 1, path - colon - 1), kDigitBytes)) return kNowhere;
    return url_.Before(limit, colon);
  }

 private:
  const std::string_view text_;
  NextOf after_;
  NextOf path_;
  NextOf colon_;
  LastAt authority_;
  LastAt url_;
};

bool IsHttp(std::string_view text, std::size_t scheme_end) {
  const std::string_view scheme = text.substr(0, scheme_end);
  return scheme.ends_with("http") || scheme.ends_with("https");
}

// `tcp(`, `unix(`, `(`
bool IsAddressOfMysql(std::string_view after_at) {
  const std::size_t letters = EndOfRun(after_at.substr(0, 8), 0, kAlphanumericBytes);
  return letters < after_at.size() && after_at[letters] == '(';
}

// `sha256:`, of an image.
bool IsDigest(std::string_view after_at) {
  return after_at.starts_with("sha256:") || after_at.starts_with("sha512:");
}

bool IsSchemeOfAddress(std::string_view word) {
  constexpr std::string_view kSchemes[] = {"mailto", "sip", "sips", "xmpp", "acct", "im",
                                           "npm",    "git", "to",   "cc",   "from"};
  return std::any_of(std::begin(kSchemes), std::end(kSchemes),
                     [word](std::string_view scheme) { return EqualsIgnoringCase(word, scheme); });
}

// True if the text after the `@` is a host to sign in at, rather than the domain of a mail address.
bool IsHost(std::string_view after_at, std::string_view secret) {
  constexpr ByteSet kHost = ByteSet(".-_").AndAlphanumerics();
  constexpr std::size_t kLongestHost = 255;
  after_at = after_at.substr(0, kLongestHost + 1);
  const std::size_t end = EndOfRun(after_at, 0, kHost);
  if (end == 0 || end > kLongestHost) return false;
  if (end < after_at.size() && (after_at[end] == ':' || after_at[end] == '/')) return true;
  if (after_at.substr(0, end).find('.') == kNowhere) return true;
  return !std::all_of(secret.begin(), secret.end(),
                      [](char c) { return (c >= 'a' && c <= 'z') || c == '.'; });
}

// A longer span takes the place of one that begins where it does.
void Add(TextSpan span, TextSpans& found) {
  if (!found.empty() && found.back().begin == span.begin) found.pop_back();
  found.push_back(span);
}

bool IsOneOf(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// A password of letters alone may be a flag of its own: `-profile`.
bool LooksLikePassword(std::string_view text) {
  bool upper = false;
  bool lower = false;
  bool digit = false;
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

void FindUrlCredentials(std::string_view text, TextSpans& found) {
  UserInfo quoted(text, kAfterUrl);
  UserInfo bare(text, kBlankBytes);  // the password may hold a quote
  NextOf colons(text, kColon);
  for (std::size_t mark = text.find("://"); mark != kNowhere;) {
    const std::size_t begin = mark + 3;
    std::size_t at = quoted.End(begin);
    if (at == kNowhere) at = bare.End(begin);
    if (at != kNowhere) {
      const std::size_t colon = colons.From(begin);
      if (colon < at) {
        found.push_back({colon + 1, at});
      } else if (IsHttp(text, mark)) {
        found.push_back({begin, at});  // a token in the place of a user
      }
    }
    mark = text.find("://", at == kNowhere ? begin : at);
  }
}

void FindBareCredentials(std::string_view text, TextSpans& found) {
  constexpr ByteSet kBetween(" \t\r\n\v\f\"'`<>=,;/()[]{}|&");
  std::size_t word_colon = kNowhere;  // the first since the last blank
  std::size_t pair = 0;               // begins behind the last separator of pairs
  std::size_t pair_colon = kNowhere;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ':') {
      if (word_colon == kNowhere) word_colon = i;
      if (pair_colon == kNowhere) pair_colon = i;
    } else if (c == '@') {
      const std::string_view after = text.substr(i + 1);
      if (IsAddressOfMysql(after)) {
        if (word_colon != kNowhere) Add({word_colon + 1, i}, found);
      } else if (pair_colon != kNowhere && pair_colon > pair && !IsDigest(after)) {
        constexpr std::size_t kLongest = 32;  // the part that is read again at the next `@`
        const std::string_view user = text.substr(pair, std::min(pair_colon - pair, kLongest));
        const std::string_view secret = text.substr(pair_colon + 1, std::min(i - pair_colon - 1, kLongest));
        if (!secret.empty() && !IsSchemeOfAddress(user) && IsHost(after, secret))
          Add({pair_colon + 1, i}, found);
      }
    } else if (kBetween(c)) {
      pair = i + 1;
      pair_colon = kNowhere;
      if (!kBlankBytes(c)) continue;
      word_colon = kNowhere;
    }
  }
}

void FindWebhooks(std::string_view text, TextSpans& found) {
  static constexpr std::string_view kWebhooks[] = {
      "hooks.slack.com/services/",   "hooks.slack.com/workflows/",   "hooks.slack.com/triggers/",
      "discord.com/api/webhooks/",   "discordapp.com/api/webhooks/", ".webhook.office.com/",
      "outlook.office.com/webhook/", "api.telegram.org/bot",         "chat.googleapis.com/v1/spaces/"};
  constexpr ByteSet kAfter(" \t\r\n\"'`<>,");
  for (const std::string_view mark : kWebhooks) {
    for (std::size_t at = text.find(mark); at != kNowhere;) {
      const std::size_t begin = at + mark.size();
      const std::size_t end = NextOf(text, kAfter).From(begin);
      found.push_back({begin, end});
      at = text.find(mark, end);
    }
  }
}

const CommandLine::Program* CommandLine::ProgramOf(std::string_view word) {
  static constexpr Program kRedis{"-a", false, true};
  static constexpr Program kMysql{"-p", true, false};
  static constexpr Program kSeparate{"-p", false, true};
  static constexpr Program kSshpass{"-p", true, true};
  static constexpr Program kLdap{"-w", true, true};
  static constexpr Program kSqlServer{"-P", true, true};
  static constexpr Program kCurl{"-u", false, false};
  if (word.find("://") != kNowhere) return nullptr;
  if (const auto slash = word.rfind('/'); slash != kNowhere) word.remove_prefix(slash + 1);
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
    return likely ? 2 : kNowhere;
  }
  if (program_->flag == "-u") {
    if (!word.starts_with("-u") || word.size() == 2) return kNowhere;
    const std::size_t secret = SecretOfPair(word.substr(2));
    return secret == kNowhere ? kNowhere : secret + 2;
  }
  const std::string_view flag = program_->flag;
  return program_->attached && word.starts_with(flag) && word.size() > flag.size() ? flag.size() : kNowhere;
}

ReadWord CommandLine::Read(std::string_view word) {
  if (word.size() < 2 || word[0] != '-') {
    if (const Program* known = ProgramOf(word)) program_ = known;
    return {};
  }
  if (const std::size_t attached = Attached(word); attached != kNowhere) return {FlagValue::kPlain, attached};
  if (TakesUserAndSecret(word)) return {FlagValue::kUserAndSecret};
  if (program_ != nullptr && program_->separate && word == program_->flag) return {FlagValue::kSecret};
  const bool alone = word.size() > 2 && word.find_first_of("=: \t\n") == kNowhere;
  return {alone && !IsSwitch(word) && is_secret_name_(word) ? FlagValue::kSecret : FlagValue::kPlain};
}

bool IsValueOf(std::string_view flag, std::string_view next) {
  return !next.starts_with("--") || FlagWantsValue(flag) || !IsPlainFlag(next);
}

std::size_t SecretOfPair(std::string_view pair) {
  const std::size_t sign = pair.find_first_of(":%");
  if (sign == kNowhere || sign + 1 == pair.size() || pair.substr(sign).starts_with("://")) return kNowhere;
  const bool user_and_group =
      All(pair.substr(0, sign), kDigitBytes) && All(pair.substr(sign + 1), kDigitBytes);
  return user_and_group ? kNowhere : sign + 1;
}

}  // namespace swarmbell
