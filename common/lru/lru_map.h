#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <unordered_map>
#include <utility>

namespace swarmbell {

// A hash map that knows which of its entries was used least recently; Find() and operator[] use one. It has
// no bound of its own: evict with EraseOldest(). Addresses of keys and values are stable. Not thread-safe.
template <typename Key, typename Value, typename Hash = std::hash<Key>>
class LruMap {
 public:
  using value_type = std::pair<const Key, Value>;
  using const_iterator = typename std::list<value_type>::const_iterator;

  LruMap() = default;
  LruMap(const LruMap&) = delete;
  LruMap& operator=(const LruMap&) = delete;

  // The value of a key, or null. The entry becomes the most recently used one.
  Value* Find(const Key& key) {
    const auto found = places_.find(std::cref(key));
    if (found == places_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &found->second->second;
  }

  // As Find(), but adds a value-initialised entry if there is none.
  Value& operator[](const Key& key) {
    if (Value* found = Find(key)) return *found;
    entries_.emplace_front(key, Value{});
    places_.emplace(std::cref(entries_.front().first), entries_.begin());
    return entries_.front().second;
  }

  // The least recently used entry, which must exist: look at it before it is erased.
  const value_type& Oldest() const { return entries_.back(); }
  void EraseOldest() {
    places_.erase(std::cref(entries_.back().first));
    entries_.pop_back();
  }

  void Clear() {
    places_.clear();
    entries_.clear();
  }

  // Exchanges the entries in constant time. Their addresses stay.
  void Swap(LruMap& other) noexcept {
    places_.swap(other.places_);
    entries_.swap(other.entries_);
  }

  std::size_t size() const { return entries_.size(); }

  // The entries, the most recently used first.
  const_iterator begin() const { return entries_.begin(); }
  const_iterator end() const { return entries_.end(); }

 private:
  using Entries = std::list<value_type>;
  using KeyRef = std::reference_wrapper<const Key>;  // to the key in entries_: it is stored once
  struct HashRef {
    std::size_t operator()(KeyRef key) const { return Hash()(key.get()); }
  };
  struct EqualRef {
    bool operator()(KeyRef a, KeyRef b) const { return a.get() == b.get(); }
  };

  Entries entries_;
  std::unordered_map<KeyRef, typename Entries::iterator, HashRef, EqualRef> places_;
};

}  // namespace swarmbell
