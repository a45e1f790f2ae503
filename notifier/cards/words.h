#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell::cards {

// The words of cards. All pure.

// `1 task`, `3 tasks`.
std::string Counted(std::uint64_t count, std::string_view singular, std::string_view plural);
std::string Tasks(std::uint64_t count);

// The different items and how often each occurs, in the order of their first occurrence.
template <typename Item>
std::vector<std::pair<Item, std::uint64_t>> Tally(const std::vector<Item>& items) {
  std::vector<std::pair<Item, std::uint64_t>> counts;
  for (const Item& item : items) {
    const auto known =
        std::find_if(counts.begin(), counts.end(), [&](const auto& one) { return one.first == item; });
    if (known == counts.end()) {
      counts.emplace_back(item, 1);
    } else {
      ++known->second;
    }
  }
  return counts;
}

// `a`, `a and b`, `a, b and c`.
std::string JoinAnd(const std::vector<std::string>& items);
// `a, b, c`; from the sixth on `and 4 more`.
std::string JoinSome(const std::vector<std::string>& items, std::size_t most = 5);

// `42 seconds`, `1 minute 20 seconds`, `2 hours`; under a second `less than a second`.
std::string InWords(absl::Duration duration);
// From one time to another; empty when either is not set or the order is wrong.
std::string Between(bool has_from, const google::protobuf::Timestamp& from,
                    const google::protobuf::Timestamp& to);

// `2026-11-22 12:44:05 UTC`
std::string Utc(absl::Time time);

// `137 (killed, out of memory?)`; the code alone if it has no known meaning. A negative code is one of
// Windows and shown in hexadecimal, as people search for it: `0xC0000005 (access violation)`. `error` is the
// task's error: if it has a reason, none is guessed.
std::string ExitCodeWords(std::int32_t code, std::string_view error = "");

// True if no node was found for the task: its error is then the scheduler's. Once a node is found, it is the
// one of the node's engine.
bool IsUnassigned(const v1::TaskSummary& task);

std::string RoleWord(v1::NodeRole role);
std::string AvailabilityWord(v1::NodeAvailability availability);
std::string NodeStateWord(v1::NodeState state);
std::string ReachabilityWord(v1::NodeReachability reachability);
std::string UpdateStateWord(v1::UpdateState state);
std::string TaskStateWord(v1::TaskState state);
// `3 replicas`, `global`, `job with 5 completions`.
std::string ModeWords(const v1::ServiceMode& mode);

// `Node`, `Service` …; `Resource` for a kind this program does not know.
std::string KindWord(v1::ResourceKind kind);

// The first letter small, unless the word is an abbreviation: `Memory limit` -> `memory limit`, `CPU limit`.
std::string LowerFirst(std::string text);
std::string UpperFirst(std::string text);

// An image without its digest where it has a tag.
std::string ShortImage(const std::string& image);
// The first 12 characters of an identifier.
std::string ShortId(const std::string& id);

}  // namespace swarmbell::cards
