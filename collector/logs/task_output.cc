#include "collector/logs/task_output.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/settings/setting.h"

namespace swarmbell {
namespace {

constexpr std::size_t kHeaderBytes = 8;
constexpr std::size_t kKeptLines = 256;
constexpr std::size_t kLongestLine = 2000;  // bytes; a card shows less
constexpr std::size_t kLongestStamp = 40;
// Bytes. A masker hides a text of more than 64 KiB as a whole.
constexpr std::size_t kHiddenAtOnce = 48 << 10;
constexpr char kStandardError = 2;  // 1 is standard output; 0, standard input, is not sent
constexpr char kSystemError = 3;
constexpr std::string_view kEngineError = "Error grabbing logs: ";

bool IsHeader(std::string_view header) {
  return static_cast<unsigned char>(header[0]) <= kSystemError &&
         header.substr(1, 3) == std::string_view("\0\0\0", 3);
}

std::size_t LengthIn(std::string_view header) {
  std::size_t length = 0;
  for (const char byte : header.substr(4)) length = length << 8 | static_cast<unsigned char>(byte);
  return length;
}

// `2026-11-28T15:07:34.051578532Z ` at the beginning; empty if there is none.
std::string_view StampOf(std::string_view entry) {
  const std::size_t blank = entry.substr(0, kLongestStamp).find(' ');
  if (blank == entry.npos || blank < 20 || entry[10] != 'T') return {};
  const std::string_view stamp = entry.substr(0, blank);
  const bool is_time = std::all_of(stamp.begin(), stamp.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c)) ||
           std::string_view("-:.TZ+").find(c) != std::string_view::npos;
  });
  return is_time ? entry.substr(0, blank + 1) : std::string_view();
}

// The length of the escape sequence (ECMA-48) that begins with ESC at the beginning of `text`.
std::size_t EscapeLength(std::string_view text) {
  const auto until = [&](std::size_t from, char first, char last) {
    while (from < text.size() && (text[from] < first || text[from] > last)) ++from;
    return std::min(from + 1, text.size());
  };
  if (text.size() < 2) return text.size();
  if (text[1] == '[') return until(2, '@', '~');
  if (text[1] != ']' && text[1] != 'P' && text[1] != '_' && text[1] != '^') return until(1, '0', '~');
  const std::size_t end = text.find_first_of("\a\x1b", 2);  // BEL, or ESC and a backslash
  if (end == text.npos) return text.size();
  return std::min(text.size(), text[end] == '\a' ? end + 1 : end + 2);
}

std::size_t SequenceLength(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  if (byte < 0xC0) return 1;
  return byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

// C1 control characters, and those that turn the direction of a text around.
bool ActsOnReader(std::string_view character) {
  if (character.size() == 2) return character[0] == '\xC2' && static_cast<unsigned char>(character[1]) < 0xA0;
  if (character.size() != 3 || character[0] != '\xE2') return false;
  return (character[1] == '\x80' && character[2] >= '\xAA' && character[2] <= '\xAE') ||
         (character[1] == '\x81' && character[2] >= '\xA6' && character[2] <= '\xA9');
}

// A line as it would stand on a terminal in the end.
std::string Cleaned(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  line.remove_prefix(line.rfind('\r') + 1);  // a progress bar writes its line again and again
  std::string clean;
  for (std::size_t i = 0; i < line.size();) {
    if (line[i] == '\x1b') {
      i += EscapeLength(line.substr(i));
      continue;
    }
    const std::string_view character = line.substr(i, SequenceLength(line[i]));
    if (!IsUtf8(character)) {
      clean += "\uFFFD";
      ++i;
      continue;
    }
    i += character.size();
    if (character == "\t") {
      clean += "  ";
    } else if (!absl::ascii_iscntrl(static_cast<unsigned char>(character[0])) && !ActsOnReader(character)) {
      clean += character;
    }
  }
  absl::StripTrailingAsciiWhitespace(&clean);
  return clean;
}

// The kept lines may begin inside a private key: then all until its last line is hidden.
void HideEndOfPrivateKey(std::string& text) {
  const std::size_t end = text.find("-----END");
  if (end == text.npos || text.find("-----BEGIN") < end) return;
  const std::string_view last_line = std::string_view(text).substr(end, text.find('\n', end) - end);
  if (last_line.find("PRIVATE KEY") != last_line.npos) text.replace(0, end, "••••\n");
}

std::size_t Characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char byte) { return (byte & 0xC0) != 0x80; }));
}

