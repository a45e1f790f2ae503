#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "notifier/feed/feed_target.h"

namespace swarmbell {
namespace {

using Addresses = absl::StatusOr<std::vector<std::string>>;

std::vector<std::string> OfFamily(const addrinfo* found, int family) {
  std::set<std::string> addresses;
  for (; found != nullptr; found = found->ai_next) {
    char text[NI_MAXHOST];
    if (found->ai_family != family) continue;
    if (getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof(text), nullptr, 0, NI_NUMERICHOST) == 0) {
      addresses.insert(text);
    }
  }
  return {addresses.begin(), addresses.end()};
}

Addresses Ask(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  if (error != 0) {
    const std::string why = absl::StrCat("cannot look up the host \"", host, "\": ", gai_strerror(error));
    return error == EAI_NONAME ? absl::NotFoundError(why) : absl::UnavailableError(why);
  }
  std::vector<std::string> addresses = OfFamily(found, AF_INET);
  if (addresses.empty()) addresses = OfFamily(found, AF_INET6);
  if (addresses.empty()) return absl::NotFoundError(absl::StrCat("the host \"", host, "\" has no address"));
  return addresses;
}

struct Question {
  std::mutex mutex;
  std::condition_variable_any answered;
  std::optional<Addresses> answer;  // guarded by mutex
};

}  // namespace

Addresses LookUpHost(const std::string& host, std::stop_token stop) {
  const auto question = std::make_shared<Question>();
  // The system's resolver cannot be interrupted and may take half a minute; a thread that nobody waits for is
  // the only way not to. It holds all that it touches.
  const auto ask = [question, host] {
    Addresses answer = Ask(host);
    std::lock_guard lock(question->mutex);
    question->answer = std::move(answer);
    question->answered.notify_all();
  };
  try {
    std::thread(ask).detach();
  } catch (const std::system_error& error) {
    return absl::UnavailableError(
        absl::StrCat("cannot look up the host \"", host, "\": no thread for it: ", error.what()));
  }
  std::unique_lock lock(question->mutex);
  question->answered.wait(lock, std::move(stop), [&] { return question->answer.has_value(); });
  if (!question->answer) return absl::CancelledError("stopped");
  return *std::move(question->answer);
}

}  // namespace swarmbell
