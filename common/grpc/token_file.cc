#include "common/grpc/token_file.h"

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_join.h"

namespace swarmbell {

std::unique_ptr<FileWatch> WatchTokenFile(AuthToken token, const std::string& file, absl::Duration every) {
  if (file.empty()) return nullptr;
  WatchedFiles watched;
  watched.what = "The token";
  watched.files = {file};
  watched.contents = {absl::StrJoin(token.All(), "\n")};
  watched.same = [](const std::string& a, const std::string& b) {
    return AuthToken(a).All() == AuthToken(b).All();
  };
  watched.take = [token](const std::vector<std::string>& contents) mutable {
    if (AuthToken(contents.front()).All().empty()) {
      return absl::InvalidArgumentError("the file is empty; without a token nobody would be asked for one");
    }
    token.Set(contents.front());
    return absl::OkStatus();
  };
  return std::make_unique<FileWatch>(std::vector<WatchedFiles>{std::move(watched)}, every, Clock::Real());
}

}  // namespace swarmbell
