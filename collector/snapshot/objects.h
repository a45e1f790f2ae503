#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace swarmbell {

// The objects of one kind by their identifier (`T::id`), in its order, as an associative container that is
// iterated by pairs of identifier and object. A copy costs one reference count: neither the list nor an
// object is ever changed once it is shared. Values are never null.
//
// Thread-safe as a value is: copies may be used at once.
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

  // Takes the objects in any order. If two have the same ID, the first stays; see size().
  static Objects Of(List list) {
    if (!std::is_sorted(list.begin(), list.end(), ById)) std::stable_sort(list.begin(), list.end(), ById);
    list.erase(std::unique(list.begin(), list.end(),
                           [](const Object& a, const Object& b) { return a->id == b->id; }),
               list.end());
    return OfAscending(std::move(list));
  }

  // Takes the objects in the order of their identifiers, of which none is there twice.
  static Objects OfAscending(List list) {
    Objects objects;
    objects.list_ = std::make_shared<List>(std::move(list));
    return objects;
  }

  // Takes the place of one with the same identifier. Linear in the worst case.
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
  // Only for an identifier that is there.
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

}  // namespace swarmbell
