#include "collector/snapshot/secret_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "collector/snapshot/secret_credentials.h"
#include "collector/snapshot/secret_token.h"

namespace swarmbell {
namespace {

constexpr ByteSet kNameBytes = ByteSet("_.-[]").AndAlphanumerics();

// The value that begins at `begin`, as far as is needed to see that it is no secret.
std::string_view Head(std::string_view text, std::size_t begin) {
  constexpr std::size_t kLongest = 256;
  constexpr ByteSet kEnd(" \t\r\n\v\f\"'`,;&|\\{}[]()<>");
  const std::string_view head = text.substr(std::min(begin, text.size()), kLongest);
  return head.substr(0,
                     static_cast<std::size_t>(std::find_if(head.begin(), head.end(), kEnd) - head.begin()));
}

// Finds `name=secret`, `name: secret`, `"name": "secret"`, `<name>secret</name>`. Skips earlier findings, so
// that no byte belongs to two values.
class Assignments {
 public:
  Assignments(std::string_view text, TextKind kind, IsSecret is_secret, TextSpans& found)
      : text_(text),
        kind_(kind),
        is_secret_(is_secret),
        found_(found),
        quote_(text, kind == TextKind::kOutput ? OpenQuote::Of::kLines : OpenQuote::Of::kScript) {}

  void Find() {
    for (std::size_t i = 0; i < text_.size(); ++i) {
      const char c = text_[i];
      if (c != '=' && c != ':' && c != '>') continue;
      const std::string_view name = NameBefore(i);
      if (name.empty() || !IsSeparator(i, name) || !is_secret_(name, "")) continue;
      const TextSpan value = c == '>' ? Element(i + 1) : Value(i, name);
      if (value.begin >= value.end) continue;
      found_.push_back(value);
      i = std::max(i, value.end - 1);
    }
  }

 private:
  // The name that stands before `separator`, maybe in quotes.
  std::string_view NameBefore(std::size_t separator) const {
    constexpr std::size_t kMaxGap = 8;
    constexpr std::size_t kMaxName = 256;
    std::size_t end = separator;
    while (end > 0 && separator - end < kMaxGap &&
           (text_[end - 1] == ' ' || text_[end - 1] == '\\' || kQuoteBytes(text_[end - 1])))
      --end;
    std::size_t begin = end;
    while (begin > 0 && end - begin < kMaxName && kNameBytes(text_[begin - 1])) --begin;
    return text_.substr(begin, end - begin);
  }

  bool IsSeparator(std::size_t i, std::string_view name) const {
    if (text_[i] == '=') return true;
    if (text_[i] == '>') return name.data() > text_.data() && *(name.data() - 1) == '<';
    if (text_.substr(i, 3) == "://") return false;
    if (kind_ == TextKind::kOutput) return IsSeparatorInOutput(i, name);
    if (IsPort(i)) return false;
    return kind_ == TextKind::kSettings || IsSeparatorInProse(i, name);
  }

  // `password:4711`, `token:4711`; not `auth:8080`, `secret.go:47`, `token: unexpected end of input`.
  bool IsSeparatorInOutput(std::size_t i, std::string_view name) const {
    if (MayNamePhrase(name) && !IsSourceFile(name)) return true;
    return !(MayNameHost(name) && IsPort(i)) && !IsPosition(i) && !IsPhrase(i + 1);
  }

  // `auth`, `webhook`; not `token`, `api_key`, `otp`.
  static bool MayNameHost(std::string_view name) {
    const std::string lower = absl::AsciiStrToLower(absl::string_view(name.data(), name.size()));
    constexpr std::string_view kNoHosts[] = {"token", "key", "otp", "jwt", "pw", "psk", "pat", "cred"};
    return std::none_of(std::begin(kNoHosts), std::end(kNoHosts),
                        [&lower](std::string_view ending) { return lower.ends_with(ending); });
  }

  // `"token": "secret"`, `DB_PASSWORD:secret`, `Authorization: secret`; not `token: expired`.
  bool IsSeparatorInProse(std::size_t i, std::string_view name) const {
    if (EqualsIgnoringCase(name, "authorization")) return true;
    if (i > 0 && kQuoteBytes(text_[i - 1])) {
      const std::string_view next = text_.substr(EndOfRun(text_, i + 1, kSpace), 2);
      return !next.empty() && (kQuoteBytes(next[0]) || (next[0] == '\\' && kQuoteBytes(next.back())));
    }
    return name.find('_') != kNowhere && i + 1 < text_.size() && !kBlankBytes(text_[i + 1]);
  }

