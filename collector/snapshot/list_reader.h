#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "collector/snapshot/array_splitter.h"
#include "collector/snapshot/objects.h"

namespace swarmbell {

// Objects of one list that were skipped because they are invalid: without an identifier, listed twice, or
// with a field of another type.
struct SkippedObjects {
  std::size_t count = 0;
  std::string reason;  // of the first one; empty if there is none
};

// The longest object that is parsed. A swarm stores no object of more than 1.5 MB, which JSON can make six
// times as long. Parsing a longer one would delay the changes of others.
inline constexpr std::size_t kLongestObject = std::size_t{16} << 20;

// One object of a list, parsed, with texts cleaned.
struct ParsedObject {
  nlohmann::json json;
  std::string id;     // `ID` or `Id`; empty if there is none, or it is not reliable
  std::string fault;  // why it is invalid, whatever its kind; empty if nothing was found
};

// Parses an object. INVALID_ARGUMENT for bytes that are no JSON in UTF-8: then the whole list is invalid.
absl::StatusOr<ParsedObject> ParseObject(std::string_view bytes);

// Why a second object with this identifier is skipped.
std::string ListedTwice(const std::string& id);

// Returns INVALID_ARGUMENT with the endpoint whose answer cannot be read, why, and what to do.
absl::Status CannotRead(const char* endpoint, const absl::Status& why);

// Reads the engine's list of one kind of object while it arrives. An object whose bytes are in the previous
// answer, at any position, is neither parsed nor made again; a list that is the same as before is not made
// again.
//
// Call Begin(), Add() any number of times, then End() or EndPart(). Begin() may be called at any time and
// discards an incomplete answer. One thread. Errors: INVALID_ARGUMENT, naming the endpoint, for a body that
// is not the whole JSON array that the engine documents. After an error call Begin(); the last whole answer
// is still remembered.
//
// An invalid object does not invalidate the list. It is skipped, see skipped():
// - An object with a field of another type keeps its last valid value, if there was one.
// - Of several objects with one identifier, the newest version stays; without versions, the known one.
// - An object without an identifier may be any of the known ones. While a list has more of these than it had
//   when nothing was missing, known objects that it lacks stay, too: their absence proves nothing.
template <typename T>
class ListReader final : ArraySplitter::Sink {
 public:
  using Value = Objects<T>;
  // Makes a value of an object; unset for an object that is not needed.
  using Parse = std::function<absl::StatusOr<std::optional<T>>(nlohmann::json object)>;

  // `endpoint` must outlive the reader.
  ListReader(const char* endpoint, Parse parse) : endpoint_(endpoint), parse_(std::move(parse)) {}
  ListReader(const ListReader&) = delete;
  ListReader& operator=(const ListReader&) = delete;

  void Begin() {
    splitter_ = ArraySplitter(*this);
    next_ = 0;
    same_ = true;
    now_.clear();
    made_ = std::vector<Entry>();  // after a first answer it holds as much as the list
    places_.reset();
  }

  absl::Status Add(std::string_view bytes) {
    absl::Status status = splitter_.Add(bytes);
    return status.ok() ? status : CannotRead(endpoint_, status);
  }

  // Returns the objects of the whole answer. The same answer as before gives a copy of the same list.
  absl::StatusOr<Objects<T>> End() {
    if (absl::Status status = splitter_.End(); !status.ok()) return CannotRead(endpoint_, status);
    PassHeld();
    if (!same_ || next_ != before_.size() || !value_) {
      Differ();
      HoldMissing();
      Adopt();
    }
    Begin();
    return *value_;
  }

  // Ends an answer that is complete only for the objects for which `in_part` holds: they replace the known
  // ones, and all other known objects stay. Other objects in the answer are ignored; an engine that does not
  // know the filter sends them. Requires an earlier whole answer. FAILED_PRECONDITION if the part has an
  // invalid object that was not known: then read the whole answer.
  absl::StatusOr<Objects<T>> EndPart(absl::FunctionRef<bool(const T&)> in_part) {
    if (absl::Status status = splitter_.End(); !status.ok()) return CannotRead(endpoint_, status);
    if (!value_) return absl::FailedPreconditionError("the whole list is not known");
    Differ();
    const auto is_nothing = [this](Place place) { return EntryAt(place).object == nullptr; };
    const auto is_odd = [&](Place place) { return is_nothing(place) && EntryAt(place).fault != nullptr; };
    if (std::any_of(now_.begin(), now_.end(), is_odd)) {
      return absl::FailedPreconditionError("an object of the part makes no sense");
    }
    std::erase_if(now_, [&](Place place) { return is_nothing(place) || !in_part(*EntryAt(place).object); });
    for (const Place place : now_) EntryAt(place).held = false;
    std::vector<Place> part;  // as it was
    std::vector<Place> whole;
    for (Place place = 0; place < before_.size(); ++place) {
      (!is_nothing(place) && in_part(*before_[place].object) ? part : whole).push_back(place);
    }
    std::sort(now_.begin(), now_.end());
    if (now_ != part) {
      now_ = Merged(std::move(whole), std::move(now_));
      Adopt();
    }
    Begin();
    return *value_;
  }

