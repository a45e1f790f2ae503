#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/time/clock.h"

namespace swarmbell {

// Files whose contents belong together, such as a certificate and its key.
struct WatchedFiles {
  std::string what;  // for the log, as the beginning of a sentence: `The token`
  std::vector<std::string> files;
  std::vector<std::string> contents;  // as last taken, one for each file
  // Takes new contents, in the order of the files. An error says why they cannot be used: what was taken
  // before stays in use. Called on the watch's thread.
  std::function<absl::Status(const std::vector<std::string>& contents)> take;
  // True if two contents mean the same, so that nothing changed; equality if not set.
  std::function<bool(const std::string& a, const std::string& b)> same{};
};

// How often files are looked at unless told otherwise.
inline constexpr absl::Duration kFileLookInterval = absl::Seconds(2);

// Reads files again and again on a thread of its own, and hands on changed contents: once two reads found the
// same, so that a file is complete. Each file that was read again, or cannot be read, is logged once, without
// any content.
class FileWatch {
 public:
  // `clock` must outlive the watch.
  FileWatch(std::vector<WatchedFiles> watched, absl::Duration every, Clock& clock);

 private:
  struct State {
    WatchedFiles watched;
    std::vector<std::string> seen;  // by the last look
    std::string complaint;          // as last told
  };

  void Run(std::stop_token stop);
  static void Look(State& state);
  static bool IsNews(const WatchedFiles& watched, const std::vector<std::string>& contents);
  static void Complain(State& state, const std::string& why);

  const absl::Duration every_;
  Clock& clock_;
  std::vector<State> states_;  // the thread's own
  std::jthread thread_;        // last: uses everything above
};

}  // namespace swarmbell
