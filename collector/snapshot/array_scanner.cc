#include "collector/snapshot/array_scanner.h"

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

class ArrayScanner {
 public:
  explicit ArrayScanner(std::string_view body) : body_(body) {}

  absl::StatusOr<std::vector<std::string_view>> Split() {
    std::vector<std::string_view> objects;
    SkipBlanks();
    if (!Take('[')) return Error("it does not start with `[`");
    SkipBlanks();
    if (Take(']')) return AtEnd(std::move(objects));
    while (true) {
      SkipBlanks();
      const std::size_t begin = at_;
      if (absl::Status status = SkipObject(); !status.ok()) return status;
      objects.push_back(body_.substr(begin, at_ - begin));
      SkipBlanks();
      if (Take(']')) return AtEnd(std::move(objects));
      if (!Take(',')) return Error("an object is followed by neither `,` nor `]`");
    }
  }

 private:
  absl::Status Error(const char* why) const {
    return absl::InvalidArgumentError(
        absl::StrCat("not a whole JSON array: ", why, " (byte ", at_, " of ", body_.size(), ")"));
  }

  absl::StatusOr<std::vector<std::string_view>> AtEnd(std::vector<std::string_view> objects) {
    SkipBlanks();
    if (at_ != body_.size()) return Error("something follows its end");
    return objects;
  }

  void SkipBlanks() {
    while (at_ < body_.size() && std::string_view(" \t\r\n").find(body_[at_]) != std::string_view::npos)
      ++at_;
  }

  bool Take(char c) {
    if (at_ >= body_.size() || body_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool SkipString() {
    for (++at_; at_ < body_.size(); ++at_) {
      if (body_[at_] == '\\') {
        ++at_;
      } else if (body_[at_] == '"') {
        return true;
      }
    }
    return false;
  }

  absl::Status SkipObject() {
    if (at_ >= body_.size() || body_[at_] != '{') return Error("an entry is not an object");
    std::string open;
    for (; at_ < body_.size(); ++at_) {
      const char c = body_[at_];
      if (c == '"') {
        if (!SkipString()) break;
      } else if (c == '{' || c == '[') {
        open.push_back(c == '{' ? '}' : ']');
        if (open.size() >= static_cast<std::size_t>(kMaxJsonDepth)) return Error("it is nested too deep");
      } else if (c == '}' || c == ']') {
        if (open.back() != c) return Error("its brackets do not match");
        open.pop_back();
        if (open.empty()) {
          ++at_;
          return absl::OkStatus();
        }
      }
    }
    at_ = body_.size();
    return Error("it is cut off");
  }

  std::string_view body_;
  std::size_t at_ = 0;
};

}  // namespace

absl::StatusOr<std::vector<std::string_view>> SplitArray(std::string_view body) {
  return ArrayScanner(body).Split();
}

}  // namespace swarmbell
