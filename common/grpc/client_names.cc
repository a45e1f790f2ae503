#include "common/grpc/client_names.h"

#include <mutex>
#include <utility>

#include "absl/strings/ascii.h"
#include "common/glob/glob.h"

namespace swarmbell {

struct ClientNames::State {
  std::mutex mutex;
  std::vector<std::string> allowed;  // in lower case; guarded by mutex
};

ClientNames::ClientNames(std::vector<std::string> allowed) : state_(std::make_shared<State>()) {
  Set(std::move(allowed));
}

void ClientNames::Set(std::vector<std::string> allowed) {
  for (std::string& name : allowed) absl::AsciiStrToLower(&name);
  const std::lock_guard lock(state_->mutex);
  state_->allowed = std::move(allowed);
}

bool ClientNames::AllowAny() const {
  const std::lock_guard lock(state_->mutex);
  return state_->allowed.empty();
}

bool ClientNames::Allow(const std::vector<std::string>& names) const {
  const std::lock_guard lock(state_->mutex);
  for (const std::string& name : names) {
    for (const std::string& allowed : state_->allowed) {
      if (GlobMatch(allowed, absl::AsciiStrToLower(name))) return true;
    }
  }
  return false;
}

}  // namespace swarmbell
