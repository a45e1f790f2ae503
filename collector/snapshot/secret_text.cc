#include "collector/snapshot/secret_text.h"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

#include "collector/snapshot/password_flags.h"

namespace swarmbell {
namespace {

using Spans = std::vector<TextSpan>;
using IsSecretName = absl::FunctionRef<bool(std::string_view)>;
constexpr std::size_t kNone = std::string_view::npos;
constexpr std::string_view kBlanks = " \t\r\n\v\f";

bool IsBlank(char c) { return kBlanks.find(c) != kNone; }
bool IsQuote(char c) { return c == '"' || c == '\'' || c == '`'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsNameCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("_.-[]").find(c) != kNone;
}

bool AllDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsDigit);
}

std::size_t FindOr(std::string_view text, std::string_view any_of, std::size_t from, std::size_t otherwise) {
  return std::min(text.find_first_of(any_of, from), otherwise);
}

// The quote that `position` is inside of, or 0.
char EnclosingQuote(std::string_view text, std::size_t position) {
  char open = 0;
  for (std::size_t i = 0; i < position; ++i) {
    if (!IsQuote(text[i])) continue;
    if (open == 0) {
      open = text[i];
    } else if (open == text[i]) {
      open = 0;
    }
  }
  return open;
}

std::size_t EndOfQuoted(std::string_view text, std::size_t begin, char quote, bool escaped) {
  for (std::size_t i = begin; i < text.size(); ++i) {
    if (text[i] == '\\' && !escaped) {
      ++i;
    } else if (text[i] == quote) {
      return i;
    }
  }
  return text.size();
}

// The end of a shell word that starts at `begin`; quotes inside it belong to it, unless the whole word is
// inside `enclosing` quotes, which end it.
std::size_t EndOfWord(std::string_view text, std::size_t begin, char enclosing) {
  for (std::size_t i = begin; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\') {
      ++i;
    } else if (IsBlank(c) || c == '&' || c == ';' || (enclosing != 0 && c == enclosing)) {
      return i;
    } else if (enclosing == 0 && IsQuote(c)) {
      i = EndOfQuoted(text, i + 1, c, false);
    }
  }
  return text.size();
}

std::size_t EndOfHeader(std::string_view text, std::size_t begin, char enclosing) {
  for (std::size_t i = begin; i < text.size(); ++i) {
    if (text[i] == '\n' || text[i] == '\r' || (enclosing != 0 && text[i] == enclosing)) return i;
  }
  return text.size();
}

// The name that stands before `separator`, maybe in quotes.
std::string_view NameBefore(std::string_view text, std::size_t separator) {
  constexpr std::size_t kMaxGap = 8;
  constexpr std::size_t kMaxName = 256;
  std::size_t end = separator;
  while (end > 0 && separator - end < kMaxGap &&
         (text[end - 1] == ' ' || text[end - 1] == '\\' || IsQuote(text[end - 1])))
    --end;
  std::size_t begin = end;
  while (begin > 0 && end - begin < kMaxName && IsNameCharacter(text[begin - 1])) --begin;
  return text.substr(begin, end - begin);
}

// `name:80` names a port.
bool IsPort(std::string_view text, std::size_t separator) {
  std::size_t end = separator + 1;
  while (end < text.size() && IsDigit(text[end])) ++end;
  const std::size_t digits = end - separator - 1;
  return digits >= 1 && digits <= 5 && (end == text.size() || IsBlank(text[end]) || text[end] == '/');
}

bool IsSeparator(std::string_view text, std::size_t i, TextKind kind) {
  if (text[i] == '=') return true;
  if (text[i] != ':' || kind == TextKind::kMessage) return false;
  return text.substr(i, 3) != "://" && !IsPort(text, i);
}

