#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/time/time.h"
#include "common/lru/lru_map.h"
#include "notifier/pipeline/stage.h"

namespace swarmbell {

// Merges the changes of collectors that read one object at different moments: one saw its versions 10, 11 and
// 12, another 10 and 12. A change up to a reported version is no news; of a step that passes it, only the
// part that has not been reported is.
//
// A version that is older than one read minutes before is of a swarm that was restored from a backup: it is
// news.
//
// Looks only at changes of an object's specification; the steps of updates have identities of their own.
// Bounded: evicts the object that was reported longest ago. Not thread-safe.
class Overlaps : public Stage {
 public:
  explicit Overlaps(std::size_t capacity = 10'000) : capacity_(capacity) {}

  std::string_view Name() const override { return "overlaps"; }
  StageResult Pass(const PassingChange& change, const Moment& at, HandOn next) override;

  // The part of the change that is news; unset if nothing is.
  std::optional<v1::ChangeEvent> News(const v1::ChangeEvent& event);

 private:
  using Field = std::pair<std::string, std::string>;  // path and name
  struct Known {
    std::uint64_t version = 0;
    absl::Time observed = absl::InfinitePast();
    std::map<Field, std::string> values;  // as last reported
    std::string outcome;                  // likewise, of a change that is not reported field by field

    void Forget() {
      version = 0;
      values.clear();
      outcome.clear();
    }
  };

  std::size_t capacity_;
  LruMap<std::string, Known> known_;  // by object and kind of change
};

}  // namespace swarmbell