  // Reads a whole answer at once.
  absl::StatusOr<Objects<T>> Read(std::string_view body) {
    Begin();
    if (absl::Status status = Add(body); !status.ok()) return status;
    return End();
  }

  // Forgets all answers, for example before another swarm is read.
  void Forget() {
    before_.clear();
    ascends_ = false;
    value_.reset();
    skipped_ = {};
    meaningless_ = 0;
    Begin();
  }

  // The objects that were skipped in the last valid answer.
  const SkippedObjects& skipped() const { return skipped_; }

 private:
  struct Fault {
    std::string why;
    bool nameless = false;  // the object has no identifier
  };

  struct Entry {
    ByteHash hash;
    std::size_t size = 0;
    // With a fault, the last valid value. Null if there is none, and for an object that is not needed.
    std::shared_ptr<const T> object;
    std::shared_ptr<const Fault> fault;
    bool held = false;  // not in the answer, but known: see HoldMissing()
  };

  // A place in `before_`; from its end on, in `made_`.
  using Place = std::uint32_t;

  ArraySplitter::Expected Expect() override {
    PassHeld();
    if (next_ >= before_.size()) return {};
    return {before_[next_].hash, before_[next_].size};
  }

  void TakeExpected() override {
    if (!same_) now_.push_back(next_);
    ++next_;
  }

  absl::Status Take(std::string_view bytes) override {
    Differ();
    const ByteHash hash = ByteHashOf(bytes);
    if (const std::optional<Place> place = PlaceBefore(hash)) {
      now_.push_back(*place);
      next_ = *place + 1;
      return absl::OkStatus();
    }
    absl::StatusOr<ParsedObject> parsed = ParseObject(bytes);
    if (!parsed.ok()) return parsed.status();
    now_.push_back(static_cast<Place>(before_.size() + made_.size()));
    made_.push_back(Made(*std::move(parsed)));
    made_.back().hash = hash;
    made_.back().size = bytes.size();
    ++next_;  // most likely it was changed without changing its position
    return absl::OkStatus();
  }

  Entry Made(ParsedObject parsed) const {
    Entry entry;
    std::string why = std::move(parsed.fault);
    if (why.empty()) {
      absl::StatusOr<std::optional<T>> object = parse_(std::move(parsed.json));
      if (object.ok()) {
        if (*object) entry.object = std::make_shared<const T>(**std::move(object));
        return entry;
      }
      why = std::string(object.status().message());
    }
    entry.object = LastGood(parsed.id);
    entry.fault = std::make_shared<const Fault>(Fault{std::move(why), parsed.id.empty()});
    return entry;
  }

  std::shared_ptr<const T> LastGood(const std::string& id) const {
    if (!value_ || id.empty()) return nullptr;
    const auto found = value_->find(id);
    return found == value_->end() ? nullptr : (*found).second;
  }

  bool IsKnown(const Entry& entry) const {
    return entry.object != nullptr && LastGood(entry.object->id) == entry.object;
  }

  void PassHeld() {
    while (next_ < before_.size() && before_[next_].held) ++next_;
  }

  // From here on this answer differs from the one before.
  void Differ() {
    if (!std::exchange(same_, false)) return;
    now_.clear();
    for (Place place = 0; place < next_; ++place) {
      if (!before_[place].held) now_.push_back(place);
    }
  }

  // Keeps the known objects that the answer lacks while it may contain them without their identifiers.
  void HoldMissing() {
    std::size_t nameless = 0;
    for (const Place place : now_) {
      Entry& entry = EntryAt(place);
      entry.held = false;
      if (entry.fault != nullptr && entry.fault->nameless) ++nameless;
    }
    const std::vector<Place> missing = nameless > meaningless_ ? Missing() : std::vector<Place>();
    for (const Place place : missing) before_[place].held = true;
    now_.insert(now_.end(), missing.begin(), missing.end());
    if (missing.empty()) meaningless_ = nameless;
  }

  std::vector<Place> Missing() {
    std::vector<std::string_view> ids;
    for (const Place place : now_) {
      if (EntryAt(place).object != nullptr) ids.push_back(EntryAt(place).object->id);
    }
    std::sort(ids.begin(), ids.end());
    std::vector<Place> missing;
    for (Place place = 0; place < before_.size(); ++place) {
      const bool known = IsKnown(before_[place]);
      if (known && !std::binary_search(ids.begin(), ids.end(), before_[place].object->id))
        missing.push_back(place);
    }
    return missing;
  }

