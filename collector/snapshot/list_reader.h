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
#include "collector/snapshot/hash_places.h"
#include "collector/snapshot/objects.h"
#include "collector/snapshot/skipped_objects.h"

namespace swarmbell {

// A swarm keeps no object of more than 1.5 MB, which JSON can make six times as long. Longer ones are not
// worth the time in which others' changes would wait.
inline constexpr std::size_t kLongestObject = std::size_t{16} << 20;

// One object of a list, parsed, with texts cleaned.
struct ParsedObject {
  nlohmann::json json;
  std::string id;     // `ID` or `Id`; empty if there is none that can be relied on
  std::string fault;  // why it makes no sense whatever kind of object it is; empty if it may
};

// INVALID_ARGUMENT for bytes that are no JSON in UTF-8: then the list is none either.
absl::StatusOr<ParsedObject> ParseObject(std::string_view bytes);

// Why an object of this identifier is passed over.
std::string ListedTwice(const std::string& id);

// Says which endpoint's answer cannot be read, and what to do.
absl::Status CannotRead(const char* endpoint, const absl::Status& why);

// Reads the engine's list of one kind of object while it arrives. An object whose bytes are those of the
// answer before is neither parsed nor made again, wherever it stands now, and of a list that is the same as
// before nothing is made at all.
//
// Begin(), any number of Add(), End() or EndPart(); a Begin() may come at any time and forgets an answer that
// is not whole. One thread. Errors: INVALID_ARGUMENT, naming the endpoint, for a body that is not the whole
// JSON array that the engine documents. After an error nothing more is to be added; what is remembered of the
// last whole answer is unchanged.
//
// An object that makes no sense does not spoil the list. It is passed over, see skipped():
// - One with a field of another type keeps its last good value, if there was one.
// - Of several with one identifier, the newest version stays; without versions, the one that was known.
// - One without an identifier may be any of those that were known. While a list has more of these than it had
//   when nothing was missing, known objects that it lacks stay too: their absence proves nothing.
template <typename T>
class ListReader final : ArraySplitter::Sink {
 public:
  using Value = Objects<T>;
  // Unset for an object that is of no interest.
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

  // The objects of the whole answer. One that is the same as the last one gives a copy of the same list.
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

  // The objects when what was added is the whole answer about only those for which `in_part` holds: they take
  // the place of the ones before, and the others stay. Others in the answer are passed over, which is what an
  // engine that knows no filter gives. Only after a whole answer. A part with an object that makes no sense
  // and was not known says nothing: FAILED_PRECONDITION, and the whole answer is to be read.
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

  // A whole answer at once.
  absl::StatusOr<Objects<T>> Read(std::string_view body) {
    Begin();
    if (absl::Status status = Add(body); !status.ok()) return status;
    return End();
  }

  // Forgets the answers so far, as for another swarm.
  void Forget() {
    before_.clear();
    ascends_ = false;
    value_.reset();
    skipped_ = {};
    meaningless_ = 0;
    Begin();
  }

  // The objects that were skipped in the last good answer.
  const SkippedObjects& skipped() const { return skipped_; }

 private:
  struct Fault {
    std::string why;
    bool nameless = false;  // which object it is of cannot be known
  };

  struct Entry {
    ByteHash hash;
    std::size_t size = 0;
    // With a fault, the last good value. Null if there is none, and for what is of no interest.
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
    ++next_;  // most likely it was changed where it stood
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

  // From here on this answer has a list of its own.
  void Differ() {
    if (!std::exchange(same_, false)) return;
    now_.clear();
    for (Place place = 0; place < next_; ++place) {
      if (!before_[place].held) now_.push_back(place);
    }
  }

  // Keeps the known objects that the answer lacks while it may hold them without their identifiers.
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

  // The places of both, in the order of identifiers if that is the list's.
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

  // Where an object with this hash stood in the answer before.
  std::optional<Place> PlaceBefore(const ByteHash& hash) {
    if (!places_) {
      places_.emplace(before_.size());
      for (Place place = 0; place < before_.size(); ++place) places_->Add(before_[place].hash.low, place);
    }
    const std::size_t found = places_->Find(hash.low, before_.size(),
                                            [&](std::size_t place) { return before_[place].hash == hash; });
    return found < before_.size() ? std::optional(static_cast<Place>(found)) : std::nullopt;
  }

  // Makes `now_` what is known.
  void Adopt() {
    value_ = MakeObjects();
    std::vector<Entry> after;
    after.reserve(now_.size());
    for (const Place place : now_) after.push_back(EntryAt(place));  // the same bytes may be there twice
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

  // Sorts by identifier; of each only the best stays.
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

  // True if each ID in `now_` is greater than the one before it. Neighbours of an earlier answer that
  // ascended are not compared again.
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
  std::size_t meaningless_ = 0;  // so many objects without an identifier stand for nothing that was known

  // The answer that is being read.
  Place next_ = 0;    // the place in `before_` of what may come next
  bool same_ = true;  // it has been the same so far: `now_` is not filled yet
  std::vector<Place> now_;
  std::vector<Entry> made_;
  std::optional<HashPlaces> places_;  // of `before_`; made when needed
};

}  // namespace swarmbell
