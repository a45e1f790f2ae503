#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "collector/snapshot/array_splitter.h"
#include "collector/snapshot/hash_places.h"
#include "collector/snapshot/objects.h"

namespace swarmbell {

// The JSON value of an object's bytes, with texts cleaned. INVALID_ARGUMENT for what is no JSON in UTF-8.
absl::StatusOr<nlohmann::json> ParseObject(std::string_view bytes);

// Says which endpoint's answer cannot be read, and what to do.
absl::Status CannotRead(const char* endpoint, const absl::Status& why);

// Reads the engine's list of one kind of object while it arrives. An object whose bytes are those of the
// answer before is neither parsed nor made again, wherever it stands now, and of a list that is the same as
// before nothing is made at all.
//
// Begin(), any number of Add(), End() or EndPart(); a Begin() may come at any time and forgets an answer that
// is not whole. One thread. Errors: INVALID_ARGUMENT, naming the endpoint, the object and the field, for a
// body that is not the whole JSON array that the engine documents. After an error nothing more is to be
// added; what is remembered of the last whole answer is unchanged.
template <typename T>
class ListReader final : ArraySplitter::Sink {
 public:
  using Value = Objects<T>;
  using Parse = std::function<absl::StatusOr<T>(nlohmann::json object)>;

  // `keeps` says which objects are of interest; all if null. `endpoint` must outlive the reader.
  ListReader(const char* endpoint, Parse parse, std::function<bool(const T&)> keeps = nullptr)
      : endpoint_(endpoint), parse_(std::move(parse)), keeps_(std::move(keeps)) {}
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
    if (!same_ || next_ != before_.size() || !value_) {
      Differ();
      if (absl::Status status = Adopt(); !status.ok()) return CannotRead(endpoint_, status);
    }
    Begin();
    return *value_;
  }

  // The objects when what was added is the whole answer about only those for which `in_part` holds: they take
  // the place of the ones before, and the others stay. Others in the answer are passed over, which is what an
  // engine that knows no filter gives. Only after a whole answer.
  absl::StatusOr<Objects<T>> EndPart(absl::FunctionRef<bool(const T&)> in_part) {
    if (absl::Status status = splitter_.End(); !status.ok()) return CannotRead(endpoint_, status);
    if (!value_) return CannotRead(endpoint_, absl::FailedPreconditionError("the whole is not known"));
    Differ();
    std::erase_if(now_, [&](Place place) { return !in_part(*EntryAt(place).object); });
    std::vector<Place> part;  // as it was
    std::vector<Place> whole;
    for (Place place = 0; place < before_.size(); ++place) {
      (in_part(*before_[place].object) ? part : whole).push_back(place);
    }
    std::sort(now_.begin(), now_.end());
    if (now_ != part) {
      const auto by_id = [&](Place a, Place b) { return EntryAt(a).object->id < EntryAt(b).object->id; };
      for (const Place place : now_) {
        whole.insert(std::upper_bound(whole.begin(), whole.end(), place, by_id), place);
      }
      now_ = std::move(whole);
      if (absl::Status status = Adopt(); !status.ok()) return CannotRead(endpoint_, status);
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

 private:
  struct Entry {
    ByteHash hash;
    std::size_t size = 0;
    std::shared_ptr<const T> object;
  };

  // A place in `before_`; from its end on, in `made_`.
  using Place = std::uint32_t;

  ArraySplitter::Expected Expect() override {
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
    absl::StatusOr<nlohmann::json> json = ParseObject(bytes);
    if (!json.ok()) return json.status();
    absl::StatusOr<T> object = parse_(*std::move(json));
    if (!object.ok()) return object.status();
    now_.push_back(static_cast<Place>(before_.size() + made_.size()));
    made_.push_back({hash, bytes.size(), std::make_shared<const T>(*std::move(object))});
    ++next_;  // most likely it was changed where it stood
    return absl::OkStatus();
  }

  // From here on this answer has a list of its own.
  void Differ() {
    if (!std::exchange(same_, false)) return;
    now_.resize(next_);
    std::iota(now_.begin(), now_.end(), Place{0});
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
  absl::Status Adopt() {
    absl::StatusOr<Objects<T>> made = MakeObjects();
    if (!made.ok()) return made.status();
    value_ = *std::move(made);
    std::vector<Entry> after;
    after.reserve(now_.size());
    for (const Place place : now_)
      after.push_back(std::move(EntryAt(place)));  // each once: none is there twice
    before_ = std::move(after);
    return absl::OkStatus();
  }

  absl::StatusOr<Objects<T>> MakeObjects() {
    typename Objects<T>::List list;
    list.reserve(now_.size());
    for (const Place place : now_) list.push_back(EntryAt(place).object);
    const bool ascends = Ascends();
    if (!ascends)
      std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a->id < b->id; });
    const auto twice =
        ascends ? list.end() : std::adjacent_find(list.begin(), list.end(), [](const auto& a, const auto& b) {
          return a->id == b->id;
        });
    if (twice != list.end()) return absl::InvalidArgumentError("`" + (*twice)->id + "` is there twice");
    if (keeps_) std::erase_if(list, [this](const auto& object) { return !keeps_(*object); });
    ascends_ = ascends;
    return Objects<T>::OfAscending(std::move(list));
  }

  // Whether each identifier in `now_` is greater than the one before it. What followed each other in an
  // answer of which that holds is not looked at again.
  bool Ascends() {
    for (std::size_t i = 1; i < now_.size(); ++i) {
      const bool followed = ascends_ && now_[i] == now_[i - 1] + 1 && now_[i] < before_.size();
      if (!followed && EntryAt(now_[i - 1]).object->id >= EntryAt(now_[i]).object->id) return false;
    }
    return true;
  }

  const char* endpoint_;
  Parse parse_;
  std::function<bool(const T&)> keeps_;
  ArraySplitter splitter_{*this};

  // The last whole answer, in its order, and what was made of it.
  std::vector<Entry> before_;
  bool ascends_ = false;  // by identifier
  std::optional<Objects<T>> value_;

  // The answer that is being read.
  Place next_ = 0;    // the place in `before_` of what may come next
  bool same_ = true;  // it has been the same so far: `now_` is not filled yet
  std::vector<Place> now_;
  std::vector<Entry> made_;
  std::optional<HashPlaces> places_;  // of `before_`; made when needed
};

}  // namespace swarmbell
