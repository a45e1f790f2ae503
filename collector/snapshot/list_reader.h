#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "collector/snapshot/array_splitter.h"
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
    places_ = {};
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
    const auto outside = [&](const Entry& entry) { return !in_part(*entry.object); };
    std::erase_if(now_, outside);
    if (!IsPartOfBefore(in_part)) {
      std::vector<Entry> part = std::exchange(now_, {});
      std::copy_if(before_.begin(), before_.end(), std::back_inserter(now_), outside);
      for (Entry& entry : part) now_.insert(std::upper_bound(now_.begin(), now_.end(), entry, ById), entry);
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

  ArraySplitter::Expected Expect() override {
    if (next_ >= before_.size()) return {};
    return {before_[next_].hash, before_[next_].size};
  }

  void TakeExpected() override {
    if (!same_) now_.push_back(before_[next_]);
    ++next_;
  }

  absl::Status Take(std::string_view bytes) override {
    Differ();
    const ByteHash hash = ByteHashOf(bytes);
    if (const std::optional<std::size_t> place = PlaceBefore(hash)) {
      now_.push_back(before_[*place]);
      next_ = *place + 1;
      return absl::OkStatus();
    }
    absl::StatusOr<nlohmann::json> json = ParseObject(bytes);
    if (!json.ok()) return json.status();
    absl::StatusOr<T> object = parse_(*std::move(json));
    if (!object.ok()) return object.status();
    now_.push_back({hash, bytes.size(), std::make_shared<const T>(*std::move(object))});
    ++next_;  // most likely it was changed where it stood
    return absl::OkStatus();
  }

  // From here on this answer has a list of its own.
  void Differ() {
    if (!std::exchange(same_, false)) return;
    now_.assign(before_.begin(), before_.begin() + static_cast<std::ptrdiff_t>(next_));
  }

  static bool ById(const Entry& a, const Entry& b) { return a.object->id < b.object->id; }

  // Whether the part that was read is as it was.
  bool IsPartOfBefore(absl::FunctionRef<bool(const T&)> in_part) const {
    std::unordered_set<const T*> read;
    for (const Entry& entry : now_) read.insert(entry.object.get());
    const auto in = [&](const Entry& entry) { return in_part(*entry.object); };
    const auto known = std::count_if(before_.begin(), before_.end(), in);
    return static_cast<std::size_t>(known) == now_.size() &&
           std::all_of(before_.begin(), before_.end(),
                       [&](const Entry& entry) { return !in(entry) || read.contains(entry.object.get()); });
  }

  // Where an object with this hash stood in the answer before.
  std::optional<std::size_t> PlaceBefore(const ByteHash& hash) {
    if (places_.empty()) {
      places_.reserve(before_.size());
      for (std::size_t place = 0; place < before_.size(); ++place) {
        places_.emplace(before_[place].hash.low, place);
      }
    }
    const auto found = places_.find(hash.low);
    if (found == places_.end() || before_[found->second].hash != hash) return std::nullopt;
    return found->second;
  }

  // Makes `now_` what is known.
  absl::Status Adopt() {
    absl::StatusOr<Objects<T>> made = MakeObjects();
    if (!made.ok()) return made.status();
    value_ = *std::move(made);
    before_ = std::move(now_);
    return absl::OkStatus();
  }

  absl::StatusOr<Objects<T>> MakeObjects() const {
    typename Objects<T>::List list;
    list.reserve(now_.size());
    for (const Entry& entry : now_) list.push_back(entry.object);
    const auto by_id = [](const auto& a, const auto& b) { return a->id < b->id; };
    if (!std::is_sorted(list.begin(), list.end(), by_id)) std::sort(list.begin(), list.end(), by_id);
    const auto twice = std::adjacent_find(list.begin(), list.end(),
                                          [](const auto& a, const auto& b) { return a->id == b->id; });
    if (twice != list.end()) return absl::InvalidArgumentError("`" + (*twice)->id + "` is there twice");
    if (keeps_) std::erase_if(list, [this](const auto& object) { return !keeps_(*object); });
    return Objects<T>::Of(std::move(list));
  }

  const char* endpoint_;
  Parse parse_;
  std::function<bool(const T&)> keeps_;
  ArraySplitter splitter_{*this};

  // The last whole answer, in its order, and what was made of it.
  std::vector<Entry> before_;
  std::optional<Objects<T>> value_;

  // The answer that is being read.
  std::size_t next_ = 0;  // the place in `before_` of what may come next
  bool same_ = true;      // it has been the same so far: `now_` is not filled yet
  std::vector<Entry> now_;
  std::unordered_map<std::uint64_t, std::size_t> places_;  // in `before_`, by hash; made when needed
};

}  // namespace swarmbell
