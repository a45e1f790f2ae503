#include "common/redis/redis_client.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace swarmbell {
namespace {

// How often an exchange is redirected; each time the cluster has moved the keys meanwhile.
constexpr int kMostRedirections = 4;

// The end of an equal share of the time until the deadline.
SteadyTime ShareOf(SteadyTime deadline, std::size_t shares) {
  const auto now = std::chrono::steady_clock::now();
  return now + std::max(deadline - now, SteadyTime::duration::zero()) / shares;
}

bool HasError(const std::vector<RedisReply>& replies, const char* begins) {
  return std::any_of(replies.begin(), replies.end(), [&](const RedisReply& reply) {
    return reply.IsError() && absl::StartsWith(reply.text, begins);
  });
}

// A node that is asked for moving keys wants to be told so before each command, but not inside a transaction.
std::vector<RedisCommand> WithAsking(const std::vector<RedisCommand>& commands) {
  std::vector<RedisCommand> all;
  for (const RedisCommand& command : commands) {
    if (all.size() < 2 || commands.front().front() != "MULTI") all.push_back({"ASKING"});
    all.push_back(command);
  }
  return all;
}

std::vector<RedisReply> WithoutAsking(std::vector<RedisReply> replies, std::size_t commands) {
  if (replies.size() == commands + 1) {
    replies.erase(replies.begin());
    return replies;
  }
  std::vector<RedisReply> kept;
  for (std::size_t i = 1; i < replies.size(); i += 2) kept.push_back(std::move(replies[i]));
  return kept;
}

}  // namespace

RedisClient::RedisClient(RedisOptions options)
    : options_(std::move(options)), servers_(options_.address.servers) {}

void RedisClient::Disconnect() {
  session_.reset();
  watching_ = false;
}

absl::Status RedisClient::Named(const absl::Status& status) const {
  return absl::Status(status.code(),
                      absl::StrCat(options_.address.Shown(), ": ", std::string(status.message())));
}

// Closes the connection: nothing more can be read from it after an incomplete exchange.
absl::Status RedisClient::Failed(const absl::Status& status) {
  Disconnect();
  return Named(status);
}

absl::Status RedisClient::Connect(SteadyTime deadline) {
  if (session_ && !session_->IsSpent()) return absl::OkStatus();
  if (watching_) return absl::UnavailableError("the connection is lost: it held a WATCH");
  const std::optional<Redirection> redirection = std::exchange(redirection_, std::nullopt);
  asking_ = redirection && redirection->asking;
  absl::Status status;
  if (redirection) {
    status = Open(redirection->node, ShareOf(deadline, 2));
    redirection_failure_ = status;
    if (status.ok()) return status;
    redirection_failure_ = absl::Status(status.code(), absl::StrCat("the node ", redirection->node.Shown(),
                                                                    ": ", std::string(status.message())));
    asking_ = false;
  }
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    status = Open(servers_[i], ShareOf(deadline, servers_.size() - i));
    if (!status.ok()) continue;
    std::rotate(servers_.begin(), servers_.begin() + static_cast<std::ptrdiff_t>(i), servers_.end());
    return status;
  }
  return status;
}

absl::Status RedisClient::Open(const RedisEndpoint& server, SteadyTime deadline) {
  session_.reset();
  node_ = server;
  const bool by_sentinel = options_.address.HasSentinels();
  if (by_sentinel) {
    const auto master = RedisSession::AskForMaster(options_, server, ShareOf(deadline, 2));
    if (!master.ok()) return master.status();
    node_ = *master;
  }
  auto session = RedisSession::Open(options_, node_, deadline);
  absl::Status status = session.status();
  if (status.ok() && by_sentinel) status = (*session)->CheckIsMaster(deadline);
  if (status.ok()) {
    session_ = *std::move(session);
  } else if (by_sentinel) {
    status = absl::Status(status.code(),
                          absl::StrCat("the master ", node_.Shown(), ": ", std::string(status.message())));
  }
  return status;
}