  // The places of both, sorted by identifier if the list is.
  std::vector<Place> Merged(std::vector<Place> whole, std::vector<Place> part) {
    const auto by_id = [this](Place a, Place b) { return EntryAt(a).object->id < EntryAt(b).object->id; };
    const auto middle = static_cast<std::ptrdiff_t>(whole.size());
    std::sort(part.begin(), part.end(), by_id);
    whole.insert(whole.end(), part.begin(), part.end());
    if (ascends_) std::inplace_merge(whole.begin(), whole.begin() + middle, whole.end(), by_id);
    return whole;
  }

  Entry& EntryAt(Place place) {
    return place < before_.size() ? before_[place] : made_[place - before_.size()];
  }

  // The place of an object with this hash in the previous answer.
  std::optional<Place> PlaceBefore(const ByteHash& hash) {
    if (!places_) {
      places_.emplace(before_.size());
      for (Place place = 0; place < before_.size(); ++place) places_->Add(before_[place].hash.low, place);
    }
    const std::size_t found = places_->Find(hash.low, before_.size(),
                                            [&](std::size_t place) { return before_[place].hash == hash; });
    return found < before_.size() ? std::optional(static_cast<Place>(found)) : std::nullopt;
  }

  // Makes `now_` the known answer.
  void Adopt() {
    value_ = MakeObjects();
    std::vector<Entry> after;
    after.reserve(now_.size());
    for (const Place place : now_) after.push_back(EntryAt(place));  // the same bytes may occur twice
    before_ = std::move(after);
  }

  Objects<T> MakeObjects() {
    skipped_ = {};
    std::vector<Place> shown;
    shown.reserve(now_.size());
    for (const Place place : now_) {
      const Entry& entry = EntryAt(place);
      if (entry.fault != nullptr) Skip(entry.fault->why);
      if (entry.object != nullptr) shown.push_back(place);
    }
    ascends_ = shown.size() == now_.size() && Ascends();
    if (!ascends_) ShowEachOnce(shown);
    typename Objects<T>::List list;
    list.reserve(shown.size());
    for (const Place place : shown) list.push_back(EntryAt(place).object);
    return Objects<T>::OfAscending(std::move(list));
  }

  // Sorts by identifier; of each identifier, only the best object stays.
  void ShowEachOnce(std::vector<Place>& shown) {
    const auto better = [this](Place a, Place b) {
      const Entry& first = EntryAt(a);
      const Entry& second = EntryAt(b);
      if (const int order = first.object->id.compare(second.object->id); order != 0) return order < 0;
      if ((first.fault == nullptr) != (second.fault == nullptr)) return first.fault == nullptr;
      if constexpr (requires { first.object->version; }) {
        if (first.object->version != second.object->version)
          return first.object->version > second.object->version;
      }
      return IsKnown(first) && !IsKnown(second);
    };
    std::stable_sort(shown.begin(), shown.end(), better);
    const auto is_same = [this](Place a, Place b) {
      const bool same = EntryAt(a).object->id == EntryAt(b).object->id;
      if (same && EntryAt(b).fault == nullptr && !EntryAt(b).held) Skip(ListedTwice(EntryAt(b).object->id));
      return same;
    };
    shown.erase(std::unique(shown.begin(), shown.end(), is_same), shown.end());
  }

  void Skip(const std::string& why) {
    if (skipped_.count++ == 0) skipped_.reason = why;
  }

  // True if the identifiers in `now_` ascend. Neighbours of an earlier answer that ascended are not compared
  // again.
  bool Ascends() {
    for (std::size_t i = 1; i < now_.size(); ++i) {
      const bool followed = ascends_ && now_[i] == now_[i - 1] + 1 && now_[i] < before_.size();
      if (!followed && EntryAt(now_[i - 1]).object->id >= EntryAt(now_[i]).object->id) return false;
    }
    return true;
  }

  const char* endpoint_;
  Parse parse_;
  ArraySplitter splitter_{*this};

  // The last whole answer, in its order, and what was made of it.
  std::vector<Entry> before_;
  bool ascends_ = false;  // each entry is an object, and they are in the order of their identifiers
  std::optional<Objects<T>> value_;
  SkippedObjects skipped_;
  std::size_t meaningless_ = 0;  // the number of objects without an identifier that are no known objects

  // The answer that is being read.
  Place next_ = 0;    // the place in `before_` of the object that is expected next
  bool same_ = true;  // it has been the same so far, and `now_` is not filled yet
  std::vector<Place> now_;
  std::vector<Entry> made_;
  std::optional<HashPlaces> places_;  // of `before_`; made on demand
};

}  // namespace swarmbell
