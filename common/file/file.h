#pragma once

#include <cstddef>
#include <functional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/time/clock.h"

namespace swarmbell {

// Files read once, and files reloaded when they change.

// Reads a whole file. Errors give the reason in a few words and never the file's name, which may be a secret
// given in the wrong place: NOT_FOUND, PERMISSION_DENIED and the like from the system; RESOURCE_EXHAUSTED
// when it is longer than `max_bytes`; DEADLINE_EXCEEDED when it is a pipe to which nobody writes for 5
// seconds.
absl::StatusOr<std::string> ReadFile(const std::string& path, std::size_t max_bytes);

// Files whose contents belong together, such as a certificate and its key.
struct WatchedFiles {
  std::string what;                   // for the log: `the token`
  std::vector<std::string> files;     // paths; an empty one stands for no file, with empty content
  std::vector<std::string> contents;  // in use now, one for each of `files`
  // Puts new contents into use, in the order of `files`. An error says why they cannot be used; the contents
  // before stay in use. Called on the watch's thread.
  std::function<absl::Status(const std::vector<std::string>& contents)> apply;
  // True if two contents mean the same, so that nothing changed; equality if not set.
  std::function<bool(const std::string& a, const std::string& b)> same{};
};

// How often files are checked by default.
inline constexpr absl::Duration kFileLookInterval = absl::Seconds(2);

// Reads files periodically on a thread of its own, and applies changed contents once two reads in a row found
// the same, so that no half-written file is used. Logs each reload, and each failure to reload once, without
// any content. The destructor joins the thread.
class FileWatch {
 public:
  // `clock` must outlive the watch.
  FileWatch(std::vector<WatchedFiles> watched, absl::Duration every, Clock& clock);

 private:
  struct State {
    WatchedFiles watched;
    std::vector<std::string> seen;  // by the last read
    std::string complaint;          // logged last
  };

  void Run(std::stop_token stop);
  static void Check(State& state);

  const absl::Duration every_;
  Clock& clock_;
  std::vector<State> states_;  // used by the thread alone
  std::jthread thread_;        // last: uses everything above
};

}  // namespace swarmbell