// `name=secret`, `name: secret`, `"name": "secret"`.
void FindAssignments(std::string_view text, TextKind kind, IsSecretName is_secret_name, Spans& found) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!IsSeparator(text, i, kind)) continue;
    const std::string_view name = NameBefore(text, i);
    if (name.empty() || !is_secret_name(name)) continue;
    std::size_t begin = i + 1;
    while (begin < text.size() && text[begin] == ' ') ++begin;
    bool escaped = false;
    if (begin + 1 < text.size() && text[begin] == '\\' && IsQuote(text[begin + 1])) {
      escaped = true;
      ++begin;
    }
    const char enclosing = EnclosingQuote(text, begin);
    std::size_t end = 0;
    if (begin < text.size() && IsQuote(text[begin]) && text[begin] != enclosing) {
      end = EndOfQuoted(text, begin + 1, text[begin], escaped);
      ++begin;
    } else {
      end = text[i] == '=' ? EndOfWord(text, begin, enclosing) : EndOfHeader(text, begin, enclosing);
    }
    found.push_back({begin, end});
    i = std::max(i, std::min(end, text.size()) - (end > i ? 1 : 0));
  }
}

std::size_t NextWord(std::string_view text, std::size_t from) {
  return std::min(text.find_first_not_of(kBlanks, from), text.size());
}

// `--name secret`, `-u user:secret`, `mysql -psecret` and the like.
void FindFlags(std::string_view text, IsSecretName is_secret_name, Spans& found) {
  const PasswordFlag* program = nullptr;
  for (std::size_t begin = NextWord(text, 0); begin < text.size();) {
    const std::size_t end = FindOr(text, kBlanks, begin, text.size());
    const std::string_view flag = text.substr(begin, end - begin);
    const std::size_t value = NextWord(text, end);
    if (const PasswordFlag* known = PasswordFlagOf(flag)) program = known;
    const std::size_t attached = AttachedPassword(flag, program);
    if (attached != kNone) {
      const std::size_t password = begin + attached;
      found.push_back({password, EndOfWord(text, password, EnclosingQuote(text, password))});
    }
    begin = value;
    if (attached != kNone) continue;
    if (value == text.size() || !flag.starts_with('-') || flag.find_first_of("=:") != kNone) continue;
    const std::size_t value_end = EndOfWord(text, value, EnclosingQuote(text, value));
    if (flag == "-u" || flag == "--user") {
      const std::size_t colon = text.substr(0, value_end).find(':', value);
      if (colon != kNone && !AllDigits(text.substr(colon + 1, value_end - colon - 1))) {
        found.push_back({colon + 1, value_end});
      }
    } else if (program != nullptr && program->separate && flag == program->flag) {
      found.push_back({value, value_end});
    } else if (flag.size() > 2 && is_secret_name(flag) && text.substr(value, 2) != "--") {
      found.push_back({value, value_end});
    }
  }
}

// Where the user information of a URL's authority ends: at an `@`. A password may hold a raw slash; that is
// told from a path by what follows the first colon, which would be a port.
std::size_t EndOfUserInfo(std::string_view text, std::size_t begin, std::size_t limit) {
  const std::size_t slash = FindOr(text, "/?#", begin, limit);
  const std::size_t in_authority = text.substr(0, slash).rfind('@');
  if (in_authority != kNone && in_authority >= begin) return in_authority;
  const std::size_t colon = FindOr(text, ":", begin, slash);
  if (colon == slash || AllDigits(text.substr(colon + 1, slash - colon - 1))) return kNone;
  const std::size_t anywhere = text.substr(0, limit).rfind('@');
  return anywhere != kNone && anywhere > colon ? anywhere : kNone;
}

bool IsHttp(std::string_view text, std::size_t scheme_end) {
  const std::string_view scheme = text.substr(0, scheme_end);
  return scheme.ends_with("http") || scheme.ends_with("https");
}