  // `name:80` names a port.
  bool IsPort(std::size_t separator) const {
    constexpr std::size_t kLongest = 5;
    const std::string_view after = text_.substr(separator + 1, kLongest + 1);
    const std::size_t digits = EndOfRun(after, 0, kDigitBytes);
    if (digits == 0 || digits > kLongest) return false;
    return digits == after.size() || kBlankBytes(after[digits]) || after[digits] == '/';
  }

  // `auth.js:12:5`, `token.py:12)`
  bool IsPosition(std::size_t separator) const {
    constexpr std::size_t kLongest = 8;
    const std::string_view after = text_.substr(separator + 1, kLongest);
    const std::size_t digits = EndOfRun(after, 0, kDigitBytes);
    return digits > 0 && digits < after.size() && (after[digits] == ':' || after[digits] == ')');
  }

  // The secret of such a name may have blanks.
  static bool MayNamePhrase(std::string_view name) {
    const std::string lower = absl::AsciiStrToLower(absl::string_view(name.data(), name.size()));
    return absl::StrContains(lower, "pass") || absl::StrContains(lower, "pwd") ||
           absl::StrContains(lower, "secret") || absl::StrContains(lower, "phrase");
  }

  // `auth.js`
  static bool IsSourceFile(std::string_view name) {
    constexpr std::string_view kSourceFiles[] = {
        ".c",  ".cc",  ".cjs",  ".cpp",   ".cs",  ".ex", ".exs", ".go",  ".h",     ".hpp",
        ".hs", ".jar", ".java", ".js",    ".jsx", ".kt", ".ml",  ".mjs", ".php",   ".pl",
        ".py", ".rb",  ".rs",   ".scala", ".sh",  ".ts", ".tsx", ".vue", ".swift", ".lua"};
    return std::any_of(std::begin(kSourceFiles), std::end(kSourceFiles),
                       [name](std::string_view ending) { return name.ends_with(ending); });
  }

  // Begins a phrase about a secret. Another word may be the secret: `token: letmein was rejected`.
  static bool SaysWhatIsWrong(std::string_view word) {
    constexpr std::string_view kProblems[] = {
        "cannot",   "could",   "does",      "empty",      "expired", "failed",      "has", "illegal",
        "invalid",  "is",      "malformed", "missing",    "must",    "no",          "not", "rejected",
        "required", "revoked", "unable",    "unexpected", "unknown", "unsupported", "was"};
    return std::find(std::begin(kProblems), std::end(kProblems), word) != std::end(kProblems);
  }

  // ` unexpected end of input`: two words in lower case, of which the first says what is wrong.
  bool IsPhrase(std::size_t begin) const {
    constexpr std::size_t kLongest = 64;
    constexpr ByteSet kLower("abcdefghijklmnopqrstuvwxyz");
    const std::string_view after = text_.substr(std::min(begin, text_.size()), kLongest);
    if (!after.starts_with(' ')) return false;
    const std::size_t first = EndOfRun(after, 1, kLower);
    if (first >= after.size() || after[first] != ' ' || !SaysWhatIsWrong(after.substr(1, first - 1)))
      return false;
    const std::size_t second = EndOfRun(after, first + 1, kLower);
    return second > first + 1 && (second == after.size() || kBlankBytes(after[second]));
  }

  TextSpan Element(std::size_t begin) const {
    const std::size_t end = text_.find('<', begin);
    return end != kNowhere && text_.substr(end).starts_with("</") ? TextSpan{begin, end} : TextSpan{};
  }

  // Empty when it shows that it is no secret.
  TextSpan Value(std::size_t separator, std::string_view name) {
    const bool arrow = kind_ == TextKind::kOutput && text_.substr(separator, 2) == "=>";
    std::size_t begin = EndOfRun(text_, separator + (arrow ? 2 : 1), kSpace);
    bool escaped = false;
    if (begin + 1 < text_.size() && text_[begin] == '\\' && kQuoteBytes(text_[begin + 1])) {
      escaped = true;
      ++begin;
    }
    const char enclosing = quote_.At(begin);
    const bool quoted = begin < text_.size() && kQuoteBytes(text_[begin]) &&
                        (text_[begin] != enclosing || kind_ == TextKind::kOutput);
    const std::string_view head = Head(text_, begin + (quoted ? 1 : 0));
    const std::size_t head_end = static_cast<std::size_t>(head.data() - text_.data()) + head.size();
    const bool goes_on = text_[separator] == ':' && head_end < text_.size() && text_[head_end] == ' ';
    if (!head.empty() && !goes_on && !is_secret_(name, head)) return {};
    if (quoted) {
      const std::size_t end = EndOfQuoted(text_, begin + 1, text_[begin], escaped);
      return {begin + 1, kind_ == TextKind::kOutput ? std::min(end, line_.From(begin + 1)) : end};
    }
    const std::size_t end =
        text_[separator] == '=' ? EndOfWord(text_, begin, enclosing) : EndOfHeader(begin, enclosing);
    return {begin, kind_ == TextKind::kOutput ? std::min(end, line_.From(begin)) : end};
  }

