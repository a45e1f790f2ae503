#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "collector/store/known_records.h"

namespace swarmbell {

// The changes that turn the fields of a hash in Redis into the wanted ones.
struct FieldChanges {
  struct Set {
    std::string name;
    std::string record;
    std::shared_ptr<const void> object;
  };
  std::vector<Set> set;
  std::vector<std::string> removed;

  bool empty() const { return set.empty() && removed.empty(); }
};

// Remembers which records a hash in Redis holds, by fingerprint, so that only what differs is written. An
// object that is the very same as when it was stored is not even made a record of.
class StoredFields {
 public:
  // Nothing is stored, or nothing is known of it.
  void Clear() { fields_.clear(); }
  // One that was found there.
  void Found(const std::string& name, std::string_view record);

  // The differences to the records that `visit_all` visits. If two records have the same name, the first
  // counts.
  FieldChanges Compare(absl::FunctionRef<void(absl::FunctionRef<void(const KnownRecord&)>)> visit_all);

  // They have been made.
  void Apply(const FieldChanges& changes);
  // How many there are once they have been made.
  std::size_t SizeAfter(const FieldChanges& changes) const;
  std::size_t Size() const { return fields_.size(); }

 private:
  struct Field {
    std::uint64_t fingerprint = 0;
    std::shared_ptr<const void> object;
    std::uint64_t seen = 0;  // in which comparison
  };

  std::map<std::string, Field> fields_;
  std::uint64_t comparison_ = 0;
};

}  // namespace swarmbell