void FindUrlCredentials(std::string_view text, Spans& found) {
  for (std::size_t mark = text.find("://"); mark != kNone; mark = text.find("://", mark + 3)) {
    const std::size_t begin = mark + 3;
    const std::size_t blank = FindOr(text, kBlanks, begin, text.size());
    std::size_t at = EndOfUserInfo(text, begin, FindOr(text, "\"'`<>", begin, blank));
    if (at == kNone) at = EndOfUserInfo(text, begin, blank);
    if (at == kNone) continue;
    const std::size_t colon = FindOr(text, ":", begin, at);
    if (colon < at) {
      found.push_back({colon + 1, at});
    } else if (IsHttp(text, mark)) {
      found.push_back({begin, at});  // a token in the place of a user
    }
  }
}

// Whoever knows the path of such a URL may post there.
constexpr std::string_view kWebhooks[] = {
    "hooks.slack.com/services/",   "hooks.slack.com/workflows/",   "hooks.slack.com/triggers/",
    "discord.com/api/webhooks/",   "discordapp.com/api/webhooks/", ".webhook.office.com/",
    "outlook.office.com/webhook/", "api.telegram.org/bot",         "chat.googleapis.com/v1/spaces/"};

void FindWebhooks(std::string_view text, Spans& found) {
  for (const std::string_view mark : kWebhooks) {
    for (std::size_t at = text.find(mark); at != kNone; at = text.find(mark, at + 1)) {
      const std::size_t begin = at + mark.size();
      found.push_back({begin, FindOr(text, " \t\r\n\"'`<>,", begin, text.size())});
    }
  }
}

// `user:secret@tcp(host:3306)/base`
void FindDataSourceNames(std::string_view text, Spans& found) {
  for (const std::string_view mark : {"@tcp(", "@unix(", "@("}) {
    for (std::size_t at = text.find(mark); at != kNone; at = text.find(mark, at + 1)) {
      const std::size_t before = at == 0 ? kNone : text.find_last_of(kBlanks, at - 1);
      const std::size_t begin = before == kNone ? 0 : before + 1;
      const std::size_t colon = FindOr(text, ":", begin, at);
      if (colon < at) found.push_back({colon + 1, at});
    }
  }
}

void FindBearers(std::string_view text, Spans& found) {
  for (const std::string_view word : {"Bearer ", "bearer "}) {
    for (std::size_t i = text.find(word); i != kNone; i = text.find(word, i + 1)) {
      const std::size_t begin = NextWord(text, i + word.size());
      found.push_back({begin, FindOr(text, " \t\r\n\"'`", begin, text.size())});
    }
  }
}

void FindPrivateKeys(std::string_view text, Spans& found) {
  constexpr std::string_view kMark = "PRIVATE KEY-----";
  const std::size_t first = text.find(kMark);
  if (first == kNone) return;
  const std::size_t begin = first + kMark.size();
  const std::size_t last = text.rfind("-----END");
  found.push_back({begin, last != kNone && last >= begin ? last : text.size()});
}

Spans Joined(Spans spans) {
  std::sort(spans.begin(), spans.end(),
            [](const TextSpan& a, const TextSpan& b) { return a.begin < b.begin; });
  Spans joined;
  for (const TextSpan& span : spans) {
    if (span.begin >= span.end) continue;
    if (!joined.empty() && span.begin <= joined.back().end) {
      joined.back().end = std::max(joined.back().end, span.end);
    } else {
      joined.push_back(span);
    }
  }
  return joined;
}

}  // namespace

std::vector<TextSpan> FindSecrets(std::string_view text, TextKind kind, IsSecretName is_secret_name) {
  Spans found;
  FindAssignments(text, kind, is_secret_name, found);
  if (kind == TextKind::kSettings) FindFlags(text, is_secret_name, found);
  FindUrlCredentials(text, found);
  FindWebhooks(text, found);
  FindDataSourceNames(text, found);
  FindBearers(text, found);
  FindPrivateKeys(text, found);
  return Joined(std::move(found));
}

}  // namespace swarmbell