  std::size_t EndOfHeader(std::size_t begin, char enclosing) const {
    for (std::size_t i = begin; i < text_.size(); ++i) {
      if (text_[i] == '\n' || text_[i] == '\r' || (enclosing != 0 && text_[i] == enclosing)) return i;
    }
    return text_.size();
  }

  static constexpr ByteSet kSpace{" "};
  static constexpr ByteSet kLineEnd{"\n"};
  const std::string_view text_;
  const TextKind kind_;
  IsSecret is_secret_;
  TextSpans& found_;
  OpenQuote quote_;
  NextOf line_{text_, kLineEnd};
};

// `--name secret`, `-u user:secret`, `mysql -psecret` and the like, in a script or quoted by an error.
class Flags {
 public:
  Flags(std::string_view text, TextKind kind, IsSecret is_secret, TextSpans& found)
      : text_(text), kind_(kind), is_secret_(is_secret), found_(found) {}

  void Find() {
    const auto is_secret_name = [this](std::string_view name) { return is_secret_(name, ""); };
    CommandLine line(is_secret_name);
    for (std::size_t begin = 0; begin < text_.size();) {
      begin = EndOfRun(text_, begin, kBetween);
      const std::size_t end = between_.From(begin);
      const std::string_view word = text_.substr(begin, end - begin);
      const ReadWord read = line.Read(word);
      if (read.attached != kNowhere) {
        begin = Hide(begin + read.attached,
                     EndOfWord(text_, begin + read.attached, quote_.At(begin + read.attached)));
      } else {
        begin = read.next == FlagValue::kPlain ? end : AfterValue(word, read.next, end);
      }
    }
  }

 private:
  static constexpr ByteSet kBetween{" \t\r\n\v\f\"'`[](),;|&"};

  std::size_t Hide(std::size_t begin, std::size_t end) {
    found_.push_back({begin, end});
    return std::max(begin, end);
  }

  // Where to read on behind a flag that ends at `end` and is followed by a secret.
  std::size_t AfterValue(std::string_view flag, FlagValue what, std::size_t end) {
    const std::size_t value = BeginOfValue(end);
    if (value == kNowhere) return end;
    const char last = text_[value - 1];
    const bool quoted = kQuoteBytes(last);
    if (what == FlagValue::kUserAndSecret) return AfterPair(value, quoted);
    constexpr std::size_t kLongestFlag = 64;
    const std::string_view word = text_.substr(value, std::min(blank_.From(value) - value, kLongestFlag));
    if (!IsValueOf(flag, word) || (kind_ != TextKind::kSettings && !quoted && IsProse(word))) return end;
    const std::string_view head = Head(text_, value);
    if (!head.empty() && what == FlagValue::kSecret && is_secret_(flag, "") && !is_secret_(flag, head))
      return end;
    const std::size_t value_end = quoted ? EndOfQuoted(text_, value, last, text_[value - 2] == '\\')
                                         : EndOfWord(text_, value, quote_.At(value));
    return Hide(value, value_end);
  }

  // The value may stand in quotes, as the flag may: `--token X`, `"--token", "X"`, `--token 'X'`. kNowhere if
  // a blank or a comma does not part them.
  std::size_t BeginOfValue(std::size_t end) const {
    constexpr ByteSet kSettingsGap(" \t\r\n\v\f\"'`,\\");
    constexpr ByteSet kMessageGap(" \t\"'`,\\");
    constexpr std::size_t kLongestGap = 64;
    const std::string_view rest = text_.substr(end, kLongestGap);
    const std::size_t gap = EndOfRun(rest, 0, kind_ == TextKind::kSettings ? kSettingsGap : kMessageGap);
    const bool parted = rest.substr(0, gap).find_first_of(" \t\r\n\v\f,") != kNowhere;
    return parted && end + gap < text_.size() ? end + gap : kNowhere;
  }

