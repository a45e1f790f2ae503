#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "absl/time/time.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell {

// Settles what collectors that read at different moments tell of one object: where one saw its versions 10,
// 11 and 12, another 10 and 12. What is up to a version that has been told is no news; of a step that passes
// it, only what has not been told is.
//
// A version that is older than one read minutes before is of a swarm that was restored from a backup: it is
// news.
//
// Looks only at changes of what an object is set to be; how updates run is told step by step, with identities
// of its own. Bounded: the object told of longest ago is forgotten first. Not thread-safe.
class Overlaps {
 public:
  explicit Overlaps(std::size_t capacity = 10'000);

  // What of the change is news; unset if nothing is.
  std::optional<v1::ChangeEvent> News(const v1::ChangeEvent& event);

 private:
  using Field = std::pair<std::string, std::string>;  // path and name
  struct Told {
    std::list<std::string>::iterator place;
    std::uint64_t version = 0;
    absl::Time observed = absl::InfinitePast();
    std::map<Field, std::string> values;  // as last told
    std::string outcome;                  // likewise, of a change that is not told field by field

    void Forget() {
      version = 0;
      values.clear();
      outcome.clear();
    }
  };

  Told& Find(const std::string& key);

  std::size_t capacity_;
  std::list<std::string> order_;  // the one told of last is first
  std::unordered_map<std::string, Told> told_;
};

}  // namespace swarmbell