absl::StatusOr<std::vector<RedisReply>> RedisClient::Exchange(const std::vector<RedisCommand>& commands,
                                                              SteadyTime deadline) {
  auto replies = session_->Exchange(asking_ ? WithAsking(commands) : commands, deadline);
  if (!replies.ok()) return replies;
  if (asking_) replies = WithoutAsking(*std::move(replies), commands.size());
  for (const RedisCommand& command : commands) {
    if (command.front() == "WATCH") watching_ = true;
    if (command.front() == "EXEC") watching_ = false;
  }
  return replies;
}

// `MOVED 3999 host:port`, or ASK; without a host it is the node that replied.
std::optional<RedisClient::Redirection> RedisClient::FindRedirection(
    const std::vector<RedisReply>& replies) const {
  for (const RedisReply& reply : replies) {
    if (!reply.IsError()) continue;
    const std::vector<std::string> words = absl::StrSplit(reply.text, ' ');
    if (words.size() != 3 || (words[0] != "MOVED" && words[0] != "ASK")) continue;
    const std::size_t colon = words[2].rfind(':');
    Redirection found{.node = node_, .asking = words[0] == "ASK"};
    if (colon == std::string::npos || words[2].front() == '?' ||
        !absl::SimpleAtoi(words[2].substr(colon + 1), &found.node.port)) {
      continue;
    }
    if (colon > 0) found.node.host = words[2].substr(0, colon);
    return found;
  }
  return std::nullopt;
}

absl::StatusOr<std::vector<RedisReply>> RedisClient::Pipeline(const std::vector<RedisCommand>& commands) {
  const SteadyTime deadline = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(options_.timeout);
  if (commands.front().front() == "WATCH") watching_ = false;
  // The keys that have not moved yet are still at the other node.
  if (asking_ && !watching_) Disconnect();
  for (int redirections = 0;; ++redirections) {
    if (absl::Status status = Connect(deadline); !status.ok()) return Failed(status);
    const bool watched_before = watching_;
    auto replies = Exchange(commands, deadline);
    if (!replies.ok()) return Failed(replies.status());
    // No longer the master: the next exchange asks the sentinels again.
    if (HasError(*replies, "READONLY")) Disconnect();
    const std::optional<Redirection> redirection = FindRedirection(*replies);
    if (!redirection) return replies;
    Disconnect();
    // Other keys are where they were as long as this one only moves.
    if (!watched_before || !redirection->asking) redirection_ = redirection;
    if (watched_before || redirections == kMostRedirections) {
      if (!redirection_failure_.ok()) return Named(redirection_failure_);
      return Named(absl::AbortedError("the keys moved to another node of the Redis Cluster; will retry"));
    }
  }
}

absl::Status RedisClient::Refusal(const RedisReply& error) const {
  return Named(RedisErrorStatus(error.text));
}

absl::StatusOr<RedisReply> RedisClient::Run(const RedisCommand& command) {
  auto replies = Pipeline({command});
  if (!replies.ok()) return replies.status();
  if (replies->front().IsError()) return Refusal(replies->front());
  return std::move(replies->front());
}

absl::StatusOr<std::vector<RedisReply>> RedisClient::Transaction(const std::vector<RedisCommand>& commands) {
  std::vector<RedisCommand> all = {{"MULTI"}};
  all.insert(all.end(), commands.begin(), commands.end());
  all.push_back({"EXEC"});
  const bool confirms = options_.address.HasSentinels();
  if (confirms) all.push_back({"WAIT", "1", absl::StrCat(absl::ToInt64Milliseconds(options_.timeout / 2))});
  auto replies = Pipeline(all);
  if (!replies.ok()) return replies.status();
  // The error of a command that was refused when queued explains the refusal of EXEC.
  for (const RedisReply& reply : *replies) {
    if (reply.IsError()) return Refusal(reply);
  }
  if (confirms) {
    confirmed_ = replies->back().integer > 0;
    replies->pop_back();
  }
  RedisReply& done = replies->back();
  if (done.IsNil()) return Named(absl::AbortedError("a key that was watched has changed"));
  if (!done.IsArray() || done.elements.size() != commands.size()) {
    return Failed(absl::InvalidArgumentError("the answer to EXEC is not one for each command"));
  }
  for (const RedisReply& reply : done.elements) {
    if (reply.IsError()) return Refusal(reply);
  }
  return std::move(done.elements);
}

}  // namespace swarmbell