std::string Shortened(const std::string& line, std::size_t characters) {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if ((line[i] & 0xC0) != 0x80 && ++seen > characters) return absl::StrCat(line.substr(0, i), "…");
  }
  return line;
}

}  // namespace

void TaskOutput::Add(std::string_view piece) {
  while (!piece.empty()) {
    piece = plain_ ? AddPlain(piece) : frame_remaining_ > 0 ? AddToFrame(piece) : AddHeader(piece);
  }
}

std::string_view TaskOutput::AddHeader(std::string_view piece) {
  const std::size_t taken = std::min(piece.size(), kHeaderBytes - header_.size());
  header_.append(piece.substr(0, taken));
  piece.remove_prefix(taken);
  const std::string known = header_ + std::string(kHeaderBytes - header_.size(), '\0');
  if (!IsHeader(known)) {
    plain_ = true;
    const std::string begun = std::exchange(header_, {});
    for (std::string_view rest = begun; !rest.empty();) rest = AddPlain(rest);
    return piece;
  }
  if (header_.size() < kHeaderBytes) return piece;
  frame_remaining_ = LengthIn(header_);
  if (frame_remaining_ == 0) header_.clear();
  return piece;
}

std::string_view TaskOutput::AddToFrame(std::string_view piece) {
  const std::size_t taken = std::min(piece.size(), frame_remaining_);
  Buffer(piece.substr(0, taken));
  frame_remaining_ -= taken;
  if (frame_remaining_ == 0) EndFrame();
  return piece.substr(taken);
}

std::string_view TaskOutput::AddPlain(std::string_view piece) {
  const std::size_t newline = piece.find('\n');
  if (newline == piece.npos) {
    Buffer(piece);
    if (entry_.starts_with(kEngineError)) engine_error_ = entry_.substr(kEngineError.size());
    return {};
  }
  Buffer(piece.substr(0, newline));
  EndPlainLine();
  return piece.substr(newline + 1);
}

void TaskOutput::Buffer(std::string_view bytes) {
  if (bytes.empty()) return;
  entry_.append(bytes.substr(0, kLongestLine - std::min(entry_.size(), kLongestLine)));
  last_ = bytes.back();
}

void TaskOutput::EndFrame() {
  const char stream = header_[0];
  header_.clear();
  const std::string entry = std::exchange(entry_, {});
  if (stream == kSystemError) {
    engine_error_ = entry;
    return;
  }
  std::string& line = unfinished_[stream == kStandardError ? 1 : 0];
  line.append(std::string_view(entry).substr(StampOf(entry).size(),
                                             kLongestLine - std::min(line.size(), kLongestLine)));
  if (last_ == '\n') KeepLine(std::exchange(line, {}));
}

void TaskOutput::EndPlainLine() {
  const std::string entry = std::exchange(entry_, {});
  if (entry.starts_with(kEngineError)) {
    engine_error_ = entry.substr(kEngineError.size());
  } else {
    KeepLine(entry.substr(StampOf(entry).size()));
  }
}

void TaskOutput::KeepLine(std::string line) {
  lines_.push_back(std::move(line));
  if (lines_.size() > kKeptLines) lines_.pop_front();
}

std::vector<std::string> TaskOutput::LastLines(const OutputLimits& limits,
                                               absl::FunctionRef<std::string(std::string_view)> hide) const {
  std::vector<std::string> all(lines_.begin(), lines_.end());
  all.insert(all.end(), std::begin(unfinished_), std::end(unfinished_));
  if (!entry_.starts_with(kEngineError)) all.push_back(entry_.substr(StampOf(entry_).size()));
  std::vector<std::string> kept;
  for (std::size_t bytes = 0; !all.empty() && bytes < kHiddenAtOnce; all.pop_back()) {
    kept.push_back(Cleaned(all.back()));
    bytes += kept.back().size() + 1;
  }
  std::string text = absl::StrJoin(kept.rbegin(), kept.rend(), "\n");
  HideEndOfPrivateKey(text);
  const std::string hidden = hide(text);
  std::vector<std::string> last;
  std::size_t room = limits.characters;
  const std::vector<std::string> lines = absl::StrSplit(hidden, '\n', absl::SkipWhitespace());
  for (auto line = lines.rbegin(); line != lines.rend() && last.size() < limits.lines; ++line) {
    last.push_back(Shortened(*line, limits.characters / 3));
    const std::size_t length = Characters(last.back());
    if (length > room) {
      last.pop_back();
      break;
    }
    room -= length;
  }
  std::reverse(last.begin(), last.end());
  return last;
}

}  // namespace swarmbell
