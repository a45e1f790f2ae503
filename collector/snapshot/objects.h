#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace swarmbell {

// The containers of values that consecutive reads of the engine share. All are thread-safe as values are:
// copies may be used at once.

// An immutable text that many objects have, as a thousand tasks have one image. Copies share the characters.
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

// Deduplicates texts. Drops those that nobody uses any longer. Used by one thread.
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
  std::size_t limit_ = kFew;  // the size at which it looks for texts to drop
};

// A text stored as its difference from a similar base text: the common prefix and suffix are not stored.
class TextPatch {
 public:
  TextPatch() = default;
  TextPatch(std::string_view text, std::string_view base) {
    const auto begin = std::mismatch(text.begin(), text.end(), base.begin(), base.end());
    head_ = static_cast<std::size_t>(begin.first - text.begin());
    text.remove_prefix(head_);
    base.remove_prefix(head_);
    const auto end = std::mismatch(text.rbegin(), text.rend(), base.rbegin(), base.rend());
    tail_ = static_cast<std::size_t>(end.first - text.rbegin());
    text.remove_suffix(tail_);
    middle_.assign(text);
  }

  // Returns the text. `base` must be the one that the patch was made with.
  std::string Apply(std::string_view base) const {
    std::string text;
    text.reserve(head_ + middle_.size() + tail_);
    text.append(base.substr(0, head_)).append(middle_).append(base.substr(base.size() - tail_));
    return text;
  }
  // True if the text is empty.
  bool empty() const { return head_ + tail_ + middle_.size() == 0; }

 private:
  std::size_t head_ = 0;  // bytes of the base that the text begins with
  std::size_t tail_ = 0;  // bytes of the base that the text ends with
  std::string middle_;    // the text between them
};

// The objects of one kind, sorted by their identifier (`T::id`): an associative container that is iterated by
// pairs of identifier and object. A copy costs one reference count: neither the list nor an object is ever
// changed once it is shared. Values are never null.
template <typename T>
class Objects {
 public:
  using Element = T;
  using Object = std::shared_ptr<const T>;
  using List = std::vector<Object>;
  using Entry = std::pair<const std::string&, const Object&>;

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Entry;
    using difference_type = std::ptrdiff_t;
    using pointer = const Entry*;
    using reference = Entry;

    Iterator() = default;
    explicit Iterator(typename List::const_iterator at) : at_(at) {}

    Entry operator*() const { return {(*at_)->id, *at_}; }
    struct Arrow {
      Entry entry;
      const Entry* operator->() const { return &entry; }
    };
    Arrow operator->() const { return {**this}; }
    Iterator& operator++() { return ++at_, *this; }
    Iterator operator++(int) { return Iterator(at_++); }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    typename List::const_iterator at_{};
  };
  using value_type = Entry;
  using const_iterator = Iterator;

  Objects() = default;

  // From objects in any order. If two have the same identifier, the first stays; see size().
  static Objects Of(List list) {
    if (!std::is_sorted(list.begin(), list.end(), ById)) std::stable_sort(list.begin(), list.end(), ById);
    list.erase(std::unique(list.begin(), list.end(),
                           [](const Object& a, const Object& b) { return a->id == b->id; }),
               list.end());
    return OfAscending(std::move(list));
  }

  // From objects in ascending order of their identifiers, without duplicates.
  static Objects OfAscending(List list) {
    Objects objects;
    objects.list_ = std::make_shared<List>(std::move(list));
    return objects;
  }

  // Adds the object, or replaces the one with the same identifier. Linear in the worst case.
  void Add(Object object) {
    if (!list_ || list_.use_count() > 1) list_ = std::make_shared<List>(All());
    const auto at = LowerBound(object->id);
    const auto here = list_->begin() + (at - list_->cbegin());
    if (at != list_->cend() && (*at)->id == object->id) {
      *here = std::move(object);
    } else {
      list_->insert(here, std::move(object));
    }
  }

  Iterator begin() const { return Iterator(All().begin()); }
  Iterator end() const { return Iterator(All().end()); }
  std::size_t size() const { return All().size(); }
  bool empty() const { return All().empty(); }

  Iterator find(const std::string& id) const {
    const auto at = LowerBound(id);
    return at != All().end() && (*at)->id == id ? Iterator(at) : end();
  }
  bool contains(const std::string& id) const { return find(id) != end(); }
  // The object with that identifier; null if there is none.
  const T* Find(const std::string& id) const {
    const auto at = LowerBound(id);
    return at != All().end() && (*at)->id == id ? at->get() : nullptr;
  }
  // Requires contains(id).
  const Object& at(const std::string& id) const { return (*find(id)).second; }

  // True if both are copies of one list, and therefore equal.
  bool IsSame(const Objects& other) const { return list_ == other.list_; }

 private:
  typename List::const_iterator LowerBound(const std::string& id) const {
    return std::lower_bound(
        All().begin(), All().end(), id,
        [](const Object& object, const std::string& wanted) { return object->id < wanted; });
  }
  static bool ById(const Object& a, const Object& b) { return a->id < b->id; }
  const List& All() const {
    static const List* const none = new List();
    return list_ ? *list_ : *none;
  }

  std::shared_ptr<List> list_;  // changed only while nobody shares it
};

// The same for a list that may be unknown.
template <typename T>
const T* Find(const std::optional<Objects<T>>& objects, const std::string& id) {
  return objects ? objects->Find(id) : nullptr;
}

// Calls `differs(before, now)` for each identifier whose objects are not the same pointer, in ascending
// order; a pointer is null if that list lacks the identifier. A shared object costs one comparison of
// pointers.
template <typename T, typename Differs>
void ForEachDifference(const Objects<T>& before, const Objects<T>& now, Differs differs) {
  if (before.IsSame(now)) return;
  auto old = before.begin();
  auto fresh = now.begin();
  while (old != before.end() || fresh != now.end()) {
    const bool both = old != before.end() && fresh != now.end();
    if (both && (*old).second == (*fresh).second) {
      ++old;
      ++fresh;
      continue;
    }
    const int order = both ? (*old).first.compare((*fresh).first) : old != before.end() ? -1 : 1;
    differs(order <= 0 ? (*old).second.get() : nullptr, order >= 0 ? (*fresh).second.get() : nullptr);
    if (order <= 0) ++old;
    if (order >= 0) ++fresh;
  }
}

}  // namespace swarmbell
