#include "common/watch/file_watch.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/process/log_value.h"
#include "common/settings/read_file.h"

namespace swarmbell {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 20;

absl::StatusOr<std::vector<std::string>> ReadAll(const std::vector<std::string>& files) {
  std::vector<std::string> contents;
  for (const std::string& file : files) {
    absl::StatusOr<std::string> content = ReadFile(file, kMaxBytes);
    if (!content.ok()) {
      return absl::Status(
          content.status().code(),
          absl::StrCat("cannot read \"", file, "\": ", std::string(content.status().message())));
    }
    contents.push_back(*std::move(content));
  }
  return contents;
}

}  // namespace

FileWatch::FileWatch(std::vector<WatchedFiles> watched, absl::Duration every, Clock& clock)
    : every_(every), clock_(clock) {
  for (WatchedFiles& files : watched) {
    State state{std::move(files), {}, ""};
    state.seen = state.watched.contents;
    states_.push_back(std::move(state));
  }
  thread_ = std::jthread([this](std::stop_token stop) { Run(std::move(stop)); });
}

void FileWatch::Run(std::stop_token stop) {
  while (clock_.Sleep(every_, stop)) {
    for (State& state : states_) Look(state);
  }
}

void FileWatch::Look(State& state) {
  absl::StatusOr<std::vector<std::string>> contents = ReadAll(state.watched.files);
  if (!contents.ok()) {
    state.seen = state.watched.contents;
    return Complain(state, std::string(contents.status().message()));
  }
  if (!IsNews(state.watched, *contents)) {
    state.seen = state.watched.contents;
    state.complaint.clear();
    return;
  }
  if (*contents != state.seen) {
    state.seen = *std::move(contents);
    return;
  }
  if (const absl::Status taken = state.watched.take(*contents); !taken.ok()) {
    return Complain(state, std::string(taken.message()));
  }
  state.watched.contents = *std::move(contents);
  state.complaint.clear();
  spdlog::info("{} was read again. files={}", state.watched.what,
               LogValue(absl::StrJoin(state.watched.files, ",")));
}

bool FileWatch::IsNews(const WatchedFiles& watched, const std::vector<std::string>& contents) {
  if (!watched.same) return contents != watched.contents;
  return !std::equal(contents.begin(), contents.end(), watched.contents.begin(), watched.contents.end(),
                     watched.same);
}

void FileWatch::Complain(State& state, const std::string& why) {
  if (state.complaint == why) return;
  state.complaint = why;
  spdlog::warn("{} changed and cannot be used; what was read before stays in use. reason={}",
               state.watched.what, LogValue(why));
}

}  // namespace swarmbell
