#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

namespace swarmbell {

// No position.
inline constexpr std::size_t kNowhere = std::string_view::npos;

// A part of a text: [begin, end).
struct TextSpan {
  std::size_t begin = 0;
  std::size_t end = 0;
};
using TextSpans = std::vector<TextSpan>;

// A set of bytes with a lookup that is cheap enough for every byte of a text.
class ByteSet {
 public:
  constexpr explicit ByteSet(std::string_view bytes) {
    for (const char c : bytes) Add(c);
  }
  // The set with the letters and digits of ASCII as well.
  constexpr ByteSet AndAlphanumerics() const {
    ByteSet all = *this;
    for (char c = '0'; c <= '9'; ++c) all.Add(c);
    for (char c = 'a'; c <= 'z'; ++c) all.Add(c);
    for (char c = 'A'; c <= 'Z'; ++c) all.Add(c);
    return all;
  }
  constexpr bool operator()(char c) const { return has_[static_cast<unsigned char>(c)]; }

 private:
  constexpr void Add(char c) { has_[static_cast<unsigned char>(c)] = true; }
  std::array<bool, 256> has_{};
};

inline constexpr ByteSet kBlankBytes(" \t\r\n\v\f");
inline constexpr ByteSet kQuoteBytes("\"'`");
inline constexpr ByteSet kDigitBytes("0123456789");
inline constexpr ByteSet kAlphanumericBytes = ByteSet("").AndAlphanumerics();
inline constexpr ByteSet kUrlSafeBytes = ByteSet("_-").AndAlphanumerics();  // base64url

inline bool All(std::string_view text, const ByteSet& set) {
  return !text.empty() && std::all_of(text.begin(), text.end(), set);
}

inline char ToLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// `lower` is in lower case.
inline bool StartsIgnoringCase(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() &&
         std::equal(lower.begin(), lower.end(), text.begin(), [](char l, char c) { return l == ToLower(c); });
}
inline bool EqualsIgnoringCase(std::string_view text, std::string_view lower) {
  return text.size() == lower.size() && StartsIgnoringCase(text, lower);
}

// The first position from `from` on whose byte is not in `set`.
inline std::size_t EndOfRun(std::string_view text, std::size_t from, const ByteSet& set) {
  while (from < text.size() && set(text[from])) ++from;
  return from;
}

// Finds the next byte of a set. The positions in successive calls must not decrease, so that all calls
// together make one pass over the text.
class NextOf {
 public:
  NextOf(std::string_view text, const ByteSet& set) : text_(text), set_(set) {}

  // The end of the text if there is none.
  std::size_t From(std::size_t position) {
    at_ = std::max(at_, position);
    while (at_ < text_.size() && !set_(text_[at_])) ++at_;
    return std::min(at_, text_.size());
  }

 private:
  const std::string_view text_;
  const ByteSet& set_;
  std::size_t at_ = 0;
};

// Finds the quote that encloses a position. The positions must not decrease, as with NextOf.
class OpenQuote {
 public:
  // The text is a script, or lines that have nothing to do with each other; their apostrophes (`can't`) open
  // no quotes.
  enum class Of { kScript, kLines };

  explicit OpenQuote(std::string_view text, Of of = Of::kScript) : text_(text), lines_(of == Of::kLines) {}

  // The quote, or 0.
  char At(std::size_t position) {
    for (; at_ < position && at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (lines_ && c == '\n') open_ = 0;
      if (!kQuoteBytes(c)) continue;
      if (lines_ && open_ == 0 && c == '\'' && at_ > 0 && kAlphanumericBytes(text_[at_ - 1])) continue;
      if (open_ == 0) {
        open_ = c;
      } else if (open_ == c) {
        open_ = 0;
      }
    }
    return open_;
  }

 private:
  const std::string_view text_;
  const bool lines_;
  std::size_t at_ = 0;
  char open_ = 0;
};

// The position of the quote that ends what begins at `begin`. With `escaped`, quotes are written `\"`.
inline std::size_t EndOfQuoted(std::string_view text, std::size_t begin, char quote, bool escaped) {
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
inline std::size_t EndOfWord(std::string_view text, std::size_t begin, char enclosing) {
  for (std::size_t i = begin; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\') {
      ++i;
    } else if (kBlankBytes(c) || c == '&' || c == ';' || (enclosing != 0 && c == enclosing)) {
      return i;
    } else if (enclosing == 0 && kQuoteBytes(c)) {
      i = EndOfQuoted(text, i + 1, c, false);
    }
  }
  return text.size();
}

}  // namespace swarmbell
