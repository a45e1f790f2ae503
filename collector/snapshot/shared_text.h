#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace swarmbell {

// A text that many objects have, as a thousand tasks have one image. Copies share it, and nobody changes it.
// Thread-safe as a value is: copies may be used at once.
class SharedText {
 public:
  SharedText() = default;
  explicit SharedText(std::string text)
      : text_(text.empty() ? nullptr : std::make_shared<const std::string>(std::move(text))) {}

  const std::string& str() const {
    static const auto* const none = new std::string();
    return text_ ? *text_ : *none;
  }
  operator const std::string&() const { return str(); }  // NOLINT(google-explicit-constructor): it is one
  bool empty() const { return text_ == nullptr; }

  friend bool operator==(const SharedText& a, const SharedText& b) {
    return a.text_ == b.text_ || a.str() == b.str();
  }
  friend bool operator==(const SharedText& a, std::string_view b) { return a.str() == b; }

 private:
  friend class TextPool;
  std::shared_ptr<const std::string> text_;  // null for an empty text
};

// Gives equal texts one place. Forgets those that nobody has any longer. Used by one thread.
class TextPool {
 public:
  SharedText Share(std::string text) {
    if (text.empty()) return {};
    if (texts_.size() >= limit_) Shrink();
    auto found = texts_.find(text);
    if (found == texts_.end())
      found = texts_.insert(std::make_shared<const std::string>(std::move(text))).first;
    SharedText shared;
    shared.text_ = *found;
    return shared;
  }

  std::size_t size() const { return texts_.size(); }

 private:
  using Text = std::shared_ptr<const std::string>;
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    std::size_t operator()(const Text& text) const { return (*this)(*text); }
  };
  struct Equal {
    using is_transparent = void;
    static std::string_view View(std::string_view text) { return text; }
    static std::string_view View(const Text& text) { return *text; }
    bool operator()(const auto& a, const auto& b) const { return View(a) == View(b); }
  };

  void Shrink() {
    std::erase_if(texts_, [](const Text& text) { return text.use_count() == 1; });
    limit_ = 2 * texts_.size() + kFew;
  }

  static constexpr std::size_t kFew = 1000;
  std::unordered_set<Text, Hash, Equal> texts_;
  std::size_t limit_ = kFew;  // of the size at which it looks for what is to be forgotten
};

}  // namespace swarmbell
