#include "collector/snapshot/secret_token.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>

#include "absl/strings/escaping.h"

namespace swarmbell {
namespace {

constexpr ByteSet kUpperBytes("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
constexpr ByteSet kDottedBytes = ByteSet("_-.~+/=").AndAlphanumerics();

enum class Tail { kUrlSafe, kAlphanumeric, kUpperAndDigits, kDotted };

struct TokenForm {
  std::string_view prefix;
  std::size_t tail;  // bytes that follow at least
  Tail form = Tail::kUrlSafe;
};

// In the order of their first bytes.
constexpr TokenForm kForms[] = {
    {"AGE-SECRET-KEY-1", 20, Tail::kAlphanumeric},
    {"AIza", 30},
    {"AKIA", 12, Tail::kUpperAndDigits},
    {"ASIA", 16, Tail::kUpperAndDigits},
    {"ATATT3", 20, Tail::kDotted},
    {"ATBB", 24, Tail::kAlphanumeric},
    {"ATCTT3", 20, Tail::kDotted},
    {"GOCSPX-", 10},
    {"LS0tLS1CRUdJTiBFQyB", 8, Tail::kDotted},           // -----BEGIN EC
    {"LS0tLS1CRUdJTiBFTkNSWVBURUQg", 8, Tail::kDotted},  // -----BEGIN ENCRYPTED
    {"LS0tLS1CRUdJTiBPUEVOU1NI", 8, Tail::kDotted},      // -----BEGIN OPENSSH
    {"LS0tLS1CRUdJTiBQUklWQVRF", 8, Tail::kDotted},      // -----BEGIN PRIVATE
    {"LS0tLS1CRUdJTiBSU0Eg", 8, Tail::kDotted},          // -----BEGIN RSA
    {"NRAK-", 16},
    {"PMAK-", 16},
    {"SG.", 20, Tail::kDotted},
    {"SWMKEY-1-", 10, Tail::kDotted},
    {"SWMTKN-1-", 10, Tail::kDotted},
    {"dckr_oat_", 8},
    {"dckr_pat_", 8},
    {"dop_v1_", 16},
    {"doo_v1_", 16},
    {"dp.pt.", 16},
    {"dp.st.", 16, Tail::kDotted},
    {"eyJ", 16, Tail::kDotted},
    {"figd_", 16},
    {"ghp_", 8},
    {"gho_", 8},
    {"ghu_", 8},
    {"ghs_", 8},
    {"ghr_", 8},
    {"github_pat_", 8},
    {"glpat-", 8, Tail::kDotted},
    {"gldt-", 8, Tail::kDotted},
    {"glrt-", 8, Tail::kDotted},
    {"glptt-", 8, Tail::kDotted},
    {"glcbt-", 8, Tail::kDotted},
    {"gloas-", 8, Tail::kDotted},
    {"glsa_", 16},
    {"glc_", 24, Tail::kDotted},
    {"hf_", 20, Tail::kAlphanumeric},
    {"hvb.", 16},
    {"hvr.", 16},
    {"hvs.", 16},
    {"lin_api_", 16},
    {"npm_", 30, Tail::kAlphanumeric},
    {"pscale_pw_", 8, Tail::kDotted},
    {"pscale_tkn_", 8, Tail::kDotted},
    {"pypi-AgE", 16},
    {"rk_live_", 8},
    {"rk_test_", 8},
    {"rubygems_", 16},
    {"sbp_", 30, Tail::kAlphanumeric},
    {"sb_secret_", 8},
    {"sentrys_", 16, Tail::kDotted},
    {"shpat_", 16},
    {"shpca_", 16},
    {"shppa_", 16},
    {"shpss_", 16},
    {"sk-", 32, Tail::kAlphanumeric},
    {"sk-ant-", 12},
    {"sk-or-", 12},
    {"sk-proj-", 12},
    {"sk-svcacct-", 12},
    {"sk_live_", 8},
    {"sk_test_", 8},
    {"sntrys_", 16, Tail::kDotted},
    {"sntryu_", 16, Tail::kDotted},
    {"sq0atp-", 12},
    {"sq0csp-", 12},
    {"tskey-", 12},
    {"whsec_", 8, Tail::kDotted},
    {"xapp-", 8},
    {"xkeysib-", 16},
    {"xoxa-", 8},
    {"xoxb-", 8},
    {"xoxc-", 8},
    {"xoxd-", 8, Tail::kDotted},
    {"xoxe-", 8},
    {"xoxe.", 8, Tail::kDotted},
    {"xoxo-", 8},
    {"xoxp-", 8},
    {"xoxr-", 8},
    {"xoxs-", 8},
    {"ya29.", 16},
};

// For each first byte, where its forms are in kForms.
struct FormsOf {
  std::uint8_t begin = 0;
  std::uint8_t end = 0;
};
constexpr std::array<FormsOf, 128> FormsByFirstByte() {
  std::array<FormsOf, 128> table{};
  for (std::uint8_t i = 0; i < std::size(kForms); ++i) {
    FormsOf& forms = table[static_cast<unsigned char>(kForms[i].prefix[0])];
    if (forms.end == 0) forms.begin = i;
    forms.end = i + 1;
  }
  return table;
}
constexpr std::array<FormsOf, 128> kFormsOf = FormsByFirstByte();

const ByteSet& BytesOf(Tail tail) {
  switch (tail) {
    case Tail::kAlphanumeric:
      return kAlphanumericBytes;
    case Tail::kUpperAndDigits:
      return kUpperBytes;
    case Tail::kDotted:
      return kDottedBytes;
    case Tail::kUrlSafe:
      break;
  }
  return kUrlSafeBytes;
}

// The end of the token that begins at `begin`; kNowhere if none does. Looks at no more bytes than a form asks
// for, unless it is one.
std::size_t EndOfToken(std::string_view text, std::size_t begin) {
  const auto first = static_cast<unsigned char>(text[begin]);
  if (first >= kFormsOf.size()) return kNowhere;
  const std::string_view rest = text.substr(begin);
  for (std::size_t i = kFormsOf[first].begin; i < kFormsOf[first].end; ++i) {
    const TokenForm& form = kForms[i];
    if (!rest.starts_with(form.prefix)) continue;
    const ByteSet& bytes = BytesOf(form.form);
    if (All(rest.substr(form.prefix.size(), form.tail), bytes) &&
        rest.size() >= form.prefix.size() + form.tail)
      return EndOfRun(text, begin, form.form == Tail::kUpperAndDigits ? kAlphanumericBytes : kDottedBytes);
  }
  return kNowhere;
}

// `123456789:AAF…`, of a bot of Telegram, from its colon on.
std::size_t EndOfBotToken(std::string_view text, std::size_t colon) {
  constexpr std::size_t kTail = 30;
  if (colon < 8 || !All(text.substr(colon - 8, 8), kDigitBytes)) return kNowhere;
  const std::string_view tail = text.substr(colon + 1, kTail);
  if (!tail.starts_with("AA") || tail.size() < kTail || !All(tail, kUrlSafeBytes)) return kNowhere;
  return EndOfRun(text, colon + 1, kUrlSafeBytes);
}

constexpr ByteSet kHashBytes = ByteSet("./+=$_-").AndAlphanumerics();

bool IsIn(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Reads a hash of the forms of crypt(3) and of frameworks, `$2y$05$…`, with single or doubled dollars.
class CryptHash {
 public:
  CryptHash(std::string_view text, std::size_t begin)
      : text_(text), begin_(begin), dollars_(text.substr(begin, 2) == "$$" ? "$$" : "$") {}

  // kNowhere if there is none. Looks at few bytes before it is sure.
  std::size_t End() const {
    constexpr ByteSet kForm = ByteSet("-_").AndAlphanumerics();
    constexpr ByteSet kSalt = ByteSet("./").AndAlphanumerics();
    const std::size_t form_begin = begin_ + dollars_.size();
    const std::string_view form = Run(form_begin, kForm);
    const std::size_t salt_begin = After(form_begin + form.size());
    if (form.empty() || salt_begin == kNowhere || salt_begin == text_.size() ||
        !kHashBytes(text_[salt_begin]))
      return kNowhere;
    if (IsIn(form, {"apr1", "2a", "2b", "2x", "2y", "gy", "scrypt", "sha1"}))
      return EndOfRun(text_, begin_, kHashBytes);
    if (form.starts_with("argon2") || form.starts_with("pbkdf2") || form.starts_with("bcrypt")) {
      static constexpr ByteSet kWithOptions = ByteSet("./+=$_-,").AndAlphanumerics();
      return EndOfRun(text_, begin_, kWithOptions);
    }
    if (IsIn(form, {"y", "7", "P", "H"}))
      return IsLong(salt_begin) ? EndOfRun(text_, begin_, kHashBytes) : kNowhere;
    // `$1$` may also stand in the replacement of a regular expression.
    if (!IsIn(form, {"1", "3", "5", "6"})) return kNowhere;
    std::size_t salt = salt_begin;
    if (text_.substr(salt, 7) == "rounds=") salt = After(salt + 7 + Run(salt + 7, kDigitBytes).size());
    const std::size_t hash = salt == kNowhere ? kNowhere : After(salt + Run(salt, kSalt).size());
    return hash != kNowhere && IsLong(hash) ? EndOfRun(text_, begin_, kHashBytes) : kNowhere;
  }

 private:
  // No part that is looked at before the form is sure is longer.
  std::string_view Run(std::size_t from, const ByteSet& set) const {
    constexpr std::size_t kLongest = 32;
    const std::string_view part = text_.substr(std::min(from, text_.size()), kLongest);
    return part.substr(0, EndOfRun(part, 0, set));
  }
  // Behind the dollars at `at`; kNowhere if there are none.
  std::size_t After(std::size_t at) const {
    return at <= text_.size() && text_.substr(at).starts_with(dollars_) ? at + dollars_.size() : kNowhere;
  }
  bool IsLong(std::size_t at) const { return Run(at, kHashBytes).size() >= 20; }

  const std::string_view text_;
  const std::size_t begin_;
  const std::string_view dollars_;
};

// `{SHA}`, `{SSHA512}`
std::size_t EndOfBracedHash(std::string_view text, std::size_t begin) {
  constexpr std::size_t kLongestForm = 16;
  const std::string_view rest = text.substr(begin, kLongestForm);
  for (const std::string_view form : {"{sha}", "{ssha}", "{sha256}", "{ssha256}", "{sha512}", "{ssha512}",
                                      "{crypt}", "{md5}", "{smd5}", "{pbkdf2}", "{argon2}", "{bcrypt}"}) {
    if (!StartsIgnoringCase(rest, form)) continue;
    const std::size_t end = EndOfRun(text, begin + form.size(), kHashBytes);
    return end > begin + form.size() + 4 ? end : kNowhere;
  }
  return kNowhere;
}

// True if base64 holds `user:password`.
bool IsUserAndPassword(std::string_view base64) {
  std::string plain;
  if (base64.size() < 4 || !absl::Base64Unescape(absl::string_view(base64.data(), base64.size()), &plain))
    return false;
  return plain.find(':') != std::string::npos &&
         std::all_of(plain.begin(), plain.end(), [](char c) { return static_cast<unsigned char>(c) >= ' '; });
}

bool IsLowerWord(std::string_view word) {
  return !word.empty() &&
         std::all_of(word.begin(), word.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '.'; });
}

}  // namespace

void FindTokens(std::string_view text, TextSpans& found) {
  bool inside = false;  // of a word, so that none begins here
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::size_t end = inside ? kNowhere : EndOfToken(text, i);
    if (end == kNowhere && text[i] == ':') {
      end = EndOfBotToken(text, i);
    }
    if (end != kNowhere) {
      found.push_back({i, end});
      i = end - 1;
    }
    inside = kAlphanumericBytes(text[i]);
  }
}

void FindPasswordHashes(std::string_view text, TextSpans& found) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((text[i] != '$' && text[i] != '{') || text.substr(i, 3) == "$$$") continue;
    const std::size_t end = text[i] == '$' ? CryptHash(text, i).End() : EndOfBracedHash(text, i);
    if (end == kNowhere) continue;
    found.push_back({i, end});
    i = end - 1;
  }
}