  std::size_t AfterPair(std::size_t value, bool quoted) {
    const char last = text_[value - 1];
    const std::size_t limit = quoted ? QuoteAfter(last).From(value) : blank_.From(value);
    const std::size_t sign = sign_.From(value);
    if (sign >= limit) return value;
    const std::size_t end = quoted ? limit : EndOfWord(text_, value, quote_.At(value));
    constexpr std::size_t kLongestPair = 64;  // that may be numbers
    if (end - value <= kLongestPair && SecretOfPair(text_.substr(value, end - value)) == kNowhere)
      return value;
    return Hide(sign + 1, end);
  }

  // `--token is required`
  static bool IsProse(std::string_view word) {
    static constexpr std::string_view kProse[] = {
        "is",       "was",      "are",    "must",    "may",     "not",     "and",      "or",      "flag",
        "to",       "cannot",   "can",    "needs",   "has",     "should",  "for",      "in",      "required",
        "requires", "provided", "given",  "option",  "options", "value",   "argument", "missing", "set",
        "with",     "as",       "on",     "of",      "the",     "a",       "an",       "does",    "instead",
        "but",      "when",     "if",     "expects", "from",    "already", "more",     "via",     "insecure.",
        "see",      "See",      "Usage:", "usage:"};
    if (word.ends_with(',')) word.remove_suffix(1);
    return std::find(std::begin(kProse), std::end(kProse), word) != std::end(kProse);
  }

  NextOf& QuoteAfter(char quote) { return quote == '"' ? double_ : quote == '\'' ? single_ : back_; }

  static constexpr ByteSet kSigns{":%"};
  static constexpr ByteSet kDouble{"\""};
  static constexpr ByteSet kSingle{"'"};
  static constexpr ByteSet kBack{"`"};
  const std::string_view text_;
  const TextKind kind_;
  IsSecret is_secret_;
  TextSpans& found_;
  OpenQuote quote_{text_};
  NextOf between_{text_, kBetween};
  NextOf blank_{text_, kBlankBytes};
  NextOf sign_{text_, kSigns};
  NextOf double_{text_, kDouble};
  NextOf single_{text_, kSingle};
  NextOf back_{text_, kBack};
};

TextSpans Joined(TextSpans spans) {
  const auto before = [](const TextSpan& a, const TextSpan& b) { return a.begin < b.begin; };
  if (!std::is_sorted(spans.begin(), spans.end(), before)) std::sort(spans.begin(), spans.end(), before);
  TextSpans joined;
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

// Which searches can find anything, by the bytes that a text has.
enum Mark : std::uint8_t { kAssign = 1, kDash = 2, kSlash = 4, kAt = 8, kHash = 16, kBlank = 32 };

constexpr std::array<std::uint8_t, 256> kMarks = [] {
  std::array<std::uint8_t, 256> marks{};
  for (const char c : {'=', ':', '>'}) marks[static_cast<unsigned char>(c)] |= kAssign;
  for (const char c : {'$', '{'}) marks[static_cast<unsigned char>(c)] |= kHash;
  marks['-'] |= kDash;
  marks['/'] |= kSlash;
  marks['@'] |= kAt;
  marks[' '] |= kBlank;
  return marks;
}();

unsigned MarksIn(std::string_view text) {
  unsigned marks = 0;
  for (const char c : text) marks |= kMarks[static_cast<unsigned char>(c)];
  return marks;
}

}  // namespace

TextSpans FindSecrets(std::string_view text, TextKind kind, IsSecret is_secret) {
  constexpr std::size_t kShortestToken = 12;
  const unsigned marks = MarksIn(text);
  const bool image = kind == TextKind::kImage;
  TextSpans found;
  if ((marks & kAssign) != 0 && !image) Assignments(text, kind, is_secret, found).Find();
  if ((marks & kDash) != 0 && !image) Flags(text, kind, is_secret, found).Find();
  if ((marks & kAt) != 0) {
    if ((marks & kSlash) != 0) FindUrlCredentials(text, found);
    FindBareCredentials(text, found);
  }
  if ((marks & kSlash) != 0) FindWebhooks(text, found);
  if ((marks & kBlank) != 0) FindAuthorizations(text, kind != TextKind::kMessage, found);
  if ((marks & kDash) != 0) FindPrivateKeys(text, found);
  if ((marks & kHash) != 0) FindPasswordHashes(text, found);
  if (text.size() >= kShortestToken) FindTokens(text, found);
  return Joined(std::move(found));
}

}  // namespace swarmbell
