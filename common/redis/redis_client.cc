#include "common/redis/redis_client.h"

#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/redis/redis_error.h"

namespace swarmbell {

struct RedisClient::Connection {
  std::unique_ptr<RedisSocket> socket;
  RedisReplyReader replies;
};

RedisClient::RedisClient(RedisOptions options) : options_(std::move(options)) {}
RedisClient::~RedisClient() = default;

void RedisClient::Disconnect() { connection_.reset(); }

SteadyTime RedisClient::Deadline() const {
  return std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(options_.timeout);
}

absl::Status RedisClient::Named(const absl::Status& status) const {
  return absl::Status(status.code(),
                      absl::StrCat(options_.address.Shown(), ": ", std::string(status.message())));
}

// Nothing more can be read from a connection whose exchange was broken off.
absl::Status RedisClient::Failed(const absl::Status& status) {
  Disconnect();
  return Named(status);
}

absl::Status RedisClient::Connect(SteadyTime deadline) {
  if (connection_ && !connection_->socket->IsSpent()) return absl::OkStatus();
  auto socket = RedisSocket::Connect(options_.address, options_.tls_ca_file, deadline);
  if (!socket.ok()) return socket.status();
  connection_ = std::make_unique<Connection>();
  connection_->socket = *std::move(socket);
  return Greet(deadline);
}

absl::Status RedisClient::Greet(SteadyTime deadline) {
  const RedisAddress& address = options_.address;
  std::vector<RedisCommand> commands;
  if (!address.password.empty()) {
    commands.push_back({"AUTH"});
    if (!address.user.empty()) commands.back().push_back(address.user);
    commands.back().push_back(address.password.Reveal());
  }
  if (address.database != 0) commands.push_back({"SELECT", absl::StrCat(address.database)});
  const auto replies = Exchange(commands, deadline);
  if (!replies.ok()) return replies.status();
  for (const RedisReply& reply : *replies) {
    if (reply.IsError()) return RedisErrorStatus(reply.text);
  }
  return absl::OkStatus();
}

absl::StatusOr<RedisReply> RedisClient::ReadReply(SteadyTime deadline) {
  RedisReply reply;
  for (;;) {
    const auto complete = connection_->replies.Next(reply);
    if (!complete.ok()) return complete.status();
    if (*complete) return reply;
    std::array<char, std::size_t{16} << 10> buffer;
    const auto size = connection_->socket->Read(buffer.data(), buffer.size(), deadline);
    if (!size.ok()) return size.status();
    connection_->replies.Feed(buffer.data(), *size);
  }
}

absl::StatusOr<std::vector<RedisReply>> RedisClient::Exchange(const std::vector<RedisCommand>& commands,
                                                              SteadyTime deadline) {
  std::string bytes;
  for (const RedisCommand& command : commands) bytes += FormatRedisCommand(command);
  if (absl::Status status = connection_->socket->Write(bytes, deadline); !status.ok()) return status;
  std::vector<RedisReply> replies;
  replies.reserve(commands.size());
  for (std::size_t i = 0; i < commands.size(); ++i) {
    auto reply = ReadReply(deadline);
    if (!reply.ok()) return reply.status();
    replies.push_back(*std::move(reply));
  }
  return replies;
}

absl::StatusOr<std::vector<RedisReply>> RedisClient::Pipeline(const std::vector<RedisCommand>& commands) {
  const SteadyTime deadline = Deadline();
  if (absl::Status status = Connect(deadline); !status.ok()) return Failed(status);
  auto replies = Exchange(commands, deadline);
  if (!replies.ok()) return Failed(replies.status());
  return replies;
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
  auto replies = Pipeline(all);
  if (!replies.ok()) return replies.status();
  // A command that was refused when it was queued says more than the EXEC that was then refused too.
  for (const RedisReply& reply : *replies) {
    if (reply.IsError()) return Refusal(reply);
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