void FindPrivateKeys(std::string_view text, TextSpans& found) {
  constexpr std::string_view kMark = "PRIVATE KEY";
  constexpr std::string_view kDashes = "-----";
  constexpr std::string_view kBlock = " BLOCK";  // of PGP
  for (std::size_t mark = text.find(kMark); mark != kNowhere; mark = text.find(kMark, mark + 1)) {
    std::size_t begin = mark + kMark.size();
    if (text.substr(begin).starts_with(kBlock)) begin += kBlock.size();
    if (!text.substr(begin).starts_with(kDashes)) continue;
    begin += kDashes.size();
    const std::size_t last = text.rfind("-----END");
    found.push_back({begin, last != kNowhere && last >= begin ? last : text.size()});
    return;
  }
}

void FindAuthorizations(std::string_view text, bool careful, TextSpans& found) {
  constexpr ByteSet kAfter(" \t\r\n\"'`,;");
  constexpr std::size_t kLongestBasic = 4096;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((text[i] != 'B' && text[i] != 'b') || (i > 0 && kAlphanumericBytes(text[i - 1]))) continue;
    const bool bearer = StartsIgnoringCase(text.substr(i, 7), "bearer ");
    if (!bearer && !StartsIgnoringCase(text.substr(i, 6), "basic ")) continue;
    const std::size_t begin = EndOfRun(text, text.find(' ', i), kBlankBytes);
    const std::size_t end = NextOf(text, kAfter).From(begin);
    const std::string_view value = text.substr(begin, end - begin);
    const bool prose = !careful && (IsLowerWord(value) || value.starts_with("realm="));
    if (bearer ? !prose : value.size() <= kLongestBasic && IsUserAndPassword(value))
      found.push_back({begin, end});
    i = std::max(i, end - 1);
  }
}

}  // namespace swarmbell
